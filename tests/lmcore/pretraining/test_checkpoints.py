import resource
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from lmcore.gpt import GPT, GPTConfig
from lmcore.pretraining import AdamW, load_checkpoint, parameter_groups, save_checkpoint

CONFIG = GPTConfig(vocab_size=20, context=8, n_layers=1, n_heads=2, d_model=8)
SETTINGS = {"model": {"d_model": 8}, "seed": 1}


def trained(kind=torch.optim.AdamW, steps=3, config=CONFIG):
    torch.manual_seed(0)
    model = GPT(config)
    optimiser = kind(parameter_groups(model, 0.1), lr=1e-2)
    for _ in range(steps):
        step(model, optimiser)
    return model, optimiser


def step(model, optimiser):
    optimiser.zero_grad()
    model(torch.arange(8)[None]).square().mean().backward()
    optimiser.step()


def equal(a, b):
    return all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


@pytest.mark.parametrize("kind", [torch.optim.AdamW, AdamW])
def test_what_goes_on_from_a_checkpoint_is_what_was_never_stopped(kind, tmp_path):
    model, optimiser = trained(kind)
    save_checkpoint(tmp_path / "c", model, optimiser, 3, SETTINGS)
    again, fresh = trained(kind, steps=0)
    assert not equal(model, again)
    assert load_checkpoint(tmp_path / "c", again, fresh, SETTINGS) == 3
    assert equal(model, again)
    for _ in range(3):
        step(model, optimiser)
        step(again, fresh)
    assert equal(model, again)


def test_checkpoint_of_one_adamw_goes_on_with_the_other(tmp_path):
    model, optimiser = trained(AdamW)
    save_checkpoint(tmp_path / "c", model, optimiser, 3, SETTINGS)
    again, fresh = trained(torch.optim.AdamW, steps=0)
    load_checkpoint(tmp_path / "c", again, fresh, SETTINGS)
    step(model, optimiser)
    step(again, fresh)
    for a, b in zip(model.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_a_run_with_other_settings_is_refused_and_each_difference_named(tmp_path):
    model, optimiser = trained()
    save_checkpoint(tmp_path / "c", model, optimiser, 3, SETTINGS)
    before = [parameter.clone() for parameter in model.parameters()]
    with pytest.raises(ValueError, match=r"model\.d_model is 8 there and 16 here; seed is 1 there and None here"):
        load_checkpoint(tmp_path / "c", model, optimiser, {"model": {"d_model": 16}})
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_a_model_of_another_shape_is_refused(tmp_path):
    save_checkpoint(tmp_path / "c", *trained(), 3, SETTINGS)
    wider = trained(config=GPTConfig(vocab_size=20, context=8, n_layers=1, n_heads=2, d_model=16))
    with pytest.raises(ValueError, match=r"model\.blocks\.0\.attention\.out\.bias is \(8,\) in .*, \(16,\) here"):
        load_checkpoint(tmp_path / "c", *wider, SETTINGS)
    deeper = trained(config=GPTConfig(vocab_size=20, context=8, n_layers=2, n_heads=2, d_model=8))
    with pytest.raises(ValueError, match=r"model\.blocks\.1\.\S+ is not there in"):
        load_checkpoint(tmp_path / "c", *deeper, SETTINGS)


def test_a_file_that_is_cut_short_or_is_something_else_is_refused(tmp_path):
    model, optimiser = trained()
    path = tmp_path / "c"
    save_checkpoint(path, model, optimiser, 3, SETTINGS)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        load_checkpoint(path, model, optimiser, SETTINGS)
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match="is no checkpoint: its format is None"):
        load_checkpoint(path, model, optimiser, SETTINGS)
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        load_checkpoint(tmp_path / "nothing", model, optimiser, SETTINGS)


FULL_DISK = """
import resource, sys, torch
from lmcore.pretraining import save_checkpoint
model = torch.nn.Linear(300, 300)
optimiser = torch.optim.AdamW(model.parameters())
save_checkpoint(sys.argv[1], model, optimiser, 1, {})
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
model.weight.grad = torch.ones(300, 300)
model.weight.data.zero_()
try:
    save_checkpoint(sys.argv[1], model, optimiser, 2, {})
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit on the size of files here")
def test_a_disk_that_fills_up_leaves_the_last_checkpoint_whole(tmp_path):
    path = tmp_path / "c"
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "the checkpoint of step 2 was not written" in said
    assert "it takes 0.4 MB" in said
    assert "the one before is whole" in said
    assert load_file(path)["model.weight"].any()
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OSError, match=r"the checkpoint of step 3 was not written to .*there was none before"):
        save_checkpoint(tmp_path / "nothing" / "c", *trained(), 3, SETTINGS)

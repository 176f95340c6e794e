import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lmcore.gpt import GPTConfig
from lmcore.llama import LlamaConfig
from lmcore.pretraining import Run, load_model, pretrain, read_log
from lmcore.pretraining.checkpoints import read_header
from lmcore.pretraining.pretrain import CHECKPOINT

SCRIPT = Path(__file__).with_name("small_run.py")


def weights(folder):
    return load_file(folder / CHECKPOINT)


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def start(folder, *command, **options):
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, *command, SCRIPT, folder], env=environment, **options)


def test_a_run_leaves_all_that_was_promised(recipe, tmp_path):
    result = pretrain(recipe, tmp_path / "run", quiet=True)
    assert result.finished
    assert [line.step for line in result.log] == list(range(12))
    assert [line.step + 1 for line in result.log if line.validation is not None] == [5, 10, 12]
    assert read_log(tmp_path / "run" / "log.csv") == result.log
    assert (tmp_path / "run" / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert result.log[-1].loss < result.log[0].loss


@pytest.mark.parametrize("kind", ["gpt", "llama"])
def test_the_trained_model_is_read_back_with_its_tokenizer(kind, recipe, tmp_path):
    if kind == "llama":
        sizes = {"vocab_size": 600, "context": 400, "n_layers": 1, "n_heads": 2, "n_kv_heads": 1}
        recipe = dataclasses.replace(recipe, model=LlamaConfig(**sizes, d_model=16, d_ff=32))
    result = pretrain(recipe, tmp_path / "run", quiet=True)
    model, tokenizer = load_model(tmp_path / "run" / "model")
    ids = torch.tensor([tokenizer.encode("Once upon a time")])
    assert torch.equal(model(ids), result.model(ids))
    assert ids.tolist()[0] == result.corpus.tokenizer.encode("Once upon a time")


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no trained model in"):
        load_model(tmp_path)


def test_a_run_killed_at_random_steps_ends_with_the_weights_of_one_that_was_not(recipe, tmp_path):
    pretrain(recipe, tmp_path / "whole", quiet=True)
    random.seed(0)
    # The corpus is made once; what is killed is training.
    kills = 0
    while True:
        process = start(tmp_path / "killed")
        log = tmp_path / "killed" / "log.csv"
        done = len(read_log(log)) if log.exists() else 0
        wanted = done + random.randint(1, 4)
        while process.poll() is None and not (log.exists() and len(read_log(log)) >= wanted):
            time.sleep(0.002)
        if process.poll() is not None:
            assert process.returncode == 0
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert kills >= 2
    assert equal(weights(tmp_path / "killed"), weights(tmp_path / "whole"))
    a, b = (read_log(tmp_path / name / "log.csv") for name in ("killed", "whole"))
    assert [line._replace(seconds=0) for line in a] == [line._replace(seconds=0) for line in b]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop_keeps_its_last_step(kind, recipe, tmp_path):
    folder = tmp_path / "run"
    steps = dataclasses.replace(recipe.optimisation, steps=100_000)
    long = dataclasses.replace(recipe, optimisation=steps, validate_every=100_000)

    asked = []

    def ask():
        log = folder / "log.csv"
        while not (log.exists() and len(read_log(log)) >= 2):
            time.sleep(0.01)
        asked.append(len(read_log(log)))
        os.kill(os.getpid(), kind)

    threading.Thread(target=ask, daemon=True).start()
    result = pretrain(long, folder, checkpoint_seconds=1e9, quiet=True)
    assert not result.finished
    assert len(result.log) >= asked[0]
    assert read_header(folder / CHECKPOINT)[0] == len(result.log)
    assert (folder / CHECKPOINT).exists()
    assert not (folder / "model").exists()


def test_a_second_signal_does_not_wait_for_the_step(recipe, tmp_path, monkeypatch):
    def endless(run):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the step went on")

    monkeypatch.setattr(Run, "advance", endless)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        pretrain(recipe, tmp_path / "run", quiet=True)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_folder_of_a_run_with_other_settings_is_refused(recipe, tmp_path):
    pretrain(recipe, tmp_path / "run", quiet=True)
    before = weights(tmp_path / "run")
    other = dataclasses.replace(recipe, optimisation=dataclasses.replace(recipe.optimisation, learning_rate=0.5))
    with pytest.raises(ValueError, match=r"optimisation\.learning_rate is 0\.01 there and 0\.5 here"):
        pretrain(other, tmp_path / "run", quiet=True)
    assert equal(before, weights(tmp_path / "run"))


def test_a_checkpoint_of_another_config_is_refused(recipe, tmp_path):
    pretrain(recipe, tmp_path / "run", quiet=True)
    wider = dataclasses.replace(recipe.model, d_model=32)
    (tmp_path / "run" / "settings.json").unlink()
    with pytest.raises(ValueError, match=r"model\.d_model is 16 there and 32 here"):
        pretrain(dataclasses.replace(recipe, model=wider), tmp_path / "run", quiet=True)


def test_a_shard_that_was_cut_short_is_refused(recipe, tmp_path):
    pretrain(recipe, tmp_path / "run", quiet=True)
    shard = tmp_path / "run" / "corpus" / "training" / "tokens-00000.bin"
    shard.write_bytes(shard.read_bytes()[:-2])
    with pytest.raises(ValueError, match="the shard was cut short"):
        pretrain(recipe, tmp_path / "run", quiet=True)


def test_a_context_too_short_for_the_stories_is_refused(recipe, tmp_path):
    with pytest.raises(ValueError, match="longer than the context of 50 tokens"):
        pretrain(dataclasses.replace(recipe, model=GPTConfig(600, 50, 1, 2, 16)), tmp_path / "run", quiet=True)

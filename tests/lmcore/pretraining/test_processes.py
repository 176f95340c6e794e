import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lmcore.pretraining import Processes, pretrain, read_log, started
from lmcore.pretraining.pretrain import CHECKPOINT

SCRIPT = Path(__file__).with_name("small_run.py")


def test_two_processes_give_the_loss_curve_of_one(recipe, tmp_path):
    # Each process draws a dropout of its own, so the curves could only be equal without any.
    script = SCRIPT.read_text().replace("dropout=0.1", "dropout=0.0")
    (tmp_path / "run.py").write_text(script)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    two = subprocess.run(
        [*command, tmp_path / "run.py", tmp_path / "two"], env=environment, capture_output=True, text=True, timeout=200
    )
    assert two.returncode == 0, two.stderr
    alone = dataclasses.replace(recipe, model=dataclasses.replace(recipe.model, dropout=0.0))
    pretrain(alone, tmp_path / "one", quiet=True)
    a, b = (read_log(tmp_path / name / "log.csv") for name in ("one", "two"))
    assert len(a) == len(b) == 12
    for one, both in zip(a, b, strict=True):
        assert one.tokens == both.tokens
        assert one.loss == pytest.approx(both.loss, rel=1e-5)
        assert one.gradient_norm == pytest.approx(both.gradient_norm, rel=1e-3)
    a, b = ([line.validation for line in lines if line.validation is not None] for lines in (a, b))
    assert a == pytest.approx(b, rel=1e-5)
    weights = [load_file(tmp_path / name / CHECKPOINT) for name in ("one", "two")]
    for name, tensor in weights[0].items():
        torch.testing.assert_close(tensor, weights[1][name], rtol=1e-3, atol=1e-4)


def test_alone_there_is_nothing_to_add_up():
    with started("cpu") as here:
        assert here == Processes()
        assert here.first
        assert here.sum_(torch.tensor(3.0)) == 3
        here.wait()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="device is 'cuda', and torch sees no GPU"), started("cuda"):
        pass

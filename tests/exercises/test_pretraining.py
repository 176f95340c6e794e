"""The references that stand in pretraining's tasks files, against torch's own."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def reference():
    tasks = load("pretraining", ROOT).tasks
    return lambda name: tasks[name].reference


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(1)


def test_the_gradient_is_what_autograd_finds_for_torchs_cross_entropy(reference):
    logits = torch.randn(3, 4, 7, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([[0, 6, -100, 2], [-100] * 4, [1, 1, 5, -100]])
    F.cross_entropy(logits.flatten(0, 1), labels.flatten()).backward()
    torch.testing.assert_close(reference("next_token_gradient")(logits.detach(), labels), logits.grad)


def test_steps_are_those_of_torchs_adamw(reference):
    settings = {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.3}
    theirs = torch.nn.Parameter(torch.randn(3, 4, dtype=torch.float64))
    ours, state = torch.nn.Parameter(theirs.detach().clone()), {}
    optimiser = torch.optim.AdamW([theirs], **settings)
    for _ in range(5):
        theirs.grad = torch.randn_like(theirs)
        optimiser.step()
        reference("adamw_step")(ours, theirs.grad, state, **settings)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(state["v"], optimiser.state[theirs]["exp_avg_sq"])


def test_training_is_torchs_own_loop(reference):
    def new():
        torch.manual_seed(2)
        model = torch.nn.Sequential(torch.nn.Embedding(6, 4), torch.nn.Linear(4, 6))
        return model, torch.optim.SGD(model.parameters(), lr=9.0, momentum=0.9)

    batches = [(torch.randint(6, (2, 5)), torch.randint(6, (2, 5))) for _ in range(4)]
    model, optimiser = new()
    losses = reference("train")(model, optimiser, batches, lambda step: 1 / step, limit=0.5, first=3)
    theirs, optimiser = new()
    for step, (inputs, labels) in enumerate(batches):
        optimiser.zero_grad()
        loss = F.cross_entropy(theirs(inputs).flatten(0, 1), labels.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.5)
        optimiser.param_groups[0]["lr"] = 1 / (3 + step)
        optimiser.step()
        assert losses[step] == pytest.approx(loss.item())
    for ours, other in zip(model.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(ours, other)


def test_a_run_that_was_saved_and_loaded_goes_on_to_the_last_bit(reference, tmp_path):
    def new(seed):
        torch.manual_seed(seed)
        model = torch.nn.Sequential(torch.nn.Embedding(6, 4), torch.nn.Linear(4, 6))
        return model, torch.optim.AdamW(model.parameters())

    def drawn(generator):
        for _ in range(3):
            yield tuple(torch.randint(6, (2, 4, 5), generator=generator))

    model, optimiser = new(1)
    generator = torch.Generator().manual_seed(1)
    reference("train")(model, optimiser, drawn(generator), lambda step: 0.1)
    reference("save_checkpoint")(tmp_path / "run.pt", model, optimiser, 3, generator)
    reference("train")(model, optimiser, drawn(generator), lambda step: 0.1, first=3)
    again, its_optimiser = new(2)
    its_generator = torch.Generator()
    assert reference("load_checkpoint")(tmp_path / "run.pt", again, its_optimiser, its_generator) == 3
    reference("train")(again, its_optimiser, drawn(its_generator), lambda step: 0.1, first=3)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))

import copy

import pytest
import torch

from lmcore.data.windows import Batches, DocumentRows, in_order
from lmcore.gpt import GPT, GPTConfig
from lmcore.pretraining.loss import next_token_loss
from lmcore.pretraining.optimiser import AdamW, parameter_groups
from lmcore.pretraining.run import Optimisation, Run

CONFIG = GPTConfig(vocab_size=20, context=8, n_layers=1, n_heads=2, d_model=8)
OPTIMISATION = Optimisation(steps=6, learning_rate=1e-2, batch_size=4, warmup=2)
# Rows of unequal length: a micro-batch then holds another number of labels than the next.
ROWS = DocumentRows([[(i * 7 + t) % 20 for t in range(2 + i % 7)] for i in range(12)], context=8)


def run(optimisation=OPTIMISATION, config=CONFIG, **options):
    torch.manual_seed(0)
    return Run(GPT(config), Batches(ROWS, optimisation.batch_size, optimisation.seed), optimisation, **options)


def weights(some_run):
    return torch.cat([parameter.detach().flatten() for parameter in some_run.model.parameters()])


def test_a_step_is_what_torch_does_with_the_same_loss_clipping_and_rate():
    ours = run()
    theirs = copy.deepcopy(ours.model)
    optimiser = torch.optim.AdamW(parameter_groups(theirs, 0.1), betas=(0.9, 0.95))
    for number in range(6):
        batch = ours.training.batch(number)
        step = ours.advance()
        loss = next_token_loss(theirs(batch.inputs), batch.labels)
        optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
        for group in optimiser.param_groups:
            group["lr"] = OPTIMISATION.rate(number)
        optimiser.step()
        assert step.number == number
        assert step.tokens == batch.targets
        assert step.loss == pytest.approx(loss.item(), rel=1e-5)
        assert step.gradient_norm == pytest.approx(norm.item(), rel=1e-4)
        assert step.learning_rate == OPTIMISATION.rate(number)
    for a, b in zip(ours.model.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
    assert ours.done


@pytest.mark.parametrize("micro_batches", [2, 4])
def test_micro_batches_give_the_losses_and_weights_of_whole_batches(micro_batches):
    whole, parts = run(), run(micro_batches=micro_batches)
    while not whole.done:
        a, b = whole.advance(), parts.advance()
        assert a.tokens == b.tokens
        assert a.loss == pytest.approx(b.loss, rel=1e-5)
    torch.testing.assert_close(weights(whole), weights(parts), rtol=1e-4, atol=1e-5)


def test_another_optimiser_can_take_its_place():
    model = run().model
    own = AdamW(parameter_groups(model, 0.1), betas=(0.9, 0.95))
    ours = Run(model, Batches(ROWS, 4), OPTIMISATION, optimiser=own)
    theirs = run()
    while not ours.done:
        assert ours.advance().loss == pytest.approx(theirs.advance().loss, rel=1e-5)


def test_the_same_seed_gives_the_same_run_and_another_seed_another_one():
    one, again = run(), run()
    other = run(Optimisation(steps=6, learning_rate=1e-2, batch_size=4, warmup=2, seed=1))
    for each in (one, again, other):
        while not each.done:
            each.advance()
    assert torch.equal(weights(one), weights(again))
    assert not torch.equal(weights(one), weights(other))


def test_dropout_depends_on_the_step_and_not_on_what_was_drawn_before():
    config = GPTConfig(vocab_size=20, context=8, n_layers=1, n_heads=2, d_model=8, dropout=0.5)
    one, other = run(config=config), run(config=config)
    for _ in range(3):
        a = one.advance()
        torch.rand(5)
        assert other.advance() == a


def test_training_lowers_the_loss():
    some_run = run(Optimisation(steps=60, learning_rate=2e-2, batch_size=4, warmup=5))
    losses = [some_run.advance().loss for _ in range(60)]
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])


def test_validation_is_the_mean_over_all_labels_whatever_the_batches():
    some_run = run(config=GPTConfig(vocab_size=20, context=8, n_layers=1, n_heads=2, d_model=8, dropout=0.5))
    one_by_one = some_run.validate(in_order(ROWS, 1))
    assert some_run.validate(in_order(ROWS, 12)) == pytest.approx(one_by_one, rel=1e-5)
    assert some_run.model.training
    batch = next(in_order(ROWS, 12))
    with torch.no_grad():
        expected = next_token_loss(some_run.model.eval()(batch.inputs), batch.labels).item()
    assert one_by_one == pytest.approx(expected, rel=1e-5)


def test_bf16_changes_products_and_leaves_weights_in_fp32():
    plain, half = run(), run(bf16=True)
    assert half.advance().loss == pytest.approx(plain.advance().loss, rel=1e-2)
    assert all(parameter.dtype == torch.float32 for parameter in half.model.parameters())


def test_a_loss_that_is_not_finite_stops_the_run_before_the_weights_change():
    some_run = run()
    some_run.advance()
    with torch.no_grad():
        some_run.model.tokens.weight[3] = float("nan")
    before = weights(some_run)
    with pytest.raises(FloatingPointError, match=r"step 1: the loss is nan, .* at learning rate 0.01"):
        some_run.advance()
    assert torch.equal(weights(some_run).nan_to_num(), before.nan_to_num())
    assert some_run.step == 1


def test_a_run_that_is_done_does_no_more():
    some_run = run(Optimisation(steps=1, learning_rate=1e-3, batch_size=4, warmup=0))
    some_run.advance()
    with pytest.raises(RuntimeError, match="all 1 steps are done"):
        some_run.advance()


def test_batches_that_cannot_be_shared_are_refused():
    with pytest.raises(ValueError, match=r"a batch of 4 rows cannot be shared by 1 processes in 3 micro-batches"):
        run(micro_batches=3)
    with pytest.raises(ValueError, match=r"a batch of 4 rows .* in 0 micro-batches"):
        run(micro_batches=0)
    with pytest.raises(ValueError, match=r"batches have 2 rows; the optimisation asks for 4"):
        Run(GPT(CONFIG), Batches(ROWS, 2), OPTIMISATION)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"clip": 0}, "clip is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"steps": 0}, "steps is 0"),
        ({"warmup": 7}, r"warmup 7 is not in 0 \.\. 6"),
    ],
)
def test_wrong_settings_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        Optimisation(**{"steps": 6, "learning_rate": 1e-2, "warmup": 2} | change)

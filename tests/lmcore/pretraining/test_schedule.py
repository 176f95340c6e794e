import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.pretraining.schedule import warmup_cosine


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 40), st.floats(1e-5, 1.0), st.floats(0, 1))
def test_rates_equal_torchs_schedulers(steps, warmup, peak, share):
    warmup, final = min(warmup, steps - 1), share * peak
    optimiser = torch.optim.SGD([torch.zeros(1)], lr=peak)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps - warmup, eta_min=final)
    scheduler = cosine
    if warmup:
        rising = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: (step + 1) / warmup)
        scheduler = torch.optim.lr_scheduler.SequentialLR(optimiser, [rising, cosine], [warmup])
    for step in range(steps):
        ours = warmup_cosine(step, steps=steps, warmup=warmup, peak=peak, final=final)
        assert ours == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-6)
        optimiser.step()
        scheduler.step()


def test_rate_reaches_its_peak_and_its_end():
    def rate(step):
        return warmup_cosine(step, steps=100, warmup=10, peak=0.5, final=0.1)

    assert rate(0) == 0.05
    assert rate(9) == rate(10) == 0.5
    assert rate(55) == pytest.approx(0.3)
    assert rate(100) == rate(1000) == 0.1


def test_a_run_that_is_all_warm_up_ends_at_its_peak():
    assert warmup_cosine(4, steps=5, warmup=5, peak=1.0) == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": -1}, "step -1 is negative"),
        ({"steps": 0, "warmup": 0}, "steps is 0"),
        ({"warmup": 11}, r"warmup 11 is not in 0 \.\. 10"),
        ({"peak": 0.0}, "peak 0.0 is no learning rate"),
        ({"peak": float("nan")}, "peak nan"),
        ({"final": 2.0}, r"final 2.0 is not in 0 \.\. 1.0"),
    ],
)
def test_wrong_numbers_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        warmup_cosine(**{"step": 0, "steps": 10, "warmup": 2, "peak": 1.0, "final": 0.0} | change)

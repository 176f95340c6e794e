"""A function of float32 tensors can be computed in float64 without its caller noticing but for the digits."""

import pytest
import torch
from torch.nn.functional import layer_norm, softmax

from lmgrade.doubles import in_doubles


def test_the_answer_is_that_of_float64_rounded_once():
    torch.manual_seed(1)
    x = torch.randn(7, 30) * 100
    got = in_doubles(lambda x: layer_norm(x, (30,)))(x)
    assert got.dtype == torch.float32
    assert torch.equal(got, layer_norm(x.double(), (30,)).float())
    assert not torch.equal(got, layer_norm(x, (30,)))


def test_tensors_are_found_in_lists_tuples_and_dicts_and_made_float32_again():
    def total(pair, *, named):
        assert pair[0].dtype == pair[1][0].dtype == named["w"].dtype == torch.float64
        assert named["n"].dtype == torch.int64
        return [{"sum": pair[0] + pair[1][0] + named["w"]}, (named["n"], "text", 0.5)]

    one = torch.ones(2)
    [holder, rest] = in_doubles(total)((one, [one]), named={"w": one, "n": torch.arange(2)})
    assert holder["sum"].dtype == torch.float32 and holder["sum"].tolist() == [3, 3]
    assert rest[0].dtype == torch.int64 and rest[1:] == ("text", 0.5)


def test_what_the_function_makes_of_nothing_is_float64_only_inside():
    inside = []
    assert in_doubles(lambda: inside.append(torch.zeros(1).dtype))() is None
    assert inside == [torch.float64]
    assert torch.zeros(1).dtype == torch.float32


def test_the_default_is_back_after_an_error():
    def refuse(x):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        in_doubles(refuse)(torch.ones(1))
    assert torch.get_default_dtype() == torch.float32


def test_gradients_reach_the_tensors_of_the_caller():
    x = torch.randn(3, requires_grad=True)
    in_doubles(lambda x: softmax(x, -1)[0])(x).backward()
    want = torch.autograd.grad(softmax(x, -1)[0], x)[0]
    assert x.grad.dtype == torch.float32
    torch.testing.assert_close(x.grad, want)


def test_what_is_changed_in_place_is_changed_for_the_caller():
    def step(parameter, state, path):
        state["step"] = state.get("step", 0) + 1
        state.setdefault("m", torch.zeros_like(parameter)).add_(parameter)
        with torch.no_grad():
            parameter.sub_(0.1 * parameter.grad)
            parameter.grad.mul_(2)
        path.append(parameter)

    parameter = torch.ones(2, requires_grad=True)
    parameter.grad = torch.full((2,), 3.0)
    state, path = {}, []
    for _ in range(2):
        in_doubles(step)(parameter, state, path)
    torch.testing.assert_close(parameter.detach(), torch.full((2,), 1 - 0.3 - 0.6))
    assert parameter.grad.tolist() == [12, 12]
    assert state["step"] == 2 and state["m"].dtype == torch.float32
    torch.testing.assert_close(state["m"], torch.full((2,), 1 + 0.7))
    assert path[0] is path[1] is parameter


def test_a_function_given_sees_float32():
    seen = []

    def double(x):
        seen.append(x.dtype)
        return 2 * x

    got = in_doubles(lambda x, f: f(x) / 3)(torch.ones(1), double)
    assert seen == [torch.float32]
    assert torch.equal(got, (torch.ones(1).double() * 2 / 3).float())


def test_a_caller_with_tensors_of_float64_gets_float64():
    one = torch.ones(1)
    assert in_doubles(lambda x, table: x + table)(one.double(), one).dtype == torch.float64

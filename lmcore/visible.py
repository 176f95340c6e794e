"""What the visible tests of a notebook say to the learner: which call went wrong, what was wanted, what came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

LONGEST_SHOWN = 60
MOST_NUMBERS = 24


def attempt(function: Callable, *arguments: Any, **named: Any) -> Any:
    """Call a function; should it raise, add to the error what it was called with.

    Args:
        function: the learner's.
        arguments: what it is given; tensors are told by shape, unless they are small.
        named: likewise, by name.
    """
    try:
        return function(*arguments, **named)
    except Exception as error:
        told = [_described(value) for value in arguments]
        told += [f"{name}={_described(value)}" for name, value in named.items()]
        error.add_note(f"This happened in {function.__name__}({', '.join(told)}).")
        raise


def expect(got: Any, wanted: torch.Tensor, what: str, tolerance: float = 1e-4) -> None:
    """Raise an AssertionError in plain words unless one tensor is the other.

    Args:
        got: what the learner's function gave.
        wanted: the right tensor.
        what: the call, as the message names it: ``"softmax([1, 2], 0)"``.
        tolerance: largest distance between numbers, relative to ``max(1, |wanted|)``.

    Raises:
        AssertionError: no tensor, another shape or dtype, or other numbers; of large tensors, it names a place.
    """
    assert got is not None, f"{what} gives None: does the function end with a return?"
    assert isinstance(got, torch.Tensor), f"{what} should be a tensor; yours is {_described(got)}"
    shapes = tuple(wanted.shape), tuple(got.shape)
    assert shapes[0] == shapes[1], f"{what} should have the shape {shapes[0]}; yours has {shapes[1]}"
    assert got.dtype == wanted.dtype, f"{what} should be {wanted.dtype}; yours is {got.dtype}"
    wrong = ~torch.isclose(got.double(), wanted.double(), rtol=tolerance, atol=tolerance, equal_nan=True)
    if not wrong.any():
        return
    if wanted.numel() <= MOST_NUMBERS:
        raise AssertionError(f"{what} should be\n  {_numbers(wanted)}\nand yours is\n  {_numbers(got)}")
    place = tuple(wrong.nonzero()[0].tolist())
    raise AssertionError(
        f"{what} is wrong in {int(wrong.sum())} of {wanted.numel()} places. The first is {list(place)}: "
        f"{_numbers(wanted[place])} was expected, {_numbers(got[place])} came"
    )


def refused(function: Callable, *arguments: Any, error: type[Exception] = ValueError) -> str:
    """The message with which a function refuses what it is given.

    Args:
        function: the learner's.
        arguments: what it should refuse.
        error: the kind of exception that it should raise.

    Raises:
        AssertionError: it returns something, or raises another kind; what it was called with stands in the message.
    """
    call = f"{function.__name__}({', '.join(map(_described, arguments))})"
    try:
        got = function(*arguments)
    except error as refusal:
        return str(refusal)
    except NotImplementedError:
        raise
    except Exception as other:
        raise AssertionError(
            f"{call} should raise {error.__name__}; it ended in {type(other).__name__}: {other}"
        ) from other
    raise AssertionError(f"{call} should raise {error.__name__}; it gave {_described(got)}")


def _numbers(x: torch.Tensor) -> str:
    return str(_rounded(x.detach().tolist()))


def _rounded(numbers: Any) -> Any:
    if isinstance(numbers, list):
        return [_rounded(number) for number in numbers]
    return float(f"{numbers:.4g}") if isinstance(numbers, float) else numbers


def _described(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        if value.numel() <= MOST_NUMBERS // 2:
            return f"tensor({_numbers(value)})"
        return f"a tensor of the shape {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."

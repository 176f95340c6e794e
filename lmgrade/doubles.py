"""A function of float32 tensors, computed in float64: how far rounding alone takes an answer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch


def in_doubles(function: Callable) -> Callable:
    """The function whose float32 tensors are float64 while it computes.

    Args:
        function: takes float32 tensors, alone or in lists, tuples and dicts, and perhaps functions of such tensors.
            Whatever else it takes, modules too, it gets as it is.

    Returns:
        A function that is called in the same way. Tensors in its result are float32 again, gradients flow through the
        change of type, and what the function changed in place is changed in the caller's tensors, lists and dicts.
    """

    @functools.wraps(function)
    def doubled(*args: Any, **kwargs: Any) -> Any:
        casts = _Casts()
        doubles, named = casts.up(args), casts.up(kwargs)
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            return casts.down(function(*doubles, **named))
        finally:
            torch.set_default_dtype(before)
            casts.write_back()

    return doubled


class _Casts:
    """The float32 tensors of one call beside their float64 copies; what is met twice has one copy."""

    def __init__(self) -> None:
        self.tensors: list[tuple[Any, Any, Any]] = []  # the caller's, its copy, the copy's values as given
        self.holders: list[tuple[Any, Any]] = []  # the caller's lists and dicts, and their copies
        self.takes_doubles = False  # then a float64 result may be no copy

    def up(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return self._rebuilt(value, self.up, self.down)
        self.takes_doubles |= value.dtype == torch.float64
        if value.dtype != torch.float32:
            return value
        for single, double, _ in self.tensors:
            if single is value:
                return double
        grad = value.grad if value.is_leaf else None
        # A gradient that is there is computed with; one that is not yet there comes back through the change of type.
        double = value.double() if grad is None else value.detach().double().requires_grad_()
        if grad is not None:
            double.grad = grad.double()
        self.tensors.append((value, double, double.detach().clone()))
        return double

    def down(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return self._rebuilt(value, self.down, self.up)
        for single, double, _ in self.tensors:
            if double is value:
                return single
        ours = value.dtype == torch.float64 and self.tensors and not self.takes_doubles
        return value.float() if ours else value

    def _rebuilt(self, value: Any, cast: Callable, uncast: Callable) -> Any:
        """The same list, tuple or dict with its items cast; the same function with what goes in and out cast."""
        if inspect.isroutine(value):
            return lambda *args, **kwargs: cast(value(*uncast(args), **uncast(kwargs)))
        if type(value) is tuple:
            return tuple(cast(item) for item in value)
        if type(value) not in (list, dict):
            return value
        copy = [cast(item) for item in value] if type(value) is list else {key: cast(value[key]) for key in value}
        if cast == self.up:
            self.holders.append((value, copy))
        return copy

    def write_back(self) -> None:
        """What was changed in place, in the caller's things."""
        with torch.no_grad():
            for single, double, given in self.tensors:
                if not torch.equal(double, given) and not double.isnan().any():
                    single.copy_(double)
                if double.is_leaf and double.grad is not None and single.grad is not None:
                    single.grad.copy_(double.grad)
        for holder, copy in self.holders:
            holder.clear()
            (holder.extend if isinstance(holder, list) else holder.update)(self.down(copy))

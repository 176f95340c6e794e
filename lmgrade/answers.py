"""Compare answers, in the grader's process, where the expected ones are."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

from lmgrade import inside
from lmgrade.tasks import Check
from lmgrade.watch import Watch

LARGEST_ANSWER = 16 * 2**20
# Pieces of JSON, of which an item of an answer takes up to three (`inside.MOST_ITEMS`).
MOST_PIECES = 3 * inside.MOST_ITEMS + 100
LONGEST_KIND = 40
FORMS = ({"value"}, {"value", "noted"}, {"raised"}, {"missing"}, {"forbidden"})


class Unreadable(ValueError):
    """What the learner's process sent is not an answer."""


def parse(text: Any) -> dict:
    """Read an answer from the text that came out of the learner's kernel.

    Raises:
        Unreadable: not text, too long, not JSON, nested too deep, of too many pieces, or not of an answer's form.
    """
    if not isinstance(text, str):
        raise Unreadable("the answer is not text")
    if len(text) > LARGEST_ANSWER:
        raise Unreadable(f"the answer has {len(text)} characters, more than the {LARGEST_ANSWER} allowed")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the answer is not JSON") from error
    if _pieces(answer) > MOST_PIECES:
        raise Unreadable(f"the answer has more than the {inside.MOST_ITEMS} items allowed")
    if not isinstance(answer, dict) or set(answer) not in FORMS:
        raise Unreadable("the answer has not the form of an answer")
    if "forbidden" in answer and not _is_use(answer["forbidden"]):
        raise Unreadable("the answer's forbidden use has not the form of one")
    if "raised" in answer and not _is_description(answer["raised"]):
        raise Unreadable("the answer's exception has not the form of one")
    if "noted" in answer and not _are_descriptions(answer["noted"]):
        raise Unreadable("the answer's exceptions have not the form of some")
    return answer


def _pieces(data: Any) -> int:
    """How many values a piece of JSON holds, itself included. A few characters of text make a list of 56 bytes."""
    count, waiting = 0, [data]
    while waiting:
        piece = waiting.pop()
        count += 1
        if isinstance(piece, (list, dict)):
            waiting.extend(piece.values() if isinstance(piece, dict) else piece)
    return count


def _is_description(raised: Any) -> bool:
    return isinstance(raised, dict) and set(raised) == {"type", "message", "at"} and _are_said(raised)


def _are_descriptions(noted: Any) -> bool:
    return isinstance(noted, list) and len(noted) <= inside.MOST_NOTED and all(map(_is_description, noted))


def _is_use(use: Any) -> bool:
    return isinstance(use, dict) and set(use) == {"name", "through", "at"} and _are_said(use)


def _are_said(said: dict) -> bool:
    """Short texts, and a line of a cell or nothing."""
    at, texts = said["at"], [text for part, text in said.items() if part != "at"]
    if at is not None:
        if not (isinstance(at, dict) and set(at) == {"function", "line", "code"}):
            return False
        if type(at["line"]) not in (int, type(None)):
            return False
        texts += [at["function"], at["code"]]
    return all(isinstance(text, str) and len(text) <= 10 * inside.LONGEST_MESSAGE for text in texts)


def _tensor(data: str):
    from safetensors.torch import load

    try:
        return load(base64.b64decode(data, validate=True))["t"]
    except Exception as error:
        raise Unreadable("a tensor in the answer is damaged") from error


def same(expected: Any, got: Any, tolerance: float) -> bool:
    """Are two pieces of plain data (`inside.encode`) equal, floats within ``tolerance * max(1, |expected|)``?

    An int where a float belongs is a float; a bool is not an int. NaN equals NaN, infinities equal themselves.
    Tensors must agree in dtype and shape. Dicts compare without regard to order.
    """
    if isinstance(expected, bool) or isinstance(got, bool) or expected is None or got is None:
        return expected is got
    if isinstance(expected, float) and isinstance(got, (int, float)):
        return _close(expected, got, tolerance)
    if isinstance(expected, (int, str)):
        return type(got) is type(expected) and expected == got
    if isinstance(expected, list):
        return (
            isinstance(got, list)
            and len(got) == len(expected)
            and all(same(e, g, tolerance) for e, g in zip(expected, got, strict=True))
        )
    if not isinstance(got, dict) or not isinstance(expected, dict) or set(got) != set(expected):
        return False
    (kind,) = expected
    if kind == "bytes":
        return expected == got
    if kind == "tensor":
        return _same_tensor(_tensor(expected[kind]), _tensor(got[kind]), tolerance)
    if kind == "dict":
        return _same_dict(expected[kind], got[kind], tolerance)
    return kind == "set" and same(expected[kind], got[kind], tolerance)


def _close(expected: float, got: float, tolerance: float) -> bool:
    if math.isnan(expected) or math.isinf(expected):
        return expected == got or (math.isnan(expected) and math.isnan(got))
    try:
        return abs(expected - got) <= tolerance * max(1.0, abs(expected))
    except OverflowError:  # an int too large to be a float
        return False


def _same_dict(expected: list, got: Any, tolerance: float) -> bool:
    if not isinstance(got, list) or len(got) != len(expected):
        return False
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in got):
        return False
    values = {json.dumps(key): value for key, value in got}
    keys = [json.dumps(key) for key, _ in expected]
    return set(keys) == set(values) and all(
        same(value, values[key], tolerance) for key, (_, value) in zip(keys, expected, strict=True)
    )


def _same_tensor(expected, got, tolerance: float) -> bool:
    import torch

    if expected.dtype != got.dtype or expected.shape != got.shape:
        return False
    if not (expected.is_floating_point() or expected.is_complex()):
        return torch.equal(expected, got)
    # Finite values within the tolerance; NaN and infinities only where they are expected.
    exact = (expected == got) | (expected.isnan() & got.isnan())
    near = (expected - got).abs() <= tolerance * expected.abs().clamp(min=1)
    return bool((exact | (near & expected.isfinite() & got.isfinite())).all())


def kind_of(value: Any) -> str:
    """A word for a piece of plain data, for messages: ``list``, ``dict``, ``str``, the type's name if opaque, ..."""
    if isinstance(value, dict) and len(value) == 1:
        ((kind, content),) = value.items()
        return (content if kind == "opaque" and isinstance(content, str) else kind)[:LONGEST_KIND]
    return "None" if value is None else type(value).__name__


def ask(check: Check, implementation: Any, seed: int, task_name: str, watch: Watch | None = None) -> dict:
    """The answer of an implementation that the grader trusts, made in this process as a learner's is made in theirs."""
    answer = inside.answer(check.probe, implementation, inside.derived_seed(seed, task_name, check.name), watch)
    return parse(json.dumps(answer))


def agrees(expected: dict, got: dict, tolerance: float) -> bool:
    """Do two answers say the same: equal values, or the same type of exception?"""
    if "value" in expected and "value" in got:
        try:
            return same(expected["value"], got["value"], tolerance)
        except (Unreadable, RecursionError):
            return False
    if "raised" in expected and "raised" in got:
        return expected["raised"]["type"] == got["raised"]["type"]
    return False

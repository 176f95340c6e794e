"""What learners are told of exceptions: common messages and their own texts, and nothing that could hold more."""

import base64
import re
import time
from pathlib import Path

import pytest
import torch

from lmgrade.messages import LONGEST_MESSAGE, MOST_DIGITS, MOST_LINES, TEMPLATES, Everything, Tellable

CELL = """
def f(x, number=1):
    if number > 7:
        raise ValueError("number is too large for me")
    assert x, f"{number} is no number, {x!r} is no name in {[1, 2]}!"
    return x.shap
"""
SECRET = "return mean([random.uniform(1000, 2000) for _ in range(7)])"


@pytest.fixture
def tellable():
    return Tellable([CELL], ['raise ValueError(f"{n_heads} heads do not divide {d_model}")'])


def raised(action):
    try:
        action()
    except Exception as error:
        return str(error)
    raise AssertionError("nothing was raised")


def f(x, number=1):
    raise AssertionError


MISTAKES = {
    "too many": lambda: f(1, 2, 3),
    "too few": lambda: f(),
    "keyword": lambda: f(1, numbers=3),
    "calls": lambda: f.__name__(),
    "adds": lambda: 1 + "x",
    "compares": lambda: 1 < "x",
    "powers": lambda: "x" ** 2,
    "unpacks": lambda: [a for a, b in [(1, 2, 3)]],
    "iterates": lambda: [*1],
    "key": lambda: {}["x"],
    "number key": lambda: {}[7],
    "pair": lambda: {}[1, 2],
    "character": lambda: {}["\n"],
    "index": lambda: [][1],
    "attribute": lambda: [].shap,
    "divides": lambda: 1 / 0,
    "empty": lambda: max([]),
    "pops": lambda: [].pop(),
    "unhashable": lambda: {[]},
    "bytes": lambda: bytes([300]),
    "sizes": lambda: torch.ones(2, 3) + torch.ones(2, 4),
    "shapes": lambda: torch.ones(2, 3) @ torch.ones(2, 4),
    "batches": lambda: torch.ones(2, 2, 3) @ torch.ones(3, 3, 4),
    "view": lambda: torch.ones(2, 3).view(5, -1),
    "transposed": lambda: torch.ones(2, 3).T.view(6),
    "dim": lambda: torch.ones(2, 3).sum(5),
    "dtype": lambda: torch.ones(2, 2) @ torch.ones(2, 2).long(),
    "truth": lambda: bool(torch.ones(2)),
    "backward": lambda: torch.ones(2).sum().backward(),
    "file": lambda: Path("/nowhere/at/all").read_text(),
    "vector": lambda: torch.ones(2, requires_grad=True).backward(),
    "in place": lambda: torch.ones(2, requires_grad=True).add_(1),
    "mask": lambda: torch.ones(2).masked_fill(torch.ones(2), 1),
    "stack": lambda: torch.stack([torch.ones(2), torch.ones(3)]),
    "cat": lambda: torch.cat([torch.ones(2, 2), torch.ones(3, 3)]),
    "embedding": lambda: torch.nn.Embedding(2, 2)(torch.tensor([5])),
    "gather": lambda: torch.ones(2).gather(0, torch.tensor([7])),
    "module": lambda: torch.nn.Linear(2, 3)(torch.ones(3)),
    "expand": lambda: torch.ones(2, 3).expand(5, 3),
    "multinomial": lambda: torch.multinomial(-torch.ones(2), 1),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=list(MISTAKES))
def test_what_python_and_torch_say_of_common_mistakes_is_told(tellable, mistake):
    text = raised(mistake).replace("\n", "\\n")
    assert tellable.message(text) is not None, text


def test_all_of_a_message_is_told_or_its_beginning(tellable):
    assert tellable.message("list index out of range") == "list index out of range"
    assert tellable.message("invalid literal for int() with base 10: 'secret'") == (
        "invalid literal for int() with base 10: ..."
    )
    assert tellable.message("[Errno 2] No such file or directory: 'secret'") == "[Errno 2] No such file or directory..."
    assert tellable.message("") == ""


def test_texts_of_the_learners_cells_and_of_public_modules_are_told(tellable):
    for text in (
        "number is too large for me",
        "-3 is no number, 'number' is no name in [1, 2]!",
        "torch.Size([3]) is no number, (4, 5) is no name in []!",
        "3 heads do not divide 8",
    ):
        assert tellable.message(text) == text
    assert Tellable(["%time\nif 1:\n  !ls\nraise ValueError('after a magic')"]).message("after a magic")
    assert Tellable(["def f(:"]).message("x") is None


@pytest.mark.parametrize(
    "told",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.encode().hex(),
        str(list(SECRET.encode())),
        f"{int.from_bytes(SECRET.encode())} is no number, x is no name in []!",
        f"'{SECRET[:20]}'",
        f"name '{SECRET.encode().hex()}' is not defined",
        f"shape '{list(SECRET.encode()[:8])}' is invalid for input of size 1",
        f"'{SECRET[:4]}' object is not callable",
        "f.x.number.f.x.number.f() takes no arguments",
        "number  is too large for me",
        "number is too large for me" + SECRET[0],
        "'num' object is not callable",
        "<<x>> is no number, x is no name in []!",
    ],
)
def test_nothing_else_is(tellable, told):
    assert tellable.message(told) is None


def test_digits_are_few(tellable):
    text = "shape '[{}]' is invalid for input of size 1".format
    assert tellable.message(text(", ".join("1" * (MOST_DIGITS - 1))))
    assert tellable.message(text(", ".join("1" * MOST_DIGITS))) is None


def test_names_are_common_ones_or_the_learners(tellable):
    for name in ("ValueError", "Tensor", "number", "n_heads", "<lambda>"):
        assert tellable.name(name)
    for name in ("secret", "numb", "number.number", "number number", "", "<x", "x" * 200, "число"):
        assert not tellable.name(name)
    assert Tellable(["число = 1"]).name("число")


def test_a_place_is_a_line_of_the_learners_cells(tellable):
    assert tellable.place("f", 5, "return x.shap")
    for function, line, code in (
        ("f", 6, "return x.shap"),
        ("f", 5, "return mean"),
        ("f", None, "return x.shap"),
        (SECRET, 5, "return x.shap"),
        ("f.f", 5, "return x.shap"),
    ):
        assert not tellable.place(function, line, code)
    # Of a line too long to be told, its beginning.
    assert Tellable(["x" * 500]).place("f", 1, "x" * LONGEST_MESSAGE) is False
    assert Tellable(["f = " + "x" * 500]).place("f", 1, ("f = " + "x" * 500)[:LONGEST_MESSAGE])


def test_what_a_learner_writes_to_choose_from_is_bounded():
    cell = "\n".join(f"word{n}  # line {n}" for n in range(2 * MOST_LINES))
    tellable = Tellable([cell])
    assert tellable.place("word1", 2, "word1  # line 1")
    assert not tellable.place("word1", 2 * MOST_LINES - 1, f"word{2 * MOST_LINES - 2}  # line {2 * MOST_LINES - 2}")
    assert not tellable.name(f"word{2 * MOST_LINES - 2}")
    texts = Tellable(["\n".join(f"'text no {n}'" for n in range(5000))])
    assert texts.message("text no 0") and texts.message("text no 4999") is None


@pytest.mark.parametrize("text", ["1" * 200, "a" * 200, "a." * 100, "1, " * 66, "(1, " * 50, "<" * 200, "-1x" * 66])
def test_no_message_takes_long_to_be_found_wanting(text):
    cells = ["\n".join(f"f'{{a}}{{b}}{{c}}{{d}}{n}'" for n in range(900))]
    began = time.process_time()
    Tellable(cells).message(text)
    assert time.process_time() - began < 2


def test_templates_are_all_different_and_none_begins_with_what_is_left_out():
    lines = TEMPLATES.read_text(encoding="utf-8").splitlines()
    assert len(set(lines)) == len(lines) > 200
    assert not [line for line in lines if line.startswith("{...}") or not re.search(r"[a-z]{3}|\{", line)]


def test_where_nothing_is_hidden_everything_is_told():
    assert Everything().message(SECRET) == SECRET and Everything().name(SECRET) and Everything().place("f", 1, "x")

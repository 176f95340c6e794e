"""What runs beside learner code: values become plain data, whatever they are made of."""

import ast
import inspect
import json
import linecache
import random
import sys
from pathlib import Path

import numpy
import pytest
import torch

from lmgrade import inside
from lmgrade.inputs import outcome
from lmgrade.inside import answer, derived_seed, describe, encode, seed_everything


def test_the_file_stands_alone_so_that_it_can_be_sent():
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(Path(inside.__file__).read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    outside = {name.split(".")[0] for name in imported} - set(sys.stdlib_module_names)
    assert outside == {"IPython", "safetensors"}


@pytest.mark.parametrize("value", [None, True, 0, -(10**30), 1.5, "", "ü\ud800", [], [1, [2.0, None]]])
def test_what_json_holds_stays_as_it_is(value):
    assert encode(value) == value
    assert type(encode(value)) is type(value)


def test_other_kinds_become_objects_that_name_the_kind():
    assert encode((1, "a")) == [1, "a"]
    assert encode(b"\x00\xff") == {"bytes": "AP8="}
    assert encode({1: "a", (2,): None}) == {"dict": [[1, "a"], [[2], None]]}
    assert encode({3, 1, 2}) == encode(frozenset((2, 3, 1))) == {"set": [1, 2, 3]}
    assert encode(range(3)) == {"opaque": "range"}
    assert encode(len) == {"opaque": "builtin_function_or_method"}
    assert set(encode(torch.ones(2))) == set(encode(numpy.ones(2))) == {"tensor"}


def test_a_scalar_of_numpy_is_a_number():
    assert encode(numpy.int64(3)) == 3 and type(encode(numpy.int64(3))) is int
    assert encode(numpy.float32(0.5)) == 0.5 and type(encode(numpy.float64(0.5))) is float
    assert encode(numpy.bool_(True)) is True


def test_a_tensor_is_the_same_however_it_lies_in_memory_and_whoever_holds_it():
    plain = torch.arange(6.0).reshape(2, 3)
    held = torch.nn.Parameter(plain.clone())
    turned = plain.T.contiguous().T
    assert encode(plain) == encode(held) == encode(turned) == encode(torch.arange(12.0)[:6].reshape(2, 3))
    assert encode(torch.tensor(1.0)) != encode(torch.tensor([1.0]))


class EvilInt(int):
    __eq__ = __ne__ = __lt__ = __gt__ = __ge__ = __le__ = lambda self, other: True
    __hash__ = int.__hash__


class EvilStr(str):
    __eq__ = lambda self, other: True  # noqa: E731
    __hash__ = str.__hash__

    def __str__(self):
        return EvilStr("says something else")


class EvilList(list):
    __eq__ = lambda self, other: True  # noqa: E731
    __hash__ = None

    def __len__(self):
        return 10**9


def test_subclasses_that_equal_everything_lose_it_on_the_way():
    for value in (EvilInt(3), EvilStr("x"), EvilList([EvilInt(1)])):
        read = json.loads(json.dumps(encode(value)))
        assert type(read) in (int, str, list)
        assert read != "anything" and read != [2] and read != 4


def test_an_object_that_equals_everything_is_opaque():
    class Always:
        __eq__ = __ne__ = lambda self, other: True
        __hash__ = object.__hash__

    assert json.loads(json.dumps(encode(Always()))) == {"opaque": "Always"}


def test_an_object_that_pretends_to_be_of_another_class_answers_nothing():
    class Pretends:
        def __init__(self, kind):
            self.kind = kind

        @property
        def __class__(self):
            return self.kind

    for kind in (int, float, list, dict, set, bytes, torch.Tensor):
        assert "raised" in answer(lambda f: f, Pretends(kind), 0), kind
    # Passed through as it is, and then no JSON: nothing is sent, and nothing is no answer.
    with pytest.raises(TypeError):
        json.dumps(answer(lambda f: f, Pretends(bool), 0))


def test_a_tensor_with_a_mind_of_its_own_can_only_send_numbers():
    class Mine(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            return True if function is torch.equal else torch.ones(2)

    assert encode(torch.zeros(3).as_subclass(Mine)) == encode(torch.ones(2))


@pytest.mark.parametrize(
    "make",
    [
        lambda: [0] * (inside.MOST_ITEMS + 1),
        lambda: {number: number for number in range(inside.MOST_ITEMS)},
        lambda: [[0] * 1000] * 1000,
        lambda: type("Endless", (list,), {"__iter__": lambda self: iter(int, 1)})(),
    ],
)
def test_an_answer_of_too_many_items_is_not_made(make):
    assert answer(lambda make: make(), make, 0)["raised"]["type"] == "_TooLarge"


def test_a_cyclic_answer_raises_instead_of_going_on_for_ever():
    cycle = []
    cycle.append(cycle)
    knot = {}
    knot[1] = [knot]
    for value in (cycle, knot):
        assert answer(lambda value: value, value, 0)["raised"]["type"] == "RecursionError"


@pytest.mark.parametrize(
    "error", [ValueError("bad"), SystemExit(0), KeyboardInterrupt(), RecursionError(), StopIteration()]
)
def test_what_a_learner_raises_is_data(error):
    def raises():
        raise error

    assert answer(lambda f: f(), raises, 0) == {
        "raised": {"type": type(error).__name__, "message": str(error), "at": None}
    }


def tried(f, *values):
    return [outcome(lambda value=value: f(value)) for value in values]


def test_what_a_probe_catches_stands_beside_its_answer():
    got = answer(lambda f: tried(f, 4, 0, "a"), lambda x: 8 // x, 0)
    assert got["value"] == [2, "ZeroDivisionError", "TypeError"]
    assert [raised["type"] for raised in got["noted"]] == ["ZeroDivisionError", "TypeError"]
    assert set(got["noted"][0]) == {"type", "message", "at"}


def test_of_many_exceptions_a_few_are_noted():
    assert len(answer(lambda f: tried(f, *[0] * 100), lambda x: 8 // x, 0)["noted"]) == inside.MOST_NOTED


def test_an_answer_without_exceptions_holds_nothing_else():
    assert answer(lambda f: tried(f, 4), lambda x: 8 // x, 0) == {"value": [2]}


def test_a_function_keeps_its_name_and_its_arguments_for_the_probe():
    def half(number: int, *, rounded=True):
        """Half of it."""

    def seen(f):
        return [f.__name__, f.__doc__, str(inspect.signature(f))]

    assert answer(seen, half, 0)["value"] == ["half", "Half of it.", "(number: int, *, rounded=True)"]


def test_a_long_message_and_a_long_line_are_cut():
    source = f"def f():\n    raise ValueError('{'x' * 5000}')\n"
    namespace = {}
    name = "/tmp/ipykernel_1/2.py"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    exec(compile(source, name, "exec"), namespace)
    raised = answer(lambda f: f(), namespace["f"], 0)["raised"]
    assert len(raised["message"]) == inside.LONGEST_MESSAGE
    assert raised["at"]["function"] == "f" and raised["at"]["line"] == 2
    assert len(raised["at"]["code"]) == inside.LONGEST_MESSAGE


def test_a_line_outside_the_learners_cells_is_not_told():
    def raises():
        raise ValueError

    try:
        raises()
    except ValueError as error:
        assert describe(error)["at"] is None


def test_one_seed_gives_one_set_of_draws():
    draws = []
    for _ in range(2):
        seed_everything(7)
        draws.append((random.random(), numpy.random.rand(), torch.rand(1).item()))
    assert draws[0] == draws[1]
    seed_everything(8)
    assert random.random() != draws[0][0]


def test_what_a_notebook_set_in_torch_does_not_reach_the_probe_and_comes_back():
    def probe(make):
        made = torch.ones(2)
        return [str(made.dtype), str(made.device), (torch.ones(2, requires_grad=True) * 2).requires_grad]

    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    try:
        with torch.no_grad(), torch.inference_mode():
            assert answer(probe, None, 0) == {"value": ["torch.float32", "cpu", True]}
        assert (torch.get_default_dtype(), torch.get_default_device().type) == (torch.float64, "meta")
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
    assert torch.ones(1).device.type == "cpu"


def test_each_check_has_a_seed_of_its_own():
    seeds = {derived_seed(seed, task, check) for seed in (1, 2) for task in "ab" for check in "cd"}
    assert len(seeds) == 8
    assert derived_seed(1, "a", "b") == derived_seed(1, "a", "b")
    assert derived_seed(1, "ab", "c") != derived_seed(1, "a", "bc")
    assert all(0 <= seed < 2**48 for seed in seeds)


def test_a_large_seed_is_one_for_numpy_too():
    seed_everything(2**48 - 1)

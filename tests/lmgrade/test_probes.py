"""A probe goes into the learner's kernel alone: what it needs goes with it, what gives the answer away does not."""

import pytest

from lmgrade.probes import ProbeLeak, load_probe, probe_source, probe_text
from lmgrade.tasks import load_folder

SOURCE = '''
"""A tasks file."""

import random
from math import (
    floor,
    ceil as up,
)

from lmgrade import Task

LIMIT, BASE = 10, 2
SIZES: list[int] = [LIMIT, BASE]


def unused():
    return "unused secret"


def helper(number):
    return nested(number) % LIMIT


def nested(number):
    return [size for size in SIZES][0] + number


task = Task("task", reference=lambda number: "reference secret")


@task.check(points=1, title="t")
def check(task):
    def draw():
        return helper(random.randrange(10))

    return task(up(draw()))


@task.check(points=1, title="leaks a misconception")
def leaks_misconception(task):
    return mistaken(task(1))


@task.check(points=1, title="leaks another check")
def leaks_check(task):
    return check(task)


@task.check(points=1, title="leaks the task")
def leaks_task(implementation):
    return task.reference(1)


@task.check(points=1, title="leaks by way of a helper")
def leaks_by_helper(task):
    return indirectly()


def indirectly():
    return mistaken(1)


@task.misconception("misconception secret")
def mistaken(number):
    return number


@task.alternative
def alternative(number):
    return number
'''


def test_a_probe_takes_along_all_it_uses_and_no_more():
    text = probe_source(SOURCE, "check")
    for needed in ("import random", "ceil as up", "LIMIT", "SIZES", "def helper", "def nested", "def check"):
        assert needed in text
    for unwanted in ("secret", "unused", "lmgrade", "Task", "@", "mistaken", "alternative", "A tasks file"):
        assert unwanted not in text


def test_a_cut_probe_runs_by_itself_and_in_the_order_of_its_file():
    probe = load_probe(probe_source(SOURCE, "check"), "check")
    assert isinstance(probe(lambda number: number), int)


@pytest.mark.parametrize("name", ["leaks_misconception", "leaks_check", "leaks_task", "leaks_by_helper"])
def test_a_probe_that_would_give_an_answer_away_is_refused(name):
    with pytest.raises(ProbeLeak, match=name):
        probe_source(SOURCE, name)


def test_a_name_that_is_only_a_parameter_or_a_local_is_not_taken_along():
    source = (
        "from lmgrade import Task\ntask = Task('task', reference=abs)\nlocal = 'secret'\n"
        "def check(task):\n    local = 1\n    return [task(local) for local in range(3)], (lambda local: local)(2)\n"
    )
    assert "secret" not in probe_source(source, "check") and "Task" not in probe_source(source, "check")


def test_an_unknown_probe_is_a_key_error():
    with pytest.raises(KeyError, match="nothing"):
        probe_source(SOURCE, "nothing")


def package(tmp_path, **files):
    folder = tmp_path / "made" / "tasks"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return load_folder(tmp_path / "made")


ONE = """
from lmgrade import Task

from .{module} import draw

one = Task("one", reference=abs)


@one.check(points=1, title="t")
def check(one):
    return one(draw())
"""


def test_a_probe_takes_what_it_uses_of_the_inputs_file(tmp_path):
    assignment = package(
        tmp_path,
        __init__="from .first import one",
        first=ONE.format(module="inputs"),
        inputs="import random\n\nLARGEST = 9\nsecret = 1\n\n\ndef draw():\n    return random.randrange(LARGEST)\n",
    )
    text = probe_text(assignment.tasks["one"].checks[0].probe)
    assert "secret" not in text and "Task" not in text
    assert load_probe(text, "check")(lambda number: number) in range(9)


def test_a_probe_takes_what_it_uses_of_what_assignments_share(tmp_path):
    shared = "from lmgrade.tensor_inputs import away_from_zero\n\n\ndef draw():\n    return away_from_zero(2)\n"
    assignment = package(tmp_path, __init__="from .first import one", first=ONE.format(module="inputs"), inputs=shared)
    text = probe_text(assignment.tasks["one"].checks[0].probe)
    assert "lmgrade" not in text and "gradients" not in text
    assert load_probe(text, "check")(lambda numbers: numbers).abs().min() >= 0.5


def test_a_probe_that_uses_another_file_is_refused(tmp_path):
    assignment = package(
        tmp_path, __init__="from .first import one", first=ONE.format(module="answers"), answers="def draw(): return 42"
    )
    with pytest.raises(ProbeLeak, match=r"answers\.py"):
        probe_text(assignment.tasks["one"].checks[0].probe)


def test_every_probe_of_the_small_course_can_be_cut(counting):
    for task in counting.tasks.values():
        for check in task.checks:
            text = probe_text(check.probe)
            for secret in ("Yours", "adds_two", "by_adding", "_double_all", "_letters", "lmgrade"):
                assert secret not in text

"""The judge: answers are data, and whatever a notebook does, every check comes to a verdict."""

import copy
import json
import os
import re
import time
from dataclasses import replace

import pytest
from nbformat.v4 import new_output

from lmgrade.inside import ANSWER_TYPE
from lmgrade.judge import DEAD, MISSING, PASSED, RAISED, TIMEOUT, WRONG, Judge, fresh_seed
from lmgrade.kernels import Outcome

DOUBLE_ALL = "def double_all(numbers):\n    return [2 * number for number in numbers]"
LETTERS = "def letters(text):\n    return {letter: text.count(letter) for letter in text}"


def statuses(report):
    return {task: [verdict.status for verdict in verdicts] for task, verdicts in report.verdicts.items()}


def everywhere(verdicts):
    return dict.fromkeys(("one", "two", "three"), verdicts)


def messages(report, task):
    return [verdict.message for verdict in report.verdicts[task]]


def grade(assignment, *cells, **settings):
    report = Judge(assignment, seed=5, **settings).grade(cells)
    assert list(report.verdicts) == list(assignment.tasks)
    for task in assignment.tasks.values():
        assert [verdict.check for verdict in report.verdicts[task.name]] == task.checks
        assert 0 <= report.points(task.name) <= task.points
    return report


# A task for each function of one argument, so that one process serves them all.
TASKS = """
import random

from lmgrade import Task
"""
TASK = """
{name} = Task("{name}", reference=lambda number: [number])


@{name}.check(points=1, title="t", hint="{hint}", seconds={seconds})
def check_{name}({name}):
    return {name}(random.randrange(10**6))
"""


def one_task_each(assignment_of, cell):
    """An assignment in which every function of a cell that is written ``def name(number)`` is a task."""
    names = re.findall(r"^def (\w+)\(number\)", cell, re.MULTILINE)
    return assignment_of(
        TASKS
        + "".join(
            TASK.format(name=name, hint="" if "plain" in name else "a hint", seconds=0.7 if "slow" in name else 20)
            for name in names
        )
    )


def test_right_answers_pass_and_earn_their_points(counting):
    report = grade(counting, DOUBLE_ALL, LETTERS)
    assert statuses(report) == {"double_all": [PASSED, PASSED], "letters": [PASSED]}
    assert messages(report, "double_all") == ["", ""]
    assert (report.points("double_all"), report.points("letters"), report.seed) == (2, 2, 5)
    assert [outcome.status for outcome in report.outcomes] == ["ok", "ok"]


def test_a_mistake_is_recognised_and_an_unknown_one_gets_the_checks_hint(counting):
    report = grade(counting, DOUBLE_ALL.replace("2 *", "2 +"), LETTERS.replace("text.count(letter)", "7"))
    assert [verdict.misconception.name for verdict in report.verdicts["double_all"] if verdict.misconception] == [
        "adds_two"
    ]
    assert messages(report, "double_all") == ["Yours adds two; doubling multiplies.", ""]
    assert messages(report, "letters") == ["Count each letter."]
    assert report.points("double_all") == 1


CAUGHT = """
from lmgrade import Task
from lmgrade.inputs import outcome


def _half(number):
    if number % 2:
        raise ValueError("odd")
    return number // 2


half = Task("half", reference=_half)


@half.check(points=1, title="t", hint="Even numbers have one.")
def even_and_odd(half):
    return [outcome(lambda number=number: half(number)) for number in (6, 7)]
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "return number // text",
            "Raised NameError: name 'text' is not defined (in half, line 4 of its cell: return number // text). "
            "Even numbers have one.",
        ),
        ("return 3", ""),
    ],
)
def test_an_exception_that_a_check_caught_is_told_where_the_reference_raised_no_such_one(assignment_of, line, told):
    cell = f"def half(number):\n    if number % 2:\n        raise ValueError('another text')\n    {line}\n"
    report = grade(assignment_of(CAUGHT), cell)
    assert messages(report, "half") == [told]


def test_an_exception_that_belongs_to_the_answer_is_not_held_against_it(assignment_of):
    report = grade(assignment_of(CAUGHT), "def half(number):\n    raise ValueError('no')\n")
    assert messages(report, "half") == ["Even numbers have one."]


WAYS = """
def right(number):
    return [number]

def wrong(number):
    return [number + 1]

def wrong_plain(number):
    return [number + 1]

def wrong_kind(number):
    return number

def opaque_plain(number):
    return range(number)

def raises(number):
    raise ValueError("not\\n today")

def unwritten(number):
    raise NotImplementedError()

def absent(number):
    pass
del absent

def slow(number):
    while True:
        pass

def ends(number):
    import os
    os._exit(1)
"""


def test_each_way_of_failing_is_told_apart(assignment_of):
    report = grade(one_task_each(assignment_of, WAYS), WAYS)
    told = {name: (verdict.status, verdict.message) for name, (verdict,) in report.verdicts.items()}
    assert told == {
        "right": (PASSED, ""),
        "wrong": (WRONG, "a hint"),
        "wrong_plain": (WRONG, "The answer is wrong."),
        "wrong_kind": (WRONG, "a hint Expected data of the kind list, got int."),
        "opaque_plain": (WRONG, "Expected data of the kind list, got range."),
        "raises": (
            RAISED,
            'Raised ValueError: not today (in raises, line 17 of its cell: raise ValueError("not\\n today")).',
        ),
        "unwritten": (RAISED, "Not written yet."),
        "absent": (MISSING, "Nothing called `absent` is defined when the notebook has run."),
        "slow": (TIMEOUT, "Stopped after 0.7 seconds without an answer."),
        "ends": (DEAD, "The process ended while this check ran: out of memory, or a call that exits."),
    }
    assert report.points("right") == 1 and sum(report.points(name) for name in told) == 1


NOISE = """
def loud(number):
    import sys
    print("x" * 4 * 10**7)
    print("y", file=sys.stderr)
    return [number]

def shows(number):
    display("picture")
    return [number]

def clears(number):
    from IPython.display import clear_output
    clear_output(wait=True)
    return [number]

def warns(number):
    import warnings
    warnings.warn("careful")
    return [number]

def gives_a_tuple(number):
    return (number,)

def recovers(number):
    try:
        return recovers(number)
    except RecursionError:
        return [number]

def starts_a_thread(number):
    import threading
    got = []
    thread = threading.Thread(target=got.append, args=[number])
    thread.start()
    thread.join()
    return got

def seeds(number):
    import random
    random.seed(0)
    return [number]
"""


def test_what_a_function_does_beside_answering_costs_nothing(assignment_of):
    report = grade(one_task_each(assignment_of, NOISE), NOISE)
    assert {name: verdict.status for name, (verdict,) in report.verdicts.items()} == dict.fromkeys(
        report.verdicts, PASSED
    )


HOSTILE = """
def equal(number):
    return type("Equal", (list,), {"__eq__": lambda self, other: True, "__len__": lambda self: 1})()

def equal_int(number):
    return [type("Equal", (int,), {"__eq__": lambda self, other: True})(1)]

def cyclic(number):
    cycle = []
    cycle.append(cycle)
    return cycle

def deep(number):
    value = 1
    for _ in range(960):
        value = [value]
    return value

def deep_key(number):
    key = ()
    for _ in range(300):
        key = (key,)
    return {key: 1}

def many(number):
    return [0] * 10**6

def endless(number):
    return type("Endless", (list,), {"__iter__": lambda self: iter(int, 1)})()

def long(number):
    return ["x" * (17 * 2**20)]

def digits(number):
    return [10**5000]

def recursion(number):
    return recursion(number)

def leaves(number):
    raise SystemExit(0)

def interrupts(number):
    raise KeyboardInterrupt

class Base(BaseException):
    pass

def base(number):
    raise Base

class Evil(Exception):
    def __str__(self):
        return 7

def evil_text(number):
    raise Evil

def surrogate(number):
    raise ValueError("\\ud800\\x1b[31m")

def long_line(number):
    raise ValueError(len("LONG"))

def last(number):
    return [number]
""".replace("LONG", "x" * 5000)


def test_hostile_answers_earn_nothing_and_cost_the_others_nothing(assignment_of):
    report = grade(one_task_each(assignment_of, HOSTILE), HOSTILE)
    found = {name: verdict.status for name, (verdict,) in report.verdicts.items()}
    assert found.pop("last") == PASSED
    assert {status: {name for name in found if found[name] == status} for status in found.values()} == {
        WRONG: {"equal", "equal_int", "deep_key"},
        MISSING: {"long", "digits", "base", "evil_text"},
        RAISED: {
            *("cyclic", "deep", "many", "endless", "recursion"),
            *("leaves", "interrupts", "surrogate", "long_line"),
        },
    }
    for name in found:
        (message,) = messages(report, name)
        assert message and len(message) < 1000 and message.encode("utf-8") and "\x1b" not in message
    assert messages(report, "long_line")[0].startswith("Raised ValueError: 5000 (in long_line, line ")


FORGE = """
import json, os, sys
from IPython.display import display

def forge(data, nonce=None, kind="application/vnd.lmgrade.answer"):
    frame = sys._getframe()
    while "request" not in frame.f_globals:
        frame = frame.f_back
    request = frame.f_globals["request"]
    text = data if isinstance(data, str) else json.dumps(data)
    display({kind: text, "text/plain": nonce or request["nonce"]}, raw=True)
    return request

def silence(request):
    # The true answer, which comes next, goes nowhere: what was forged is the only one.
    publisher = get_ipython().display_pub
    true = publisher.publish
    def once(*args, **kwargs):
        publisher.publish = true
    publisher.publish = once

def second(number):
    forge({"value": [number]})
    return [number]

def foreign(number):
    silence(forge({"value": [number]}, nonce="0" * 32))

def empty(number):
    silence(forge(""))

def points(number):
    silence(forge({"points": 100}))

def missing(number):
    silence(forge({"missing": ["<script>" + "\\ud800" * 10**6]}))

def verdict(number):
    silence(forge({"value": True}))

def tensor(number):
    silence(forge({"value": {"tensor": 5}}))

def raised(number):
    silence(forge({"raised": {"type": "\\ud800", "message": "", "at": None}}))

def opaque(number):
    silence(forge({"value": {"opaque": "\\ud800" * 100}}))

def huge(number):
    silence(forge("x" * (17 * 2**20)))

def last(number):
    return [number]
"""


def test_forged_answers_earn_nothing_and_break_nothing(assignment_of):
    report = grade(one_task_each(assignment_of, FORGE), FORGE)
    found = {name: verdict.status for name, (verdict,) in report.verdicts.items()}
    assert found.pop("last") == PASSED
    assert set(found.values()) <= {WRONG, RAISED, MISSING}
    assert messages(report, "second") == ["2 answers came back from the notebook's kernel instead of one."]
    assert found == dict.fromkeys(found, MISSING) | {
        "verdict": WRONG,
        "tensor": WRONG,
        "raised": RAISED,
        "opaque": WRONG,
    }
    for name in found:
        (message,) = messages(report, name)
        assert message.encode("utf-8") and len(message) < 1000


@pytest.mark.parametrize(
    "attack",
    [
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
        "get_ipython().input_transformers_post.append(lambda lines: [])",
        "import ast\n"
        "class Empty(ast.NodeTransformer):\n"
        "    def visit_Module(self, node):\n"
        "        return ast.Module(body=[], type_ignores=[])\n"
        "get_ipython().ast_transformers.append(Empty())",
        "shell = get_ipython()\nshell.run_cell = shell.run_cell_async = lambda *args, **kwargs: None",
        "get_ipython().kernel.do_execute = None",
        "get_ipython().display_pub.publish = lambda *args, **kwargs: None",
        "import json\njson.dumps = lambda *args, **kwargs: '{\"value\": true}'",
        "import builtins\nbuiltins.exec = builtins.compile = lambda *args, **kwargs: None",
    ],
)
def test_a_notebook_that_switches_the_questions_off_earns_nothing(three_tasks, attack):
    one = "def one(number):\n    return number + 1"
    report = grade(three_tasks, one.replace("number + 1", "7"), attack, notebook_seconds=2.5)
    assert not any(verdict.points for verdicts in report.verdicts.values() for verdict in verdicts)


def test_names_that_an_honest_learner_took_for_something_else_cost_nothing(counting):
    taken = (
        "exec = compile = globals = print = display = open = json = sys = 1\n"
        "request = names = serve = answer = b = learner = 1\n"
        "list, dict, str, type = [1], {2: 3}, 'four', 5\n"
        "class base64: pass\n"
        "from random import *\n"
        "import random\n"
        "__name__ = 'mine'"
    )
    report = grade(counting, taken, DOUBLE_ALL, LETTERS)
    assert statuses(report) == {"double_all": [PASSED, PASSED], "letters": [PASSED]}


LOOK = """
import gc, os, sys, types

def double_all(numbers):
    seen, texts, todo = set(), set(), []
    frame = sys._getframe()
    while frame is not None:
        todo += [frame.f_globals, frame.f_locals, frame.f_builtins, frame.f_code]
        frame = frame.f_back
    todo += gc.get_objects() + [sys.modules, dict(os.environ), sys.argv]
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, str):
            texts.add(thing)
        elif isinstance(thing, bytes):
            texts.add(thing.decode("latin-1"))
        elif isinstance(thing, dict):
            todo += [*thing.keys(), *thing.values()]
        elif isinstance(thing, (list, tuple, set, frozenset)):
            todo += thing
        elif isinstance(thing, types.CodeType):
            todo += [thing.co_consts, thing.co_names, thing.co_name, thing.co_filename]
        elif isinstance(thing, types.FunctionType):
            todo += [thing.__code__, thing.__defaults__, thing.__name__, thing.__doc__]
        elif isinstance(thing, types.ModuleType):
            todo += [vars(thing), thing.__name__]
    with open({path!r}, "w", errors="replace") as file:
        file.write("\\0".join(texts))
    return [2 * number for number in numbers]
"""


def test_whatever_a_function_can_see_there_is_no_reference_misconception_or_alternative_among_it(
    counting, tmp_path, monkeypatch
):
    monkeypatch.setenv("GRADER_TOKEN", "the grader's secret")
    path = tmp_path / "seen.txt"
    patient = copy.deepcopy(counting)
    for task in patient.tasks.values():
        task.checks = [replace(check, seconds=60) for check in task.checks]
    report = grade(patient, LOOK.replace("{path!r}", repr(str(path))), LETTERS)
    assert report.points("double_all") == 2
    seen = path.read_text().split("\0")
    assert any("def doubles(" in text for text in seen) or any("def leaves_argument(" in text for text in seen)
    assert not {"_double_all", "_letters", "adds_two", "in_place", "by_adding", "by_counter"} & set(seen)
    texts = [
        "def _double_all",
        "def adds_two",
        "Yours adds",
        "Yours writes",
        "counted once",
        "leaves its argument alone",
    ]
    for secret in [*texts, "solutions/counting", "the grader's secret"]:
        assert not [text for text in seen if secret in text], secret


def test_a_hung_function_does_not_cost_the_points_of_the_others(three_tasks):
    stubborn = """
import signal

def one(number):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
    two = "def two(number):\n    while True:\n        pass"
    report = grade(three_tasks, stubborn, two, "def three(number):\n    return number + 1")
    assert statuses(report) == {"one": [TIMEOUT], "two": [TIMEOUT], "three": [PASSED]}


def test_a_function_that_swallows_the_interrupt_and_answers_late_is_too_slow(three_tasks):
    late = """
def one(number):
    import time
    try:
        time.sleep(20)
    except KeyboardInterrupt:
        return number + 1
"""
    report = grade(three_tasks, late, "def two(number):\n    return number + 1", "three = two")
    assert statuses(report) == {"one": [TIMEOUT], "two": [PASSED], "three": [PASSED]}


def many_checks(number, seconds):
    return "".join(
        f'\n\n@first.check(points=1, title="{n}", seconds={seconds})\ndef check_{n}(first):\n    return first({n})\n'
        for n in range(number)
    )


def test_a_function_that_ends_the_process_at_each_of_many_checks_does_not_cost_the_points_of_the_others(assignment_of):
    first, last = (TASK.format(name=name, hint="", seconds=20) for name in ("first", "last"))
    assignment = assignment_of(TASKS + first + many_checks(6, 20) + last)
    report = grade(assignment, "def first(n):\n    import os\n    os._exit(1)", "def last(n):\n    return [n]")
    assert statuses(report) == {"first": [DEAD] * 7, "last": [PASSED]}
    assert "Not run: 2 checks before it did not end." in messages(report, "first")


def test_a_function_that_hangs_is_not_waited_for_at_every_check(assignment_of):
    first = TASK.format(name="first", hint="", seconds=0.5)
    started = time.monotonic()
    report = grade(assignment_of(TASKS + first + many_checks(20, 0.5)), "def first(n):\n    while True:\n        pass")
    assert statuses(report) == {"first": [TIMEOUT] * 21}
    assert time.monotonic() - started < 9


def test_cells_that_hang_or_end_the_process_cost_the_rest_of_the_notebook_nothing(three_tasks):
    cells = [
        "def one(number):\n    return number + 1",
        "while True:\n    pass",
        "import os\nos._exit(1)",
        "1 / 0",
        "def two(number):\n    return number + 1",
        "def three(number):\n    return number + 1",
    ]
    report = grade(three_tasks, *cells, cell_seconds=1)
    assert statuses(report) == everywhere([PASSED])
    assert [outcome.status for outcome in report.outcomes] == ["ok", "timeout", "dead", "error", "ok", "ok"]


def test_a_notebook_has_so_much_time_and_no_more(three_tasks):
    cells = [
        "import time\ntime.sleep(0.8)",
        "while True: pass",
        "while True: pass",
        "def one(number): return number + 1",
    ]
    started = time.monotonic()
    report = grade(three_tasks, *cells, cell_seconds=30, notebook_seconds=2.5)
    assert time.monotonic() - started < 20
    assert statuses(report) == everywhere([TIMEOUT])
    assert messages(report, "one") == ["The notebook used up its 2.5 seconds."]
    assert [outcome.status for outcome in report.outcomes] == ["ok", "timeout", "not run", "not run"]


def test_time_runs_out_during_the_checks_too(three_tasks):
    names = ("one", "two", "three")
    cells = [f"def {name}(number):\n    while True:\n        pass" for name in names]
    started = time.monotonic()
    report = grade(three_tasks, *cells, notebook_seconds=2.3)
    assert time.monotonic() - started < 20
    assert statuses(report) == everywhere([TIMEOUT])


def test_the_outputs_of_a_notebook_are_kept_up_to_a_limit_and_its_answers_come_through(three_tasks, monkeypatch):
    monkeypatch.setattr("lmgrade.judge.MOST_OUTPUT", 50_000)
    loud = ["display('x' * 20_000)"] * 10
    report = grade(three_tasks, *loud, "def one(number): return number + 1", "two = three = one", *loud)
    assert statuses(report) == everywhere([PASSED])
    assert 40_000 < sum(len(str(outcome.outputs)) for outcome in report.outcomes) < 55_000
    assert [outcome.status for outcome in report.outcomes] == ["ok", "ok", "error", *["ok"] * 19]


def test_a_process_is_not_started_again_for_ever(three_tasks):
    # It ends as soon as anything is asked, and no cell of it is to blame.
    attack = (
        "import os\n"
        "def end(info):\n"
        "    if 'serve' in info.raw_cell: os._exit(1)\n"
        "get_ipython().events.register('pre_run_cell', end)"
    )
    report = grade(three_tasks, attack, "def three(number): return number + 1", restarts=1)
    assert statuses(report) == everywhere([DEAD])
    assert messages(report, "three") == ["Not run: the kernel died 2 times."]


def test_the_last_definition_of_a_name_counts_and_a_failed_cell_stops_nobody(three_tasks):
    cells = [
        "def one(number):\n    return 0",
        "def one(number):\n    return number + 1\n1 / 0",
        "class Two:\n    def __call__(self, number):\n        return number + 1\ntwo = Two()",
        "three = lambda number: number + 1",
    ]
    assert statuses(grade(three_tasks, *cells)) == everywhere([PASSED])


def test_a_name_that_is_no_function_raises_and_one_that_was_deleted_is_missing(three_tasks):
    report = grade(three_tasks, "one = 7", "two = None\ndel two", "def three(): pass")
    assert statuses(report) == {"one": [RAISED], "two": [MISSING], "three": [RAISED]}
    assert "'int' object is not callable" in messages(report, "one")[0]


def test_a_cell_that_stopped_before_it_defined_its_function_is_told(three_tasks):
    cells = [
        "def one(number)\n    return number",
        "1 / 0\ndef two(number):\n    return number",
        "import os\nthree = os._exit(1)",
    ]
    report = grade(three_tasks, *cells)
    assert statuses(report) == everywhere([MISSING])
    assert messages(report, "one")[0].endswith("has run. The cell that defines it stopped with a SyntaxError.")
    assert messages(report, "two")[0].endswith("The cell that defines it stopped with a ZeroDivisionError.")
    assert messages(report, "three")[0].endswith("The cell that defines it ended the process.")


def test_a_notebook_without_cells_has_answered_nothing(three_tasks):
    assert statuses(grade(three_tasks)) == everywhere([MISSING])


def test_one_seed_draws_one_set_of_inputs_and_a_fresh_seed_others(counting):
    asked = []
    for seed in (1, 1, None, None):
        Judge(counting, seed).grade_here(
            counting.tasks["double_all"], {"double_all": lambda n: asked.append(tuple(n)) or n}
        )
    assert asked[:2] == asked[2:4]
    assert len(set(asked)) == 6
    assert len({fresh_seed() for _ in range(20)}) > 15


def test_progress_is_told_for_each_cell_and_each_check(counting):
    told = []
    Judge(counting, 5).grade(["1", "2"], progress=told.append)
    assert [text for text in told if text.startswith("cell")] == ["cell 1 of 2", "cell 2 of 2"]
    assert [text for text in told if not text.startswith("cell")] == [
        "double_all: doubles every number",
        "double_all: leaves its argument alone",
        "letters: counts letters",
    ]


def test_a_launcher_that_fails_is_the_graders_trouble_and_nobodys_mark(three_tasks):
    def broken():
        raise RuntimeError("no kernel here")

    with pytest.raises(RuntimeError, match="no kernel here"):
        grade(three_tasks, "1", launch=broken)


class FakeKernel:
    """Says whatever it was told to say."""

    alive = True

    def __init__(self, *outputs):
        self.outputs = outputs

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def run(self, source, seconds):
        return Outcome("ok", list(self.outputs))


def test_what_is_no_display_is_no_answer(three_tasks, monkeypatch):
    outputs = [
        new_output("execute_result", {ANSWER_TYPE: json.dumps({"value": 1})}),
        new_output("stream", text=json.dumps({"value": 1})),
        new_output("display_data", {"text/plain": "1"}),
    ]
    monkeypatch.setattr("lmgrade.judge.Kernel", lambda launch: FakeKernel(*outputs))
    report = grade(three_tasks)
    assert messages(report, "one") == ["0 answers came back from the notebook's kernel instead of one."]


def test_the_grader_does_not_change_its_folder_or_environment(counting):
    before = os.getcwd(), dict(os.environ)
    grade(counting)
    assert (os.getcwd(), dict(os.environ)) == before


FULL = """
kept = []
def one(number):
    return number + 1
def two(number):
    kept.append(bytearray(10**12))
def three(number):
    raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory")
"""


def test_a_learner_whose_memory_is_full_is_told_what_fills_it(three_tasks):
    report = grade(three_tasks, FULL)
    assert messages(report, "one") == [""]
    for task, kind in {"two": "MemoryError", "three": "RuntimeError"}.items():
        (message,) = messages(report, task)
        assert message.startswith(f"Raised {kind}") and "what its cells have kept" in message


QUOTES = """
import sys
def probe_of(frame):
    while frame and "request" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["request"]["probe"]
def one(number):
    raise ValueError(probe_of(sys._getframe())[:150])
def two(number):
    raise ValueError(" ".join(probe_of(sys._getframe())[20:70]))
def three(number):
    raise type(probe_of(sys._getframe())[:60], (Exception,), {})("a message of the learner's own")
"""


def test_a_message_that_could_tell_of_a_probe_is_left_out_and_the_learners_own_texts_are_not(three_tasks):
    report = grade(three_tasks, QUOTES)
    for task, verdicts in report.verdicts.items():
        assert [verdict.status for verdict in verdicts] == ["raised"]
        squeezed = verdicts[0].message.replace(" ", "")
        assert "randrange" not in squeezed and "return" not in squeezed and f"check_{task}" not in squeezed
    left_out = "Its message is left out: the learner's code wrote it while hidden tests were in sight."
    assert messages(report, "one")[0].endswith(left_out) and messages(report, "two")[0].endswith(left_out)
    assert messages(report, "one")[0].startswith("Raised ValueError (in one, line 7 of its cell: raise ValueError(")
    assert "a message of the learner's own" in messages(report, "three")[0]

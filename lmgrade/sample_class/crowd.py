"""As many submissions as are asked for: all misconceptions, right answers in all their forms, and what else happens."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator

import nbformat

from lmgrade.sample_class.book import SEED, Notebook, Student, as_bytes, index, insert, known_points, source_as
from lmgrade.sample_class.hostile import ATTACKS
from lmgrade.sample_class.stories import UNWRITTEN
from lmgrade.tasks import Misconception

# Of a hundred.
KINDS = {
    "right": 30,
    "one mistake": 30,
    "some mistakes": 12,
    "half done": 8,
    "blank": 4,
    "late": 4,
    "handed in twice": 4,
    "broken file": 4,
    "hostile": 4,
}
DAY_LATER = "2026-01-17 09:00:00.000000 UTC"


def crowd(book: Notebook, how_many: int) -> list[Student]:
    """So many submissions. A larger class begins with the students of the smaller ones.

    Right answers are the tasks' alternatives, which call nothing of the other tasks: what is wrong in one answer costs
    that task alone.
    """
    drawn = _Drawn(book)
    kinds = _kinds()
    return [drawn.student(f"student-{number:03d}", next(kinds)) for number in range(1, how_many + 1)]


def _kinds() -> Iterator[str]:
    """The kinds, each as often as it should be."""
    rng = random.Random(SEED)
    while True:
        hundred = [kind for kind, times in KINDS.items() for _ in range(times)]
        rng.shuffle(hundred)
        yield from hundred


class _Drawn:
    """Draws submissions, each kind with what should come of it."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        self.rng = random.Random(SEED)
        tasks = book.assignment.tasks.values()
        self.full = {task.name: task.points for task in tasks}
        self.nothing = dict.fromkeys(self.full, 0.0)
        # By task and name, its points.
        self.points: dict[tuple[str, str], float] = {}
        self.mistakes = [(task.name, misconception) for task in tasks for misconception in task.misconceptions]
        self.rng.shuffle(self.mistakes)
        self.next_mistake = self.next_attack = 0

    def student(self, name: str, kind: str) -> Student:
        make = {
            "right": lambda: self.mistaken([]),
            "one mistake": lambda: self.mistaken([self.mistake()]),
            "some mistakes": self.some_mistakes,
            "late": self.late,
            "handed in twice": self.twice,
            "half done": self.half_done,
            "blank": self.blank,
            "broken file": self.broken_file,
            "hostile": self.hostile,
        }[kind]
        made = {"filename": f"{self.book.assignment.name}.ipynb", "expected": self.nothing} | make()
        for version in ("content", "earlier"):
            if isinstance(made.get(version), nbformat.NotebookNode):
                # So that no two files are the same.
                made[version] = as_bytes(insert(made[version], 1, f"# {name}"))
        return Student(name, kind, **made)

    def mistake(self) -> tuple[str, Misconception]:
        """The next one: all have their turn."""
        self.next_mistake += 1
        return self.mistakes[(self.next_mistake - 1) % len(self.mistakes)]

    def mistaken(self, mistakes: list[tuple[str, Misconception]]) -> dict:
        tasks = self.book.assignment.tasks
        of_task = dict(mistakes)
        answers, expected = {}, dict(self.full)
        for task in tasks.values():
            misconception = of_task.get(task.name)
            right = self.rng.choice(task.alternatives)
            answers[task.name] = source_as(misconception.implementation if misconception else right, task.name)
            if misconception:
                key = (task.name, misconception.name)
                if key not in self.points:
                    self.points[key] = known_points(self.book.assignment, task, misconception.implementation)
                expected[task.name] = self.points[key]
        story = ", ".join(f"{task}: {misconception.name}" for task, misconception in of_task.items())
        return {
            "story": story or "alternatives, mixed",
            "expected": expected,
            "content": self.book.solved(answers),
            "says": tuple(misconception.hint for misconception in of_task.values()),
        }

    def some_mistakes(self) -> dict:
        return self.mistaken([self.mistake() for _ in range(self.rng.randint(2, 5))])

    def late(self) -> dict:
        made = self.mistaken([])
        return made | {"story": "right, and a day late", "handed_in": DAY_LATER}

    def twice(self) -> dict:
        first, second = self.mistaken([self.mistake()]), self.mistaken([])
        story = f"{first['story']}; then handed in again, mended"
        return second | {"story": story, "earlier": first["content"]}

    def half_done(self) -> dict:
        made = self.mistaken([])
        names = list(self.full)
        written = names[: self.rng.randint(1, len(names) - 1)]
        for name in names[len(written) :]:
            at = index(made["content"], self.book.answer_cell[name])
            made["content"].cells[at].source = self.book.unwritten(name)
        expected = {name: points if name in written else 0.0 for name, points in self.full.items()}
        story = f"{len(written)} of {len(names)} written"
        return made | {"story": story, "expected": expected, "says": (UNWRITTEN,)}

    def blank(self) -> dict:
        return {"story": "nothing written", "content": copy.deepcopy(self.book.released), "says": (UNWRITTEN,)}

    def broken_file(self) -> dict:
        whole = as_bytes(self.book.solved())
        ways = {
            "cut off in the middle": (whole[: self.rng.randrange(100, len(whole) - 100)], "Nothing could be graded"),
            "not text": (self.rng.randbytes(5000), "is not UTF-8 text"),
            "lists in lists in lists": (b"[" * 100_000 + b"]" * 100_000, "Nothing could be graded"),
            "a list, not a notebook": (b"[1, 2, 3]", "Nothing could be graded"),
            "nothing in it": (b"", "Nothing could be graded"),
        }
        story = self.rng.choice(list(ways))
        content, says = ways[story]
        return {"story": story, "content": content, "says": (says,), "refused": True}

    def hostile(self) -> dict:
        self.next_attack += 1
        story = list(ATTACKS)[(self.next_attack - 1) % len(ATTACKS)]
        return {"story": story, "content": insert(copy.deepcopy(self.book.released), 1, ATTACKS[story])}

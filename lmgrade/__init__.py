"""Judges learners' notebooks: tasks and checks, the judge, and the way from nbgrader to both."""

from lmgrade.tasks import Assignment, Check, Misconception, Task, load

__all__ = ["Assignment", "Check", "Misconception", "Task", "grade", "load"]


def __getattr__(name: str):
    # The judge brings nbclient along, which a tasks file does not need.
    if name == "grade":
        from lmgrade.stock import grade

        return grade
    raise AttributeError(f"module 'lmgrade' has no attribute {name!r}")

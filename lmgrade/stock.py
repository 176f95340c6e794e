"""The hidden line of a grade cell, run by a stock nbgrader or by an instructor in JupyterLab.

With this course's ``nbgrader_config.py`` the judge stands in for this line and nothing here runs.
"""

from __future__ import annotations

from lmgrade.judge import Judge, fresh_seed
from lmgrade.tasks import load


def grade(assignment: str, task: str) -> float:
    """Check a task in the kernel it was written in, print a line for each check, and return the points.

    As the last line of a grade cell it gives nbgrader's partial credit. Learner code shares the process, so marks made
    this way can be faked.

    Args:
        assignment: a folder of ``solutions/`` at or above the working folder.
        task: one of its tasks.

    Raises:
        FileNotFoundError, KeyError: there is no such assignment, no such task.
    """
    from IPython import get_ipython

    shell = get_ipython()
    judge = Judge(load(assignment), fresh_seed())
    cells = shell.user_ns.get("In", [""])[1:]
    verdicts = judge.grade_here(judge.assignment.tasks[task], shell.user_ns, cells)
    for verdict in verdicts:
        earned = f"{verdict.points:g} of {verdict.check.points:g}"
        print(f"{earned}  {verdict.check.title}: {verdict.status}", verdict.message)
    return sum(verdict.points for verdict in verdicts)

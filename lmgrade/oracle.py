"""The answers that checks are judged by, and the mistakes that wrong answers are recognised by."""

from __future__ import annotations

from lmgrade.answers import agrees, ask
from lmgrade.tasks import Assignment, Check, Misconception, Task


class Oracle:
    """What the reference and every misconception answer, for one assignment and one seed.

    Each answer is computed when it is first needed and kept, so that a class costs little more than one notebook.

    Args:
        assignment: whose checks.
        seed: of this grading run; each check derives its own from it.
    """

    def __init__(self, assignment: Assignment, seed: int) -> None:
        self.assignment = assignment
        self.seed = seed
        self._answers: dict[tuple[str, str, str], dict] = {}

    def expected(self, task: Task, check: Check) -> dict:
        """The reference's answer."""
        return self._answer(task, check, "", task.reference)

    def mistaken(self, task: Task, check: Check, misconception: Misconception) -> dict:
        """A misconception's answer to the same inputs."""
        return self._answer(task, check, misconception.name, misconception.implementation)

    def _answer(self, task: Task, check: Check, who: str, implementation) -> dict:
        key = (task.name, check.name, who)
        if key not in self._answers:
            self._answers[key] = ask(check, implementation, self.seed, task.name)
        return self._answers[key]

    def passes(self, task: Task, check: Check, answer: dict) -> bool:
        """Does an answer equal the reference's?"""
        expected = self.expected(task, check)
        return "value" in expected and agrees(expected, answer, check.tolerance)

    def explain(self, task: Task, answers: dict[str, dict]) -> dict[str, Misconception]:
        """Name the mistake behind a task's answers.

        A misconception is suspected where its answer is wrong and the learner's is the same. Of several, the one
        whose answers agree with the learner's on most checks of the task is meant.

        Args:
            task: the task.
            answers: the learner's answers by check name, right ones too.

        Returns:
            For each wrong answer that some misconception gives as well, that misconception, by check name.
        """
        checks = [check for check in task.checks if check.name in answers]
        wrong = [check for check in checks if not self.passes(task, check, answers[check.name])]
        # Mistakes are tried only where something is wrong, and whole only where they could be what is wrong.
        agreeing: dict[Misconception, set[str]] = {}
        for misconception in task.misconceptions if wrong else ():
            if any(self._is_of(task, check, misconception, answers) for check in wrong):
                agreeing[misconception] = {
                    check.name for check in checks if self._is_of(task, check, misconception, answers)
                }
        found = {}
        for check in wrong:
            suspects = [misconception for misconception, names in agreeing.items() if check.name in names]
            if suspects:
                found[check.name] = max(suspects, key=lambda misconception: len(agreeing[misconception]))
        return found

    def _is_of(self, task: Task, check: Check, misconception: Misconception, answers: dict[str, dict]) -> bool:
        """Is this the answer that someone with this misconception gives?"""
        answer = answers[check.name]
        if answer.get("raised", {}).get("type") == "NotImplementedError":
            return False  # nothing is written yet
        return agrees(self.mistaken(task, check, misconception), answer, check.tolerance)

    def prepare(self, task: Task) -> None:
        """Make all answers of a task that may be needed, so that they are there when they are."""
        for check in task.checks:
            self.expected(task, check)
            for misconception in task.misconceptions:
                self.mistaken(task, check, misconception)

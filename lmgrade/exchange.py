"""Feedback by way of nbgrader's exchange, where one submission does not stop the others.

``nbgrader_config.py`` names `ReleaseFeedback`, for the command and for Formgrader's button.
"""

from __future__ import annotations

import glob
import re
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

# As `nbgrader submit` writes it; the name under which feedback is released is made from it.
SECRET = "submission_secret.txt"
LONGEST_SECRET = 1000


def is_secret(path: Path) -> bool:
    """Is this file what `nbgrader submit` put beside a notebook, so that its learner alone finds the feedback?"""
    try:
        regular = path.is_file() and not path.is_symlink() and path.stat().st_size <= LONGEST_SECRET
        return regular and re.fullmatch(r"[0-9a-f]{16,}", path.read_text(encoding="ascii")) is not None
    except (OSError, ValueError):
        return False


class ReleaseFeedback(ExchangeReleaseFeedback):
    """nbgrader's own, which ends at the first submission that did not come through the exchange; this one goes on."""

    def copy_files(self) -> None:
        left = [folder for folder in sorted(glob.glob(self.src_path)) if not _came_through_the_exchange(Path(folder))]
        pattern = self.coursedir.format_path(
            self.coursedir.feedback_directory, "(?P<student>.*)", self.coursedir.assignment_id, escape=True
        )
        students = [re.match(pattern, folder)["student"] for folder in left]
        if students:
            self.log.warning(
                "Not released, since they did not come through the exchange, where their learners would look for it: "
                "%s. Return their pages another way; they are in feedback/.",
                ", ".join(students),
            )
        before = self.coursedir.student_id_exclude
        self.coursedir.student_id_exclude = ",".join(filter(None, [before, *students]))
        try:
            super().copy_files()
        finally:
            self.coursedir.student_id_exclude = before


def _came_through_the_exchange(folder: Path) -> bool:
    return is_secret(folder / SECRET) and (folder / "timestamp.txt").is_file()

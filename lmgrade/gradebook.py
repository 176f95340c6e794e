"""nbgrader's gradebook, opened once and written one student at a time.

nbgrader opens the gradebook anew for each of its steps and saves each cell for itself: killed between two cells, it
leaves a student with half of the new marks and half of the old ones.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest.mock import patch

from jsonschema import Draft4Validator
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import scoped_session, sessionmaker


def opened(db_url: str, course_id: str) -> Gradebook:
    """nbgrader's gradebook: a file of SQLite, or a database of a server.

    Raises:
        ValueError: it cannot be opened; the message says why, and no password.
    """
    try:
        return Gradebook(db_url, course_id)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        why = str(getattr(error, "orig", error)).strip().split("\n")[0]
        with contextlib.suppress(SQLAlchemyError):
            db_url = repr(make_url(db_url))
        raise ValueError(
            f"the gradebook {db_url} cannot be opened: {why}. Its address is c.CourseDirectory.db_url in "
            "nbgrader_config.py, or --db."
        ) from error


@contextlib.contextmanager
def opened_once(db_url: str, course_id: str) -> Iterator[Gradebook]:
    """The gradebook, and while it is open every ``Gradebook`` that nbgrader makes in this process is this one.

    What is written outside of `one_transaction` is saved as nbgrader does.
    """
    shared = opened(db_url, course_id)
    # A step's own name for the course, which it makes if need be.
    shared.check_course()
    shared.transaction = None

    def join(self, url: str, course_id: str = "default_course", authenticator=None) -> None:
        if url != db_url:
            raise ValueError(f"one gradebook is open, {make_url(db_url)!r}; {make_url(url)!r} is another")
        self.engine, self.course_id, self.authenticator = shared.engine, course_id, authenticator
        self.db = _session(shared.transaction) if shared.transaction is not None else _session(shared.engine)

    def leave(self) -> None:
        self.db.remove()

    try:
        with patch.object(Gradebook, "__init__", join), patch.object(Gradebook, "close", leave):
            yield shared
    finally:
        shared.close()


@contextlib.contextmanager
def schemas_checked_once() -> Iterator[None]:
    """nbgrader validates the metadata of each cell, and has jsonschema check each time that the schema, a file of its
    own, is one: a quarter of the time that writing a student takes.
    """
    checked: list[dict] = []

    def once(schema: dict, *arguments, **named) -> None:
        # By identity, and held on to, so that no other schema can come to stand in its place.
        if not any(schema is other for other in checked):
            check(schema, *arguments, **named)
            checked.append(schema)

    check = Draft4Validator.check_schema
    with patch.object(Draft4Validator, "check_schema", once):
        yield


def _session(bind) -> scoped_session:
    # What a session of the transaction saves is not saved before the transaction is. Nobody else writes in the
    # meantime, so what has been read need not be read again.
    return scoped_session(sessionmaker(bind=bind, join_transaction_mode="rollback_only", expire_on_commit=False))


@contextlib.contextmanager
def one_transaction(shared: Gradebook) -> Iterator[None]:
    """All that nbgrader writes in here is saved at the end, or, after an exception, none of it."""
    shared.db.remove()
    with shared.engine.connect() as connection, connection.begin():
        shared.transaction = connection
        try:
            yield
        finally:
            shared.transaction = None


def marks(shared: Gradebook, assignment: str) -> dict[str, dict[tuple[str, str], float | None]]:
    """What machines have given so far: by student, by notebook and cell. Students never graded are left out."""
    found: dict[str, dict[tuple[str, str], float | None]] = {}
    try:
        submissions = shared.assignment_submissions(assignment)
    except MissingEntry:
        return found
    for submission in submissions:
        scores = {
            (notebook.name, grade.name): grade.auto_score
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
        if any(score is not None for score in scores.values()):
            found[submission.student.id] = scores
    shared.db.remove()
    return found


def totals(shared: Gradebook, assignment: str) -> dict[str, tuple[float, float]]:
    """Each student's points, those given by hand among them, and the most there are."""
    found = {
        submission.student.id: (submission.score, submission.max_score)
        for submission in shared.assignment_submissions(assignment)
    }
    shared.db.remove()
    return found


def give_nothing(shared: Gradebook, assignment: str, student: str) -> None:
    """Set all that machines give a student to 0, and have a person look at it."""
    shared.db.remove()
    shared.update_or_create_student(student)
    for notebook in shared.update_or_create_submission(assignment, student).notebooks:
        for grade in notebook.grades:
            grade.auto_score = 0
            grade.needs_manual_grade = True
    shared.db.commit()
    shared.db.remove()

"""What a grading run leaves beside the gradebook, so that one that was killed can go on where it was.

In ``judgements/<assignment>/``: ``run.json``, the last run and its seed; ``judged/<student>/<notebook>.json``, each
judgement; ``graded/<student>/record.json``, what the marks in the gradebook were made from.
"""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock
from nbformat import NotebookNode

from lmcore.whole_files import write_whole
from lmgrade.judgement import Conditions, given
from lmgrade.tasks import Assignment

FOLDER = "judgements"


@dataclass
class Run:
    """One grading run: its name, its seed, and whether it came to its end."""

    name: str
    seed: int
    finished: bool = False


@dataclass(frozen=True)
class Record:
    """What a student's marks in the gradebook were made from.

    Args:
        made_from: a digest of the submission and of everything else but the seed.
        run: the name of the run that saved them.
        seed: that run's.
        seconds: that judging took; 0 where a judgement was there.
        person: why a person should look at the submission; empty where none need.
    """

    made_from: str
    run: str
    seed: int
    seconds: float = 0.0
    person: str = ""


class Records:
    """The folder. What is read and cannot be understood counts as not there: it is made again.

    Args:
        folder: made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Taken by whoever writes; the system lets go of it when the process ends, however it does.
        self.lock = FileLock(folder / "lock", timeout=0)

    def begin(self, seed: int | None, fresh: int, again: bool) -> Run:
        """The run that was not finished, if there is one with this seed; else a new one.

        Args:
            seed: asked for; None where any will do.
            fresh: the new run's seed where none was asked for.
            again: whether a new run starts without the judgements of earlier ones.
        """
        try:
            run = Run(**_read(self.folder / "run.json"))
        except TypeError:
            run = None
        if run is None or run.finished or seed not in (None, run.seed):
            if again:
                shutil.rmtree(self.folder / "judged", ignore_errors=True)
            run = Run(secrets.token_hex(8), fresh if seed is None else seed)
            self._write_run(run)
        return run

    def finish(self, run: Run) -> None:
        run.finished = True
        self._write_run(run)

    def _write_run(self, run: Run) -> None:
        _write(self.folder / "run.json", asdict(run))

    def judgement(self, student: str, notebook: str, key: str) -> dict | None:
        """A student's judgement, if the last one has this key."""
        found = _read(self.folder / "judged" / student / f"{notebook}.json")
        return found if found.get("key") == key else None

    def keep(self, student: str, notebook: str, judgement: dict) -> None:
        _write(self.folder / "judged" / student / f"{notebook}.json", judgement)

    def record(self, student: str) -> Record | None:
        try:
            return Record(**_read(self.folder / "graded" / student / "record.json"))
        except TypeError:
            return None

    def forget(self, student: str) -> None:
        """Before the gradebook is written: what comes in between leaves no record, and is done again."""
        (self.folder / "graded" / student / "record.json").unlink(missing_ok=True)

    def remember(self, student: str, record: Record) -> None:
        """After the gradebook has been written."""
        _write(self.folder / "graded" / student / "record.json", asdict(record))


@dataclass
class Judgements:
    """What the pool said, as `lmgrade.nbgrader_plugin.Judged` asks for it."""

    assignment: Assignment
    conditions: Conditions
    records: Records
    # Of notebooks that nothing ran of: refused at the gate, or lost by the pool.
    unjudged: dict[tuple[str, str], dict] = field(default_factory=dict)

    def find(self, student: str, notebook: str, cells: NotebookNode) -> dict | None:
        """The judgement of just these cells; None where there is none."""
        if found := self.unjudged.get((student, notebook)):
            return found
        return self.records.judgement(student, notebook, self.conditions.key(given(cells)))


def _read(path: Path) -> dict:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(path: Path, data: dict) -> None:
    """All of it or nothing, also where the power fails in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(data))

"""The gate: a submitted notebook becomes the released one with the learner's own cells in it.

A submission is data that anybody may have written. Nothing of it is mended: a new notebook is made, whose graded and
locked cells, ids, points and metadata are the instructor's, and whose answer cells and further cells hold the
learner's text. What does not belong is left behind and, where the learner should know, noted.
"""

from __future__ import annotations

import html
import json
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from lmgrade.handed_in import NOTE, tidy
from lmgrade.harmless import file_name

LARGEST_FILE = 10 * 2**20
MOST_CELLS = 1_000
LONGEST_CELL = 100_000
# Of all cells together, and of one run of letters, digits and dots or of white space: colouring code and reading
# Markdown take time with the square of such lengths, and a page that takes an hour to make stops the class's feedback.
LONGEST_TEXT = 300_000
LONGEST_RUN = 10_000
RUN = re.compile(rf"[\w.]{{{LONGEST_RUN + 1},}}|\s{{{LONGEST_RUN + 1},}}")
PICTURES = ("image/png", "image/jpeg", "image/gif")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
MARK = re.compile(r"(BEGIN|END) HIDDEN TESTS")
TAG = re.compile(r"<(?=[A-Za-z/!?])")
SCRIPT = re.compile(r"(javascript|vbscript|data):", re.IGNORECASE)
LINK = re.compile(r"\](?=[(\[:])")
ATTACHED = re.compile(r"attachment:([^\s()<>\[\]\"']*)")


class Refused(ValueError):
    """A submission that cannot be read; the message is for the learner."""


@dataclass
class Admitted:
    """A notebook fit for grading, and what the learner should know of how it came about."""

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)


def read_submission(path: Path) -> dict:
    """Read a submitted notebook as plain data.

    Raises:
        Refused: not a regular file, larger than `LARGEST_FILE`, not UTF-8, not JSON, not a notebook of format 4.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        if (path.parent / NOTE).is_file():
            raise Refused("what was handed in is a link or a file where a folder belongs") from None
        others = sorted(other.name for other in path.parent.glob("*.ipynb")) if path.parent.is_dir() else []
        found = f"; the folder holds {', '.join(map(file_name, others[:5]))}" if others else ""
        raise Refused(f"there is no file {path.name}{found}") from None
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"{path.name} is not a regular file")
    if status.st_size > LARGEST_FILE:
        megabytes, limit = status.st_size / 2**20, LARGEST_FILE // 2**20
        raise Refused(f"{path.name} has {megabytes:.1f} MB, the limit is {limit} MB (clear the outputs)")
    try:
        data = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        what = "is empty" if not status.st_size else f"is not JSON (line {error.lineno}: {error.msg})"
        raise Refused(f"{path.name} {what}") from error
    except (ValueError, RecursionError) as error:
        raise Refused(f"{path.name} cannot be read as JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        version = data.get("nbformat") if isinstance(data, dict) else None
        old = f" of format {version}, format 4 is needed" if isinstance(version, int) and version < 4 else ""
        raise Refused(f"{path.name} is not a notebook{old or ' (it has no list of cells)'}")
    version = data.get("nbformat")
    if version != 4:
        what = f"of format {version}" if isinstance(version, int) else "that does not say its format"
        raise Refused(f"{path.name} is a notebook {what}, format 4 is needed")
    if len(data["cells"]) > MOST_CELLS:
        raise Refused(f"{path.name} has {len(data['cells'])} cells, the limit is {MOST_CELLS}")
    return data


def admit(path: Path, released: NotebookNode) -> Admitted:
    """Read a submission and rebuild it; one that is refused becomes the released notebook, with the reason noted.

    The reason also stands in the notebook's metadata, under ``lmgrade.refused``.
    """
    try:
        admitted = rebuild(read_submission(path), released)
    except Refused as refusal:
        admitted = rebuild({"cells": released.cells}, released)
        admitted.notes = [f"Nothing could be graded: {refusal}."]
        admitted.notebook.metadata["lmgrade"] = {"refused": str(refusal)}
    return admitted


def expect_notebooks(release_directory: Path | str):
    """Make nbgrader's ``Autograde.pre_convert_hook``: a submission whose files have other names is graded, not skipped.

    nbgrader calls the hook for each submission and takes the list ``notebooks`` as the hook leaves it: the released
    notebooks and no others. One that does not exist is refused at the gate and gets its 0, with the reason. The folder
    is made fit for nbgrader (`lmgrade.handed_in.tidy`), which copies what lies in it.

    Args:
        release_directory: the folder with one folder of released notebooks for each assignment.
    """

    def hook(assignment: str, student: str, notebooks: list[str]) -> None:
        folder = Path(notebooks[0]).parent
        if expected := sorted(path.name for path in (Path(release_directory) / folder.name).glob("*.ipynb")):
            notebooks[:] = [str(folder / name) for name in expected]
        tidy(folder)

    return hook


def rebuild(submitted: dict, released: NotebookNode) -> Admitted:
    """Put the learner's text into the released notebook.

    Cells keep the learner's order. A cell is the instructor's when its ``grade_id`` (or, for plain cells, its id) is
    known, and the learner's own otherwise; a second copy counts as the learner's own. Locked cells get the released
    text. HTML tags in the learner's text cells become plain text. Missing answer and grade cells are put back after the
    cell that they follow in the release.

    Args:
        submitted: a notebook as plain data; nothing of it is trusted.
        released: the notebook that learners were given.

    Raises:
        Refused: a cell longer than `LONGEST_CELL` characters, with more than `LONGEST_RUN` without a break, or cells of
            more than `LONGEST_TEXT` together.
    """
    originals = {_key(cell): cell for cell in released.cells}
    notes: list[str] = []
    cells: list[NotebookNode] = []
    seen: set[str] = set()
    length = 0
    for cell in submitted["cells"]:
        source = _source(cell)
        length += len(source or "")
        if length > LONGEST_TEXT:
            raise Refused(f"its cells have more than {LONGEST_TEXT} characters together")
        if source is None:
            notes.append("A cell that is neither code nor text was left out.")
            continue
        key = _claimed_key(cell, originals)
        if key in seen:
            notes.append(f"The cell `{key}` stood there twice: the second one is taken as a cell of your own.")
            key = None
        if key is None:
            cells.append(_own_cell(cell, source, number=len(cells)))
            continue
        seen.add(key)
        original = originals[key]
        if source.strip() == original.source.strip():
            source = original.source
        elif _is_fixed(original):
            notes.append(f"The cell `{key}` had been changed: its original text counts.")
            source = original.source
        else:
            source = _harmless(original.cell_type, source)
        cells.append(_instructors_cell(original, source, cell))
    for position, original in enumerate(released.cells):
        if _key(original) in seen or "nbgrader" not in original.metadata:
            continue
        notes.append(f"The cell `{_key(original)}` was missing: it was put back.")
        before = {_key(earlier) for earlier in released.cells[:position]}
        at = max((index for index, cell in enumerate(cells) if _key(cell) in before), default=-1)
        cells.insert(at + 1, _instructors_cell(original, original.source, original))
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return Admitted(notebook, notes)


def _key(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id


def _is_fixed(cell: NotebookNode) -> bool:
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader) and not nbgrader.get("solution")


def _claimed_key(cell: dict, originals: dict[str, NotebookNode]) -> str | None:
    """The released cell that a submitted one says it is."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    for claim in (nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None, cell.get("id")):
        if isinstance(claim, str) and claim in originals:
            return claim
    return None


def _source(cell: Any) -> str | None:
    """A submitted cell's text; None when it is no cell of a kind there is."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    if len(source) > LONGEST_CELL:
        raise Refused(f"a cell has {len(source)} characters, the limit is {LONGEST_CELL}")
    if RUN.search(source):
        raise Refused(f"a cell has more than {LONGEST_RUN} characters without a break")
    # nbgrader makes no feedback where a learner's cell holds its marks; a lone surrogate cannot be written to a file.
    return MARK.sub(r"\1 of hidden tests", source).encode("utf-8", "replace").decode("utf-8")


def _harmless(cell_type: str, source: str) -> str:
    """A learner's text, fit to be shown in Formgrader: HTML in Markdown would run there as the instructor's own, and so
    would a link to a script, for which a text loses its links.
    """
    if cell_type == "code":
        return source
    if SCRIPT.search(re.sub(r"[\s\\]", "", html.unescape(source))):
        source = LINK.sub("] ", source)
    return TAG.sub("< ", source)


def _new_cell(cell_type: str, source: str) -> NotebookNode:
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return make.get(cell_type, nbformat.v4.new_raw_cell)(source)


def _own_cell(cell: dict, source: str, number: int) -> NotebookNode:
    new = _new_cell(cell["cell_type"], _harmless(cell["cell_type"], source))
    new.id = f"own-{number}"
    return _with_pictures(new, cell)


def _instructors_cell(original: NotebookNode, source: str, cell: dict) -> NotebookNode:
    new = _new_cell(original.cell_type, source)
    new.id = original.id
    new.metadata = nbformat.from_dict(
        {name: original.metadata[name] for name in ("nbgrader", "deletable", "editable") if name in original.metadata}
    )
    return _with_pictures(new, original if _is_fixed(original) else cell)


def _with_pictures(new: NotebookNode, cell: dict) -> NotebookNode:
    """Keep pictures pasted into a text cell, which an answer graded by hand may need; nothing else that is attached."""
    if new.cell_type != "markdown":
        return new
    attachments = cell.get("attachments")
    kept = {
        name: {
            kind: data
            for kind, data in bundle.items()
            if kind in PICTURES and isinstance(data, str) and BASE64.fullmatch(data)
        }
        for name, bundle in (attachments.items() if isinstance(attachments, dict) else ())
        if isinstance(bundle, dict) and name.isprintable()
    }
    kept = {name: pictures for name, pictures in kept.items() if pictures}
    if kept:
        new.attachments = nbformat.from_dict(kept)
    # nbconvert shows no page at all for a text that names a picture which is not there.
    new.source = ATTACHED.sub(lambda found: found[0] if found[1] in kept else f"missing:{found[1]}", new.source)
    return new

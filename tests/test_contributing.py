"""CONTRIBUTING.md, "Add a task in fifteen minutes", followed word for word."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from lmgrade.__main__ import main
from lmgrade.release import read_source

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def course(tmp_path, monkeypatch):
    ignore = shutil.ignore_patterns("*.ipynb", "__pycache__", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions", ignore=ignore)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE | re.DOTALL)


def append(path, text):
    path.write_text(f"{path.read_text().rstrip()}\n\n\n{text}")


def test_a_task_added_as_described_passes_the_audit_and_is_released_and_judged(course, capsys):
    (task,), (init,), (notebook,) = blocks("python tasks"), blocks("python init"), blocks("python notebook")
    (course / "solutions/tokenization/tasks/bytes_per_token.py").write_text(task)
    append(course / "solutions/tokenization/tasks/__init__.py", init)
    append(course / "solutions/tokenization/notebook.py", notebook)

    commands = [command.split()[3:] for block in blocks("sh") for command in block.splitlines() if "lmgrade" in command]
    *audits, release, verdict = commands
    assert len(audits) == 3
    for audit in audits:
        assert main(audit) == 0, capsys.readouterr().out
    assert main(release) == 0
    assert main(verdict) == 1, "a notebook without answers has not full marks"
    assert "bytes_per_token" in capsys.readouterr().out

    released = nbformat.read(course / "exercises/tokenization/tokenization.ipynb", as_version=4)
    assert not any("lmgrade.grade" in cell.source for cell in released.cells)
    solved = read_source(course / "solutions/tokenization/notebook.py")
    nbformat.write(solved, course / "tokenization.ipynb")
    assert main(["try", "tokenization.ipynb"]) == 0, capsys.readouterr().out

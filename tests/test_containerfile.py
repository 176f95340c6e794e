"""The Containerfile keeps step with the project: it cannot be built in every test run."""

import re
import tomllib
from pathlib import Path

from lmgrade import isolation

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def instructions(name):
    return [line.removeprefix(name).split() for line in TEXT.splitlines() if line.startswith(f"{name} ")]


def test_what_is_copied_is_there_and_holds_no_submissions():
    copied = [source for *sources, target in instructions("COPY") for source in sources]
    assert all((ROOT / source).exists() for source in copied)
    assert not {".", "*", "submitted", "gradebook.db", "autograded", "judgements"} & set(copied)
    needed = {"requirements.txt", "constraints.txt", "pyproject.toml", "nbgrader_config.py"}
    packages = {path.parent.name for path in ROOT.glob("lm*/__init__.py")}
    assert needed | packages | {"solutions", "exercises"} <= set(copied)
    # What building the package asks for.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {project["readme"], *project["license-files"]} <= set(copied)


def test_it_installs_what_the_tests_install():
    makefile = (ROOT / "Makefile").read_text()
    (package,) = re.findall(r"^sandbox:\n\t@sh tests/install_debian.sh (\S+)", makefile, re.MULTILINE)
    (installed,) = re.findall(r"apt-get install.*?--no-install-recommends (.*?) *&&", TEXT)
    assert package in installed.split()
    assert "pip install --no-cache-dir -r requirements.txt" in TEXT


def test_its_python_is_one_that_the_project_supports():
    (python,) = re.findall(r"^FROM python:(\d+\.\d+)-slim-\w+$", TEXT, re.MULTILINE)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert tuple(map(int, python.split("."))) >= tuple(map(int, wanted.removeprefix(">=").split(".")[:2]))


def test_it_runs_as_an_ordinary_user():
    assert instructions("USER")[-1] == ["grader"]
    assert TEXT.index("useradd") < TEXT.index("USER grader") < TEXT.index("ENTRYPOINT")


def test_the_flags_that_namespaces_need_are_told_everywhere_alike(monkeypatch):
    monkeypatch.setattr(isolation.os, "geteuid", lambda: 0)
    monkeypatch.setattr(isolation.Path, "read_text", lambda path, **how: "")
    readme = " ".join(README.split())
    said = isolation._setting()
    assert f"podman run {isolation.PODMAN}" in said and f"docker run {isolation.DOCKER}" in said
    assert isolation.PODMAN in readme and isolation.DOCKER in readme

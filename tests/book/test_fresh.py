"""The small extension that says when a page has to be run again."""

from pathlib import Path
from types import SimpleNamespace

import pytest

PAGES = {"chapter": "import lmcore", "grading": "import lmcore, lmgrade"}


@pytest.fixture
def build(of_the_book, tmp_path, monkeypatch):
    """Goes through what the extension does in a build, and returns the folder chosen for each page's outputs."""
    fresh = of_the_book("_ext/fresh.py")
    monkeypatch.setattr(fresh, "BOOK", tmp_path / "book")
    for file in ("lmcore/idea.py", "lmgrade/judge.py", "solutions/topic/tasks.py", "book/_static/course.css"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text("1")

    def build():
        app = SimpleNamespace(outdir=tmp_path / "out" / "html", config=SimpleNamespace())
        app.env = SimpleNamespace(mystnb_config=SimpleNamespace())
        fresh.name_the_caches(app, app.config)
        folders = {}
        for name, text in PAGES.items():
            fresh.choose_cache(app, name, [text])
            folders[name] = Path(app.env.mystnb_config.execution_cache_path)
            folders[name].mkdir(parents=True, exist_ok=True)
        return folders, app.config

    return build


def test_changed_code_gets_a_new_cache_and_the_old_one_goes(build, tmp_path):
    before, _ = build()
    (tmp_path / "lmcore" / "idea.py").write_text("2")
    after, _ = build()
    assert before["chapter"] != after["chapter"] and before["grading"] != after["grading"]
    assert set((tmp_path / "out" / ".jupyter_cache").iterdir()) == set(after.values())


@pytest.mark.parametrize("file", ["lmgrade/judge.py", "solutions/topic/tasks.py"])
def test_changed_grading_concerns_only_pages_that_name_it(build, tmp_path, file):
    before, _ = build()
    (tmp_path / file).write_text("2")
    after, _ = build()
    assert before["chapter"] == after["chapter"]
    assert before["grading"] != after["grading"]


def test_what_is_not_code_changes_nothing(build, tmp_path):
    before = build()
    (tmp_path / "lmcore" / "idea.pyc").write_bytes(b"compiled")
    assert build() == before


def test_a_renamed_file_counts_as_a_change(build, tmp_path):
    before, _ = build()
    (tmp_path / "lmcore" / "idea.py").rename(tmp_path / "lmcore" / "other.py")
    assert build()[0]["chapter"] != before["chapter"]


def test_a_changed_style_is_written_again_but_not_run_again(build, tmp_path):
    before, config_before = build()
    (tmp_path / "book" / "_static" / "course.css").write_text("p {}")
    after, config_after = build()
    assert config_after.style_fingerprint != config_before.style_fingerprint
    assert after == before

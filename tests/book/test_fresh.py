"""The small extension that says when a page has to be run again."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pytest

EXTENSION = Path(__file__).parents[2] / "book" / "_ext" / "fresh.py"


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("fresh", EXTENSION)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for folder in ("lmcore", "book/_static"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lmcore" / "idea.py").write_text("x = 1\n")
    monkeypatch.setattr(module, "CODE", [tmp_path / "lmcore"])
    monkeypatch.setattr(module, "BOOK", tmp_path / "book")
    return module


@pytest.fixture
def configured(fresh, tmp_path):
    def configure():
        config = SimpleNamespace()
        fresh.name_the_cache(SimpleNamespace(outdir=tmp_path / "out" / "html"), config)
        Path(config.nb_execution_cache_path).mkdir(parents=True, exist_ok=True)
        return config

    return configure


def test_changed_code_gets_a_new_cache_and_the_old_one_goes(configured, tmp_path):
    before = configured()
    (tmp_path / "lmcore" / "idea.py").write_text("x = 2\n")
    after = configured()
    assert before.nb_execution_cache_path != after.nb_execution_cache_path
    assert [str(path) for path in (tmp_path / "out" / ".jupyter_cache").iterdir()] == [after.nb_execution_cache_path]


def test_what_is_not_code_changes_nothing(configured, tmp_path):
    before = configured()
    (tmp_path / "lmcore" / "idea.pyc").write_bytes(b"compiled")
    assert configured() == before


def test_a_renamed_file_counts_as_a_change(configured, tmp_path):
    before = configured()
    (tmp_path / "lmcore" / "idea.py").rename(tmp_path / "lmcore" / "other.py")
    assert configured().code_fingerprint != before.code_fingerprint


def test_a_changed_style_is_written_again_but_not_run_again(configured, tmp_path):
    before = configured()
    (tmp_path / "book" / "_static" / "course.css").write_text("p {}")
    after = configured()
    assert after.style_fingerprint != before.style_fingerprint
    assert after.nb_execution_cache_path == before.nb_execution_cache_path

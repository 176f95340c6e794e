"""What ``python -m lmgrade doctor`` says of this machine."""

import shutil

import pytest

from lmgrade import __main__ as cli
from lmgrade import doctor
from lmgrade.__main__ import main
from lmgrade.isolation import why_not
from lmgrade.kernels import Outcome

here = pytest.mark.skipif(why_not() is not None, reason=f"no sandbox on this machine: {why_not()}")


@here
def test_every_protection_holds_here_and_each_was_tried(monkeypatch, capsys):
    monkeypatch.setattr(cli.console, "_width", 200)
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    for trial in doctor.trials(1):
        assert trial.what in said
    assert "NO" not in said


def test_an_attempt_that_gets_through_is_not_taken_for_protection():
    for trial in doctor.trials(1):
        for said in ("got through", "1000000000", "['/etc/passwd']"):
            assert not trial.failed(Outcome("ok"), said), trial.what
        assert not trial.failed(Outcome("timeout"), ""), trial.what


@here
def test_a_protection_that_does_not_hold_is_shown_and_is_1(monkeypatch, capsys):
    open_door = doctor.Trial("a door", "print('got through')", doctor._is_refused)
    monkeypatch.setattr(doctor, "trials", lambda port: [open_door])
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "NO" in said and "do not grade on it" in said


def test_without_bubblewrap_it_says_what_to_install_and_is_2(monkeypatch, capsys):
    monkeypatch.setattr(cli.console, "_width", 200)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main(["doctor"]) == 2
    assert "apt-get install bubblewrap" in capsys.readouterr().out

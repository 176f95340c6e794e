import dataclasses

import pytest

from lmcore.pretraining import RECIPES, TextData, prepare
from lmcore.pretraining.__main__ import main


@pytest.fixture
def tiny(recipe, monkeypatch, tmp_path):
    monkeypatch.setitem(RECIPES, "tiny", recipe)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs" / "tiny"


def test_command_trains_says_where_things_are_and_shows_samples(tiny, capsys):
    assert main(["--config", "tiny", "--samples", "3"]) == 0
    said = capsys.readouterr()
    for name in ("log.csv", "loss.png", "model/config.json", "model/model.safetensors", "samples.txt"):
        assert (tiny / name).exists()
    assert "loss.png" in said.out
    assert "temperature 0.5: valid" in said.out
    assert "12 steps of about" in said.err
    assert "times the entropy of the source" in said.err
    samples = (tiny / "samples.txt").read_text(encoding="utf-8").split("\n\n")
    assert len([text for text in samples if not text.startswith("temperature")]) >= 6


def test_command_given_again_goes_on_and_a_finished_run_stays_as_it_is(tiny, capsys):
    assert main(["--samples", "0"]) == 0
    before = (tiny / "log.csv").read_text()
    assert main(["--samples", "0"]) == 0
    assert "going on at step 12 of 12" in capsys.readouterr().err
    assert (tiny / "log.csv").read_text() == before


def test_other_settings_for_the_same_folder_are_refused_in_one_line(tiny, capsys):
    assert main(["--samples", "0"]) == 0
    assert main(["--seed", "3"]) == 1
    message = capsys.readouterr().err.splitlines()[-1]
    assert "optimisation.seed is 0 there and 3 here" in message


def test_own_texts_are_read_and_reach_their_samples(tiny, recipe, monkeypatch, capsys, tmp_path):
    data = TextData(vocab_size=300, document_characters=50)
    monkeypatch.setitem(RECIPES, "manual", type(recipe)(recipe.model, data, recipe.optimisation))
    (tmp_path / "mine.txt").write_text("\n\n".join(f"Verse {i} of a song." for i in range(200)))
    assert main(["--config", "manual", "--text", "mine.txt", "--steps", "30", "--samples", "1"]) == 0
    said = capsys.readouterr()
    assert "temperature 1\n" in said.out
    assert "entropy" not in said.err


def test_a_run_that_is_interrupted_says_so_with_its_status(tiny, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("lmcore.pretraining.__main__.pretrain", interrupted)
    assert main([]) == 130
    assert "the same command goes on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--text", "mine.txt"], "--config tiny reads stories; choose one that reads texts for --text"),
        (["--config", "manual", "--text", "nowhere.txt"], "nowhere.txt"),
        (["--steps", "0"], "steps is 0"),
        (["--learning-rate", "-1"], "peak -1.0 is no learning rate"),
        (["--micro-batches", "3"], "a batch of 4 rows cannot be shared by 1 processes in 3 micro-batches"),
        (["--device", "tpu9"], "tpu9"),
    ],
)
def test_bad_arguments_are_one_clear_line(tiny, arguments, message, capsys):
    assert main([*arguments, "--samples", "0"]) == 1
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_no_story_is_too_long_for_the_tiny_recipe(tmp_path):
    recipe = RECIPES["tiny"]
    data = dataclasses.replace(recipe.data, training=3000, validation=500)
    assert len(prepare(data, tmp_path / "corpus", recipe.model.context).training) == 3000

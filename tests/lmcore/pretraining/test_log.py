import pytest

from lmcore.pretraining.log import Line, Log, draw_log, read_log
from lmcore.pretraining.run import Step


def step(number, loss=2.0):
    return Step(number, tokens=100, loss=loss, gradient_norm=0.5, learning_rate=0.1)


def test_what_is_written_is_read(tmp_path):
    log = Log(tmp_path / "log.csv", 0)
    log.add(step(0, loss=1 / 3), seconds=1.5, validation=None)
    log.add(step(1), seconds=2.0, validation=1.25)
    assert read_log(tmp_path / "log.csv") == log.lines
    assert log.lines == [Line(0, 100, 1.5, 1 / 3, None, 0.1, 0.5), Line(1, 200, 3.5, 2.0, 1.25, 0.1, 0.5)]


def test_lines_after_the_checkpoint_are_dropped_and_counting_goes_on(tmp_path):
    log = Log(tmp_path / "log.csv", 0)
    for number in range(4):
        log.add(step(number), 1.0, None)
    log = Log(tmp_path / "log.csv", 2)
    log.add(step(2, loss=9.0), 1.0, None)
    lines = read_log(tmp_path / "log.csv")
    assert [line.step for line in lines] == [0, 1, 2]
    assert lines[2].loss == 9.0
    assert lines[2].tokens == 300


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path):
    log = Log(tmp_path / "log.csv", 0)
    for number in range(2):
        log.add(step(number), 1.0, None)
    text = (tmp_path / "log.csv").read_text()
    (tmp_path / "log.csv").write_text(text[:-12])
    assert [line.step for line in read_log(tmp_path / "log.csv")] == [0]


def test_another_table_is_refused(tmp_path):
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"has the columns \['a', 'b'\]"):
        read_log(tmp_path / "log.csv")


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_picture_has_the_curves_the_floor_and_the_plateau(ending, tmp_path):
    lines = [Line(i, 100 * i, i, 3.0 / (i + 1), 2.0 if i % 5 == 4 else None, 0.1, 1.0) for i in range(20)]
    draw_log(lines, tmp_path / f"loss.{ending}", floor=0.2, plateau=0.5)
    picture = (tmp_path / f"loss.{ending}").read_bytes()
    assert picture.startswith({"png": b"\x89PNG", "svg": b"<?xml"}[ending])
    assert list(tmp_path.iterdir()) == [tmp_path / f"loss.{ending}"]


def test_picture_of_a_single_step_can_be_drawn(tmp_path):
    draw_log([Line(0, 100, 1.0, 2.0, None, 0.1, 1.0)], tmp_path / "loss.png")
    assert (tmp_path / "loss.png").exists()

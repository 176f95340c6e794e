import re

import matplotlib.pyplot as plt
import nbclient
import nbformat
import pytest

from lmcore.figures import bars, cells, grid, matrix, moving, pieces, plane, shaded, spelled, still


@pytest.fixture
def static(monkeypatch):
    monkeypatch.setenv("LMCORE_FIGURES", "static")


@pytest.fixture
def live(monkeypatch):
    monkeypatch.delenv("LMCORE_FIGURES", raising=False)


def curve(letter="a", power=1):
    figure, axes = plt.subplots()
    axes.plot([x**power for x in range(4)], label=letter)
    return figure


def word(text, step):
    return f"<b>{text[: step + 1]}</b>"


def frames(page):
    return re.findall(r'<div class="at( shown)?" data-at="([\d,]*)">', page)


# A static page


def test_a_page_holds_one_frame_for_each_combination(static):
    page = moving(word, {"text": ["abc", "xyz"], "step": range(3)}, alt="{text} {step}")._repr_html_()
    assert [at for _, at in frames(page)] == ["0,0", "0,1", "0,2", "1,0", "1,1", "1,2"]
    assert page.count('role="img"') == page.count("aria-label=") == 6


def test_an_axis_may_depend_on_the_ones_before(static):
    axes = {"text": ["a", "abc"], "step": lambda text: range(len(text))}
    page = moving(word, axes, alt="{text} {step}")._repr_html_()
    assert [at for _, at in frames(page)] == ["0,0", "1,0", "1,1", "1,2"]
    assert 'max="0"' in page, "the slider begins with the choices of the first text"


def test_it_begins_where_start_says(static):
    axes = {"text": {"short": "a", "long": "abc"}, "step": lambda text: range(len(text))}
    page = moving(word, axes, alt="{text} {step}", start={"text": "long", "step": 1})._repr_html_()
    assert [at for shown, at in frames(page) if shown] == ["1,1"]
    assert "<option selected>long</option>" in page
    assert 'max="2" value="1"' in page


def test_numbers_make_a_slider_and_anything_else_a_menu(static):
    page = moving(
        lambda **values: "frame",
        {"whole_number": range(2), "share": [0.5, 1.0], "word": ["x"], "named": {"one": 1}, "switch": [True, False]},
        alt="{whole_number} {share} {word} {named} {switch}",
    )._repr_html_()
    assert page.count('type="range"') == 2
    assert page.count("<select") == 3
    assert "<label>whole number <input" in page


def test_a_drawing_is_made_for_a_light_and_a_dark_page(static):
    page = moving(curve, {"power": range(2)}, alt="power {power}")._repr_html_()
    assert page.count('<img class="light') == page.count('<img class="dark') == 2
    assert page.count("data:image/webp;base64,") == 4
    light, dark = re.findall(r'base64,([^"]+)"', page)[:2]
    assert light != dark


def test_a_drawing_leaves_no_open_figure_and_no_changed_setting(static):
    before = dict(plt.rcParams)
    moving(curve, {"power": range(2)}, alt="power {power}")
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == before


def test_plain_text_is_shown_as_it_stands(static):
    page = moving(lambda n: "1 < 2\n  & so on", {"n": [1]}, alt="n {n}")._repr_html_()
    assert "<pre>1 &lt; 2\n  &amp; so on</pre>" in page


def test_what_a_reader_sees_cannot_become_markup(static):
    nasty = '"><script>alert(1)</script>'
    page = moving(lambda text: "x", {"text": [nasty]}, alt="{text}")._repr_html_()
    assert "<script>alert" not in page


def test_too_many_frames_are_refused_with_both_numbers(static):
    with pytest.raises(ValueError, match=r"30 frames are more than the 20 .*\['a', 'b'\]"):
        moving(lambda a, b: "x", {"a": range(10), "b": range(3)}, alt="{a} {b}", limit=20)


def test_nothing_is_drawn_when_there_are_too_many_frames(static):
    drawn = []
    with pytest.raises(ValueError, match="frames"):
        moving(drawn.append, {"a": range(201)}, alt="{a}")
    assert drawn == []


@pytest.mark.parametrize("mode", ["static", "live"])
def test_mistakes_are_told_when_the_figure_is_made(mode, request):
    request.getfixturevalue(mode)
    with pytest.raises(ValueError, match="text alternative"):
        moving(word, {"text": ["a"]}, alt="")
    with pytest.raises(ValueError, match="'step' has no choices"):
        moving(word, {"text": ["a"], "step": []}, alt="x")
    with pytest.raises(ValueError, match="start='z' is not a choice of axis 'text'"):
        moving(word, {"text": ["a"], "step": [0]}, alt="x", start={"text": "z"})
    with pytest.raises(ValueError, match=r"\['stop'\]; the axes are \['text', 'step'\]"):
        moving(word, {"text": ["a"], "step": [0]}, alt="x", start={"stop": 1})
    with pytest.raises(TypeError, match="draw returned int"):
        moving(lambda n: 7, {"n": [1]}, alt="x")


def test_a_still_figure_has_no_controls_and_no_script(static):
    page = still(curve, alt="A line that rises.")._repr_html_()
    assert 'aria-label="A line that rises."' in page
    assert "<script" not in page and "<input" not in page and "<select" not in page


# JupyterLab


def test_a_moved_slider_draws_another_frame(live):
    figure = moving(word, {"text": ["abc"], "step": range(3)}, alt="step {step}")
    _, slider, stage = figure.widget.children
    before = stage.value
    slider.index = 2
    assert 'aria-label="step 0"' in before and "<b>a</b>" in before
    assert 'aria-label="step 2"' in stage.value and "<b>abc</b>" in stage.value


def test_only_the_frames_that_are_looked_at_are_drawn(live):
    drawn = []

    def draw(n):
        drawn.append(n)
        return "frame"

    figure = moving(draw, {"n": range(100_000)}, alt="n {n}")
    figure.widget.children[0].index = 99_999
    assert drawn == [0, 99_999]


def test_a_menu_changes_the_choices_of_the_slider_after_it(live):
    axes = {"text": ["abcd", "xy"], "step": lambda text: range(len(text))}
    figure = moving(word, axes, alt="{text} {step}", start={"step": 3})
    menu, slider, stage = figure.widget.children
    menu.index = 1
    assert list(slider.options) == ["0", "1"]
    assert slider.index == 1, "the nearest choice there is"
    assert 'aria-label="xy 1"' in stage.value


def test_a_reader_may_type_a_text_of_their_own(live):
    axes = {"text": {"a name": "abc"}, "step": lambda text: range(len(text))}
    figure = moving(word, axes, alt="{text} {step}", free=["text"])
    field, slider, stage = figure.widget.children
    assert 'aria-label="abc 0"' in stage.value
    field.value = "quite another"
    slider.index = 4
    assert "<b>quite</b>" in stage.value


def test_a_typed_text_that_does_not_work_is_answered_in_place(live):
    axes = {"text": ["abc"], "step": lambda text: range(len(text))}
    figure = moving(word, axes, alt="{text} {step}", free=["text"])
    field, _, stage = figure.widget.children
    field.value = ""
    assert "ValueError: axis 'step' has no choices" in stage.value.replace("&#x27;", "'")
    field.value = "abc"
    assert "<b>a</b>" in stage.value


def test_a_notebook_gets_a_widget_and_a_first_frame_for_where_widgets_do_not_run(live):
    cells = [
        "from lmcore.figures import moving",
        "figure = moving(lambda n: f'<b>{n}</b>', {'n': range(5)}, alt='n is {n}')\nfigure",
        "slider, stage = figure.widget.children\nslider.index = 3\nstage.value[-60:]",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook = nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    shown, moved = (cell.outputs[-1].data for cell in notebook.cells[1:])
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert 'aria-label="n is 0"' in shown["text/html"] and "<script" not in shown["text/html"]
    assert 'aria-label="n is 3"' in moved["text/plain"]


# Frames made of text


def test_pieces_joined_are_the_text_again():
    text = "there is more\nstory"
    shown = re.sub(r"<[^>]+>|&#8203;", "", pieces([text[:5], text[5:14], text[14:]]))
    assert shown.replace("·", " ").replace("⏎", "\n") == text


def test_equal_pieces_have_the_same_colour_and_single_ones_none():
    spans = re.findall(r'<span class="([^"]+)" style="([^"]+)">', pieces(["the", "t", "the"]))
    assert spans[0] == spans[2]
    assert "merged" in spans[0][0] and "merged" not in spans[1][0]


def test_a_broken_character_is_shown_as_its_bytes():
    ship = "🚢".encode()
    assert spelled(ship[:2]) == "F0 9F"
    assert spelled(ship) == "🚢"
    assert spelled("👩‍🚀".encode()) == "👩‍🚀"
    assert spelled(b"\x00") == "00"


def test_bars_show_shares_and_set_one_apart():
    page = bars({"a": 0.25, "<": 0.0004, "c": 0}, marked="a")
    assert page.count('class="bar marked"') == 1
    assert "25.0 %" in page and "0.04 %" in page and "0.0 %" in page
    assert "&lt;" in page
    assert "<span>0.25</span>" in bars({"a": 0.25}, percent=False)
    assert "<span>&lt; 0.001 %</span>" in bars({"a": 0.000006})


def test_bars_that_are_cut_look_otherwise():
    page = bars({"a": 0.25, "b": 0.2, "c": 0.1}, marked="b", cut=["b", "c"])
    assert re.findall(r'class="(bar[^s"]*)"', page) == ["bar", "bar marked cut", "bar cut"]


def test_names_of_bars_stand_in_one_column_as_wide_as_the_longest():
    widths = [re.search(r"--name:([\d.]+)em", bars(dict.fromkeys(names, 0.5)))[1] for names in (["a"], ["neighbour"])]
    assert float(widths[0]) < float(widths[1]) == 6.3
    assert "--name:" in bars({})


def test_shaded_tokens_joined_are_the_text_again_and_their_weights_show():
    page = shaded(["Ida", " lit", " <the", " lamp"], [0.004, 0.5, 1.0, 0.25], marked=3)
    assert re.sub(r"<[^>]+>", "", page) == "Ida lit &lt;the lamp"
    assert re.findall(r"--weight:([\d.]+)", page) == ["0.50", "1.00", "0.25"]
    assert re.findall(r"<u>(.*?)</u>", page) == ["lamp"]


def test_tokens_without_a_weight_are_text_alone():
    assert "looked" not in shaded(["a", " b"], [])
    with pytest.raises(ValueError, match="3 weights are too many for 2 tokens"):
        shaded(["a", "b"], [0, 0, 0])
    with pytest.raises(ValueError, match=r"weight 1 is 1\.5; it must be from 0 to 1"):
        shaded(["a", "b"], [0, 1.5])


def test_a_matrix_shows_each_number_under_its_names():
    page = matrix([[1, -0.04], [2, None]], rows=["<q>", "r"], columns=["k", "l"])
    assert re.findall(r"<td[^>]*>([^<]*)</td>", page)[1:] == ["1.0", "0.0", "2.0", "−∞"]
    assert re.findall(r"--weight:([\d.]+)", page) == ["0.50", "1.00"]
    assert "&lt;q&gt;" in page
    assert "−1.50" in matrix([[-1.5]], ["q"], ["k"], digits=2)


def test_a_matrix_without_digits_shows_grounds_alone():
    page = matrix([[0.5, 0.2]], rows=["q"], columns=["k", "l"], strength=1, digits=None)
    assert re.findall(r"--weight:([\d.]+)", page) == ["0.50", "0.20"]
    assert "0.5</td>" not in page
    assert "matrix" in matrix([[0.0]], ["q"], ["k"])


def test_a_matrix_whose_numbers_do_not_fit_its_names_is_refused():
    with pytest.raises(ValueError, match=r"2 rows of \[1\] numbers do not fit 1 names of rows and 1 of columns"):
        matrix([[1], [2]], ["q"], ["k"])


def test_an_arrow_ends_where_it_should_and_up_is_up():
    page = plane({"a": (1, 2), "b": (0, 0)}, reach=2)
    assert "M240.0 0.0L" in page, "the tip: three quarters to the right, at the top"
    assert "<circle" in page
    assert re.findall(r">(\w)</text>", page) == ["a", "b"]


def test_labels_stay_within_the_plane():
    tips = [(2, 2), (-2, 2), (2, -2), (-2, -2), (0, 2), (2, 0)]
    page = plane({f"label{i}": tip for i, tip in enumerate(tips)}, reach=2)
    for x, y, anchor in re.findall(r'<text x="([\d.-]+)" y="([\d.-]+)" text-anchor="(\w+)"', page):
        start = float(x) - {"start": 0, "middle": 27, "end": 54}[anchor]
        assert start >= 0
        assert start + 54 <= 320
        assert 0 < float(y) < 320


def test_arrows_have_colours_of_their_own_and_one_is_set_apart():
    page = plane({"a": (1, 0), "b": (0, 1), "c": (1, 1)}, marked="b", colours={"c": "red"})
    first, second, third = re.findall(r"--colour:([^\"]+)", page)
    assert first != second and third == "red"


def test_an_arrow_that_leaves_the_plane_is_named():
    with pytest.raises(ValueError, match=r"arrow 'far' goes to \(3, 0\); the plane ends at 2"):
        plane({"far": (3, 0)}, reach=2)


def test_cells_hold_their_texts_and_kinds():
    page = cells(["a<b", ("oil", "next")])
    assert re.findall(r'class="cell (\w+)">([^<]+)<', page) == [("plain", "a&lt;b"), ("next", "oil")]
    with pytest.raises(ValueError, match="kind is 'blue'; there are 'plain', 'seen'"):
        cells([("a", "blue")])


def test_rows_of_a_grid_have_the_same_number_of_columns():
    page = grid({"x": ["1", "2", "3"], "y & z": [("4", "seen")]})
    assert "--columns:3" in page
    rows = page.split('<span class="name">')[1:]
    assert [row.count("<span") for row in rows] == [3, 3]
    assert "y &amp; z" in rows[1]
    with pytest.raises(ValueError, match="at least one row"):
        grid({})

"""The page, as text and in a browser: it needs nothing, runs nothing, and shows what learners wrote as text."""

import json
import re
from html.parser import HTMLParser

import pytest

from lmgrade.report.page import page, write_page
from lmgrade.report.summary import summarise

HOSTILE = '"><script>alert(1)</script><img src="https://evil.example/x" onerror=alert(1)>{{ 7 * 7 }}&amp;\ud800'


@pytest.fixture
def a_class(graded_of, submission):
    """A class with something in every part of the page."""
    answers = {"letters": "\n".join(f"x{n} = y.m{n}(z + {n}, {n})" for n in range(9))}
    return graded_of(
        submission("ada", "+++", name="Lovelace, Ada", answers=answers, seeds={5}, seconds=2.5),
        submission("bob", "-++", {"doubles": "adds_two"}, answers=answers, seeds={5}, seconds_late=60, penalty=0.5),
        submission("cyd", "++-", {"counts": "once"}, seeds={6}, open_cells=["question"], stopped=[HOSTILE]),
        submission("dan", "+--"),
        submission(HOSTILE, name=HOSTILE, refused=HOSTILE, notes=[HOSTILE]),
        *(submission(f"waits-{number}", "+-+", open_cells=[HOSTILE]) for number in range(6)),
        ungraded=["late-comer"],
        absent=["hal"],
    )


class Read(HTMLParser):
    """Which elements a page has, and its words."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


def test_the_page_says_what_the_report_says(a_class):
    words = re.sub(r"\s+", " ", Read(page(summarise(a_class))).words)
    for text in (
        "11 submissions graded, 1 waiting to be graded, 1 student without a submission.",
        "Graded in 2 runs, with seeds 5, 6.",
        "Not final: 7 submissions wait for a mark by hand",
        "Lovelace, Ada",
        "by 1 minute",
        "0.5 off, late",
        "Yours adds two; doubling multiplies.",
        "ada, bob",
        "handed in, not graded yet",
        "6 students",
    ):
        assert text in words, text


def test_what_a_learner_wrote_is_text_and_nothing_else(a_class):
    text = page(summarise(a_class))
    read = Read(text)
    assert HOSTILE in read.words
    tags = {tag for tag, _ in read.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "form", "base"}
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]


def test_nothing_in_the_page_points_elsewhere(a_class):
    for tag, attributes in Read(page(summarise(a_class))).elements:
        for name in ("src", "href", "xlink:href", "action", "data"):
            assert attributes.get(name, "#").startswith("#"), (tag, attributes)


def test_every_id_stands_once(a_class):
    ids = [attributes["id"] for _, attributes in Read(page(summarise(a_class))).elements if "id" in attributes]
    sections = [each for each in ids if not re.fullmatch(r"[mp][0-9a-f]{10}", each)]
    assert len(set(sections)) == len(sections)


def test_a_class_of_one_without_anything_has_a_page(graded_of, submission):
    words = Read(page(summarise(graded_of(submission("a", refused="it is empty"))))).words
    assert "None was recognised." in words and "none asked" in words and "1 submission graded" in words


def test_a_page_is_written_where_it_is_wanted_and_can_be_read_as_utf_8(a_class, tmp_path):
    path = write_page(summarise(a_class), tmp_path / "new" / "report.html")
    assert "<!doctype html>" in path.read_text(encoding="utf-8")


@pytest.fixture
def visit(browser, a_class, tmp_path):
    """A function that opens the page. The test fails for whatever it complains of, or asks a network for."""
    path, faults = write_page(summarise(a_class), tmp_path / "report.html"), []

    def open_page(look="light", width=1200):
        shown = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=look).new_page()
        shown.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        shown.on("pageerror", lambda error: faults.append(str(error)))
        shown.on("dialog", lambda dialog: faults.append(dialog.message))
        shown.on("request", lambda request: request.url.startswith("file:") or faults.append(request.url))
        shown.goto(path.as_uri())
        return shown

    yield open_page
    assert not faults, faults


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_page_opens_without_a_network_and_has_no_barrier_that_axe_can_find(visit, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    shown = visit(look)
    for details in shown.locator("details").all():
        details.locator("summary").click()
    found = axe.Axe().run(shown).response["violations"]
    told = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
    assert not told, json.dumps(told, indent=1)
    shown.context.close()


def test_the_page_fits_a_phone_and_its_letters_can_be_read_there(visit):
    shown = visit(width=390)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    heights = shown.locator("svg text").evaluate_all("texts => texts.map(t => t.getBoundingClientRect().height)")
    assert min(heights) >= 8
    shown.context.close()


def test_a_dark_page_is_dark_and_its_drawings_with_it(visit):
    looks = {}
    for look in ("light", "dark"):
        shown = visit(look)
        looks[look] = shown.evaluate(
            "['body', 'svg text'].map(name => getComputedStyle(document.querySelector(name)))"
            ".map((style, number) => number ? style.fill : style.backgroundColor)"
        )
        shown.context.close()
    assert looks["light"][0] == "rgb(255, 255, 255)" != looks["dark"][0]
    assert looks["light"][1] != looks["dark"][1]


def test_what_scrolls_can_be_reached_by_keyboard(visit):
    shown = visit(width=390)
    scrolling = shown.locator(".wide").evaluate_all("all => all.filter(e => e.scrollWidth > e.clientWidth).length")
    assert scrolling > 0
    assert shown.locator(".wide:not([tabindex='0'])").count() == 0
    shown.context.close()

"""Drawings that a page can hold: each is well-formed, described, and takes the page's colours."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from lmgrade.report.plots import VARIABLES, checks_plot, marks_plot, mistakes_plot
from lmgrade.report.summary import summarise

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawn(graded_of, submission):
    summary = summarise(
        graded_of(
            submission("a", "+++"),
            submission("b", "-++", {"doubles": "adds_two"}),
            submission("c", "+--", {"counts": "$x^2$ <&>"}),
        )
    )
    return {
        "marks": marks_plot(*summary.histogram, summary.marks),
        "checks": checks_plot(summary.checks),
        "mistakes": mistakes_plot(summary.mistakes),
    }


def test_each_drawing_is_one_svg_with_a_description(drawn):
    for name, text in drawn.items():
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg" and root.get("role") == "img", name
        assert len(root.get("aria-label")) > 30 and root.get("viewBox") and not root.get("width")


def test_colours_are_the_pages_own(drawn):
    for name, text in drawn.items():
        assert "var(--ink)" in text and "var(--bar)" in text, name
        assert not re.findall(r"#[0-9a-f]{6}\b", text), name
        assert not any(colour in text for colour in VARIABLES)


def test_texts_are_texts_as_they_were_given(drawn):
    words = {element.text for element in ElementTree.fromstring(drawn["mistakes"]).iter(f"{SVG}text")}
    assert {"double_all: adds_two", "letters: $x^2$ <&>"} <= words


def test_a_histogram_says_its_numbers(drawn):
    label = ElementTree.fromstring(drawn["marks"]).get("aria-label")
    assert label.startswith("Histogram of marks, median 3. Students with") and "4 to 4.5 points: 1" in label


def test_an_id_that_two_drawings_share_names_the_same_thing(drawn):
    named = {}
    for text in drawn.values():
        for element in ElementTree.fromstring(text).iter():
            if "id" in element.attrib and element.tag != f"{SVG}clipPath":
                assert named.setdefault(element.get("id"), element.get("d")) == element.get("d")
    clips = [id for text in drawn.values() for id in re.findall(r'<clipPath id="([^"]*)"', text)]
    assert len(set(clips)) == len(clips)


def test_the_same_class_gives_the_same_drawing(drawn, graded_of, submission):
    summary = summarise(graded_of(submission("a", "+++")))
    assert marks_plot(*summary.histogram, summary.marks) == marks_plot(*summary.histogram, summary.marks)

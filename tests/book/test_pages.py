"""Every page, opened from the files in a browser: nothing is fetched, nothing fails, figures move."""

import json
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import expect

pytestmark = pytest.mark.xdist_group("book")

TOC = yaml.safe_load((Path(__file__).parents[2] / "book" / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
PAGES = [*CHAPTERS, "search", "genindex"]


@pytest.fixture(scope="module")
def opened(browser, built_book):
    """Opens a page, or gives the one that an earlier test opened, and a list of what it complained of."""
    pages = {}

    def open_page(name, look, width):
        if (name, look, width) not in pages:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=look)
            page, faults = context.new_page(), []
            page.set_default_timeout(20_000)
            page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("request", lambda request: faults.extend(_beyond(request.url)))
            path, _, query = name.partition("?")
            page.goto((built_book / f"{path}.html").as_uri() + (f"?{query}" if query else ""))
            page.wait_for_function("!window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)")
            pages[name, look, width] = page, faults
        return pages[name, look, width]

    return open_page


@pytest.fixture
def visit(opened):
    """A page of the book. The test fails for whatever the page complains of, or asks a network for."""
    visited = []

    def visit_page(name, look="light", width=1400):
        page, faults = opened(name, look, width)
        visited.append(faults)
        return page

    yield visit_page
    faults = [fault for faults in visited for fault in faults]
    assert not faults, "\n".join(faults)


def _beyond(url):
    return [] if url.startswith(("file:", "data:")) else [f"asked a network for {url}"]


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_network_and_without_errors(visit, name, look):
    page = visit(name, look)
    expect(page.locator("h1:visible").first).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == look


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_page_fits_a_phone(visit, name):
    page = visit(name, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", CHAPTERS)
def test_formulas_are_set(visit, name):
    page = visit(name)
    written = page.locator("article .math").count()
    assert page.locator("article mjx-container").count() == written
    assert page.locator("mjx-merror").count() == 0


def test_there_are_formulas_and_figures_at_all(visit):
    assert visit("language-models").locator("mjx-container").count() > 20
    assert sum(visit(name).locator(".moving").count() for name in CHAPTERS) >= 8


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_figure_moves_by_keyboard(visit, name):
    page = visit(name)
    for figure in page.locator("figure.moving:has(.controls)").all():
        looks = {_shown(figure)["look"]}
        for control in figure.locator("input, select").all():
            before = _shown(figure)
            _press_another(control)
            after = _shown(figure)
            assert after["at"] != before["at"]
            assert after["words"] != before["words"], "each frame has words of its own"
            assert figure.locator(".said").text_content() == after["words"], "the change is announced"
            looks.add(after["look"])
        assert len(looks) > 1


def _press_another(control):
    """Choose another value with an arrow key."""
    at_end = control.evaluate(
        "c => c.tagName === 'SELECT' ? c.selectedIndex === c.options.length - 1 : c.value === c.max"
    )
    control.focus()
    control.press({True: "ArrowUp", False: "ArrowDown"}[at_end] if _is_menu(control) else _arrow(at_end))


def _is_menu(control):
    return control.evaluate("c => c.tagName") == "SELECT"


def _arrow(at_end):
    return "ArrowLeft" if at_end else "ArrowRight"


def _shown(figure):
    visible = figure.locator(".at.shown")
    assert visible.count() == 1
    expect(visible).to_be_visible()
    frame = visible.locator(".frame")
    return {
        "at": visible.get_attribute("data-at"),
        "words": frame.get_attribute("aria-label"),
        "look": frame.inner_html(),
    }


def test_a_menu_sets_the_slider_after_it_to_its_own_choices(visit):
    page = visit("tokenization")
    figure = page.locator("figure.moving").first
    slider, menu = figure.locator("input"), figure.locator("select")
    lengths = {}
    for label in menu.locator("option").all_text_contents():
        menu.select_option(label)
        slider.press("End")
        lengths[label] = slider.get_attribute("max")
        assert slider.evaluate("s => s.value === s.max")
        assert _shown(figure)["words"].startswith(f"After {lengths[label]} merges")
    assert len(set(lengths.values())) > 1


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_frame_is_described(visit, name):
    page = visit(name)
    for figure in page.locator("figure.moving").all():
        words = figure.locator(".frame").evaluate_all("frames => frames.map(f => f.getAttribute('aria-label'))")
        assert all(words)
        assert len(set(words)) == len(words)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_drawing_is_shown_in_the_look_of_the_page(visit, look):
    page = visit("language-models", look)
    shown, other = page.locator(f".shown img.{look}"), page.locator(".shown img:visible")
    assert shown.count() == other.count() > 0
    # The theme's light ground would drown what is drawn for a dark page.
    grounds = page.locator(".cell_output .text_html").evaluate_all(
        "outputs => outputs.map(o => getComputedStyle(o).backgroundColor)"
    )
    assert set(grounds) == {"rgba(0, 0, 0, 0)"}


def test_a_printed_page_shows_one_frame_and_no_controls(visit):
    page = visit("language-models", "dark")
    page.emulate_media(media="print")
    figure = page.locator("figure.moving:has(img)").first
    expect(figure.locator(".controls")).to_be_hidden()
    expect(figure.locator(".shown img.light")).to_be_visible()
    expect(figure.locator(".shown img.dark")).to_be_hidden()
    page.emulate_media(media="screen", color_scheme="dark")


def test_search_finds_a_word_of_a_chapter(visit):
    page = visit("search?q=perplexity")
    expect(page.locator("#search-results a[href*='language-models']").first).to_be_visible()


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_page_has_no_barrier_that_axe_can_find(visit, name, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = visit(name, look)
    # A browser does not let axe fetch style sheets from files; "region" is a matter of the theme's sidebar.
    options = {"preload": False, "rules": {"region": {"enabled": False}}}
    found = axe.Axe().run(page, options=options).response["violations"]
    told = [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found]
    assert not told, json.dumps(told, indent=1)

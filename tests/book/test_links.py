"""The pages as files: links lead somewhere, and nothing in them leads off the machine but what a reader clicks."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.xdist_group("book")


class Page(HTMLParser):
    """The ids, the links and the parts that the browser loads by itself."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.update(attributes[key] for key in ("id", "name") if attributes.get(key))
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag == "link" and attributes.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(attributes["href"])
        elif tag in ("script", "img", "iframe", "source") and attributes.get("src"):
            self.loaded.append(attributes["src"])


@pytest.fixture(scope="module")
def pages(built_book):
    written = (path for path in built_book.rglob("*.html") if not {"_modules", "_static"} & set(path.parts))
    return {path: Page(path.read_text(encoding="utf-8")) for path in written}


def test_every_link_within_the_book_leads_to_a_file_and_an_anchor(pages):
    lost = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link == "#":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = pages[target].ids if target in pages else None
            if not target.exists() or (parts.fragment and anchors is not None and parts.fragment not in anchors):
                lost.append(f"{path.name}: {link}")
    assert lost == []


def test_everything_a_page_loads_is_a_file_beside_it(pages):
    missing = []
    for path, page in pages.items():
        for source in page.loaded:
            parts = urlsplit(source)
            if parts.scheme != "data" and (parts.scheme or parts.netloc or not (path.parent / parts.path).exists()):
                missing.append(f"{path.name}: {source}")
    assert missing == []


def test_no_cell_left_a_warning_or_an_error_in_a_page(pages):
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert 'class="output stderr' not in text and 'class="output traceback' not in text, path.name

"""The bibliography and what names works agree: chapters under "Sources", docstrings of lmcore after "Source:"."""

import ast
import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from pybtex.database import parse_file

ROOT = Path(__file__).parents[2]
ENTRIES = parse_file(ROOT / "book" / "references.bib").entries
CHAPTERS = [path for path in sorted((ROOT / "book").glob("*.md")) if "\n## Sources\n" in path.read_text("utf-8")]
MODULES = sorted((ROOT / "lmcore").rglob("*.py"))
TITLE = re.compile(r"(?<!\*)\*(?!\*)([^*]+)\*(?!\*)")
YEAR = re.compile(r"\((\d{4})\)")


def plain(text):
    """A title without capitals, signs and braces."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def surname(entry):
    first = entry.persons["author"][0]
    return " ".join(first.prelast_names + first.last_names).strip("{}")


def named(text, entry):
    return re.search(rf"\b{re.escape(surname(entry))}\b", text)


def items(path):
    """What stands behind each bullet of a chapter's sources, as one line."""
    sources = path.read_text("utf-8").split("\n## Sources\n")[1].split("\n## ")[0]
    return [" ".join(item.split()) for item in re.split(r"^\* ", sources, flags=re.MULTILINE)[1:]]


@cache
def titles():
    """Each title that a chapter sets in italics: the chapter, the title, what stands before and the whole item."""
    return [
        pytest.param(match[1], item[: match.start()], item, id=f"{path.stem}: {match[1]}")
        for path in CHAPTERS
        for item in items(path)
        for match in TITLE.finditer(item)
    ]


def docstring_sources():
    """The sources of each docstring of lmcore, as one line; those after an assignment among them."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(text := getattr(node.value, "value", None), str):
                for paragraph in re.split(r"\n\s*\n", text):
                    if re.match(r"\s*Sources?: ", paragraph):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", " ".join(paragraph.split())


@cache
def claims():
    """Each year that docstrings put in brackets: the words since the last one, the year, the words up to the next."""
    found = []
    for where, text in docstring_sources():
        years = [*YEAR.finditer(text)]
        for year, previous, following in zip(years, [None, *years], [*years[1:], None], strict=False):
            before = text[previous.end() if previous else 0 : year.start()].split(";")[-1]
            after = text[year.end() : following.start() if following else None]
            found.append(pytest.param(before, year[1], after, id=f"{where}: {before.strip()} ({year[1]})"))
    return found


def meant(title):
    """The works whose title is this one, or begins with it."""
    return [key for key, entry in ENTRIES.items() if f"{plain(entry.fields['title'])} ".startswith(f"{plain(title)} ")]


def written_by(before, year):
    return [key for key, entry in ENTRIES.items() if entry.fields.get("year") == year and named(before, entry)]


@pytest.mark.parametrize("title, before, item", titles())
def test_a_title_in_a_chapter_has_an_entry_of_the_same_author_and_year(title, before, item):
    keys = meant(title)
    assert len(keys) == 1, f"references.bib has {keys or 'no work'} for this title"
    entry = ENTRIES[keys[0]]
    assert named(item, entry), f"{surname(entry)} is not named"
    years = YEAR.findall(before)
    assert years[-1:] == ([entry.fields["year"]] if "year" in entry.fields else [])


@pytest.mark.parametrize("before, year, after", claims())
def test_a_source_of_a_docstring_has_an_entry(before, year, after):
    keys = written_by(before, year)
    if len(keys) > 1:  # then the title has to tell which is meant: of LLaMA and Llama 2, the longer one that fits
        names = {key: ENTRIES[key].fields["title"].split(":")[0] for key in keys}
        keys = [
            key for key in sorted(keys, key=lambda key: len(names[key])) if plain(after).startswith(plain(names[key]))
        ]
    assert keys, f"references.bib has no work of {year} whose first author stands in {before!r}"
    if title := re.match(", ([A-Z][^,.;]*)", after):
        whole = ENTRIES[keys[-1]].fields["title"]
        assert plain(whole).startswith(plain(title[1])), f"{title[1]!r} is not how {whole} begins"


@pytest.mark.parametrize("key", ENTRIES)
def test_every_entry_is_named_somewhere(key):
    in_italics = {one for param in titles() for one in meant(param.values[0])}
    in_docstrings = {one for param in claims() for one in written_by(*param.values[:2])}
    assert key in in_italics | in_docstrings, f"neither a chapter nor a docstring names {ENTRIES[key].fields['title']}"


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_says_where_the_work_is_and_its_key_begins_with_author_and_year(key):
    entry = ENTRIES[key]
    first = re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", surname(entry)).casefold())
    assert key.startswith(f"{first}{entry.fields.get('year', '')}")
    assert {"journal", "booktitle", "publisher", "institution", "howpublished", "eprint"} & set(entry.fields)
    assert not re.search(r"https?:|\s", entry.fields.get("doi", "") + entry.fields.get("eprint", ""))


def test_entries_stand_in_the_order_of_their_keys():
    assert list(ENTRIES) == sorted(ENTRIES)


def test_the_page_tells_of_each_work_where_it_is_named(built_book):
    page = (built_book / "bibliography.html").read_text("utf-8")
    works = dict(re.findall(r'<li id="([\w-]+)">(.*?)</li>', page, re.DOTALL))
    assert set(works) == set(ENTRIES)
    assert [key for key, work in works.items() if "Named in <a " not in work] == []
    assert 'href="attention.html#sources"' in works["vaswani2017attention"]
    assert 'href="api/models.html#lmcore.norms.rms_norm"' in works["zhang2019root"]

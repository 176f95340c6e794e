"""Says under each work of the bibliography which chapters and which pieces of the code name it.

Nothing of it is written by hand. A chapter names works under "Sources", a docstring after "Source:", either by first
author and year (and, where that fits several works, by what a title begins with) or by a title in italics, which may be
cut short at its end.
"""

import re
from itertools import takewhile
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.util.nodes import make_refnode


class Naming(NamedTuple):
    """Words of a page that may name works: one title, or sentences about sources."""

    text: str
    is_title: bool
    target: str  # an anchor in the page
    name: str  # of the piece of code; empty for a chapter


def words(text):
    return re.findall(r"\w+", text.casefold())


def begins(text, title):
    """How many words of a title, at least those before its colon, a text begins with."""
    said, whole, least = words(text), words(title), len(words(title.split(":")[0]))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(said, whole, strict=False)))
    return same if same >= least else 0


def titled(text, entries):
    """The works that a title, whole or cut short, may stand for."""
    said = words(text)
    return [key for key, entry in entries.items() if said and words(entry.fields["title"])[: len(said)] == said]


def sourced(text, entries):
    """The works that sentences name by author and year; one without a year, by author and title."""
    years = [*re.finditer(r"\((\d{4})\)", text)]
    ends = [0, *(year.end() for year in years), len(text)]
    for place, year in enumerate(years):
        before = text[ends[place] : year.start()].split(";")[-1]
        after = text[year.end() : ends[place + 2] if place + 2 < len(ends) else None]
        fits = [key for key, entry in entries.items() if entry.fields.get("year") == year[1] and wrote(before, entry)]
        best = max((begins(after, entries[key].fields["title"]) for key in fits), default=0)
        yield from (key for key in fits if begins(after, entries[key].fields["title"]) == best)
    for key, entry in entries.items():
        if "year" not in entry.fields and entry.fields["title"].strip("{}") in text and wrote(text, entry):
            yield key


def wrote(text, entry):
    first = entry.persons["author"][0]
    surname = " ".join(first.prelast_names + first.last_names).strip("{}")
    return re.search(rf"\b{re.escape(surname)}\b", text) is not None


def code(node):
    """Anchor and name of the piece of code whose docstring a node belongs to."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, addnodes.desc) and node.children and node[0].get("ids"):
            return node[0]["ids"][0], node[0].get("fullname") or node[0]["ids"][0]
        if isinstance(node, nodes.section):
            return node["ids"][0], node[0].astext()
    return "", ""


def collect(app, doctree):
    found = []
    for section in doctree.findall(nodes.section):
        if "sources" in section["ids"]:
            found += [Naming(title.astext(), True, "sources", "") for title in section.findall(nodes.emphasis)]
            found += [Naming(item.astext(), False, "sources", "") for item in section.findall(nodes.list_item)]
    for paragraph in doctree.findall(nodes.paragraph):
        text = paragraph.astext()
        if re.match(r"Sources?: ", text):
            found.append(Naming(text, False, *code(paragraph)))
    namings(app.env)[app.env.docname] = found


def namings(env):
    if not hasattr(env, "where_named"):
        env.where_named = {}
    return env.where_named


def forget(app, env, docname):
    namings(env).pop(docname, None)


def merge(app, env, docnames, other):
    namings(env).update({docname: namings(other)[docname] for docname in docnames if docname in namings(other)})


def join(app, env):
    """Once all pages are read: which work is named where. The bibliography is written anew if that has changed."""
    domain = env.get_domain("cite")
    entries = {citation.key: citation.entry for citation in domain.citations}
    places = {key: [] for key in entries}
    for docname in in_order(env, env.config.root_doc):
        for naming in namings(env).get(docname, []):
            for key in (titled if naming.is_title else sourced)(naming.text, entries):
                place = (docname, naming.target, naming.name)
                if place not in places[key]:
                    places[key].append(place)
    changed = places != getattr(env, "works_named", None)
    env.works_named = places
    return sorted({key.docname for key in domain.bibliographies}) if changed else []


def in_order(env, docname):
    yield docname
    for below in env.toctree_includes.get(docname, []):
        yield from in_order(env, below)


def say(app, doctree, docname):
    keys = {citation.citation_id: citation.key for citation in app.env.get_domain("cite").citations}
    for citation in doctree.findall(nodes.citation):
        places = app.env.works_named.get(keys.get(citation["ids"][0]), [])
        if places:
            line = nodes.paragraph(classes=["where-named"])
            for before, place in zip(["Named in ", *[" · "] * len(places)], places, strict=False):
                line += [nodes.Text(before), link(app, docname, *place)]
            citation += line


def link(app, from_page, to_page, target, name):
    if name:
        return make_refnode(app.builder, from_page, to_page, target, nodes.literal(text=name))
    # In a book of one page every chapter's sources have the same anchor.
    target = "" if app.builder.name == "singlehtml" else target
    return make_refnode(app.builder, from_page, to_page, target, nodes.Text(app.env.titles[to_page].astext()))


def setup(app):
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", join, priority=600)  # after the bibliography knows its works
    app.connect("doctree-resolved", say)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": 1}

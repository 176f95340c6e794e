"""How a work stands in the bibliography: under its authors and year, without the names of all of forty authors."""

from collections import Counter
from string import ascii_lowercase

from docutils import nodes
from pybtex.plugin import register_plugin
from pybtex.richtext import Text
from pybtex.style.formatting.unsrt import Style
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting import BaseSortingStyle
from pybtex.style.template import FieldIsMissing, node, sentence

MANY = 12  # authors; of more, the first ones are shown and the others counted
FIRST = 6


def surname(person):
    return " ".join(str(part) for part in (*person.rich_prelast_names, *person.rich_last_names))


def short(entry):
    """As a text would name the work: Luong et al., 2015."""
    names = [surname(person) for person in entry.persons["author"]]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return ", ".join([who, *([entry.fields["year"]] if "year" in entry.fields else [])])


class Labels(BaseLabelStyle):
    """Works of the same authors and year get letters: 2023a, 2023b."""

    def format_labels(self, sorted_entries):
        labels = [short(entry) for entry in sorted_entries]
        alike, letters = Counter(labels), {}
        for label in labels:
            seen = letters.setdefault(label, iter(ascii_lowercase))
            yield label + next(seen) if alike[label] > 1 else label


class Sorting(BaseSortingStyle):
    """By the first author and then the year, as one looks for what a text names in that way."""

    def sorting_key(self, entry):
        return surname(entry.persons["author"][0]).casefold(), entry.fields.get("year", ""), entry.fields["title"]


@node
def people(children, context, role):
    persons = context["entry"].persons.get(role)
    if not persons:
        raise FieldIsMissing(role, context["entry"])
    unnamed = str(persons[-1]) == "others"
    shown = persons[: FIRST if len(persons) > MANY or unnamed else MANY]
    names = [context["style"].format_name(person).format() for person in shown]
    if unnamed:
        names.append("others")
    elif len(shown) < len(persons):
        names.append(f"{len(persons) - len(shown)} others")
    return Text(", ").join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


class AuthorYear(Style):
    default_label_style = Labels
    default_sorting_style = Sorting

    def format_names(self, role, as_sentence=True):
        return sentence[people(role)] if as_sentence else people(role)


def list_works(app, doctree, docname):
    """A plain list, labels on lines of their own: that of docutils is none to a screen reader, and wide on a phone."""
    for works in {citation.parent for citation in doctree.findall(nodes.citation)}:
        items = nodes.bullet_list(classes=["works"])
        for citation in works:
            label, *rest = citation.children
            head = nodes.paragraph("", "", nodes.strong(text=label.astext()))
            items += nodes.list_item("", head, *rest, ids=citation["ids"])
        works.replace_self(items)


def setup(app):
    register_plugin("pybtex.style.formatting", "author-year", AuthorYear)
    app.connect("doctree-resolved", list_works, priority=600)  # after where_named
    return {"parallel_read_safe": True, "parallel_write_safe": True}

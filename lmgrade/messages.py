"""What of an exception in a learner's kernel may be told to the learner: nothing that could hold a hidden test.

While a probe runs, learner code can read it in the frames around, and can raise an exception that tells of it in any
disguise: the text in base64, in numbers, in names. No search for quotes sees through that. So only what is known
beforehand is told: the messages that Python and torch write themselves, in ``messages.txt``; texts and names that stand
in the learner's own cells and in modules that these may import; a few digits. What gets through is a choice among
these, some 30 bytes for each check of a grading run, where a hidden test has some hundreds.
"""

from __future__ import annotations

import ast
import builtins
import functools
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# A template a line. ``{n}`` is a number, ``{shape}`` one or several, ``{name}`` a name of the learner's cells or of
# `COMMON`, ``{op}`` an operator, ``{char}`` a character; what stands for ``{...}`` is not told.
TEMPLATES = Path(__file__).with_name("messages.txt")
LONGEST_MESSAGE = 200
LONGEST_NAME = 100
# In one message.
MOST_DIGITS = 16
MOST_NAMES = 6
# Of a learner's own, to choose from.
MOST_TEXTS, MOST_WORDS, MOST_LINES = 2**10, 2**13, 2**13
MOST_SLOTS = 4

_NUMBERS = r"-?\d{1,9}(?:(?:, ?|x)-?\d{1,9})*+,?"
# Atomic, so that no text takes long to be found wanting.
SLOTS = {
    "n": r"(?>-?\d{1,9})",
    "shape": rf"(?>(?:torch\.Size\()?\[(?:{_NUMBERS})?\]\)?|\((?:{_NUMBERS})?\)|{_NUMBERS})",
    "name": r"(?>(?:\w+|<\w+>)(?:\.(?:\w+|<\w+>))*+)",
    "op": r"(?>\*\* or pow\(\)|divmod\(\)|[-+*/%@&|^~<>=!]{1,3})",
    "char": r"(?>\\.|.)",
    "...": r".*+",
}
SLOT = re.compile(r"\{(n|shape|name|op|char|\.\.\.)\}")
# Names that messages hold wherever they come from: Python's, and of torch and NumPy those that are called indirectly.
COMMON = {*dir(builtins), *Path(__file__).with_name("names.txt").read_text(encoding="utf-8").split()}
WORD = re.compile(r"\w+")


class Tellable:
    """What of a kernel's words can be told to the learner whose cells ran there.

    Args:
        cells: the sources of the learner's cells.
        public: sources of modules that these may import.
    """

    def __init__(self, cells: Iterable[str], public: Iterable[str] = ()) -> None:
        cells = list(cells)
        known = [*cells, *public]
        words = dict.fromkeys(word for text in known for word in WORD.findall(text))
        self._words = set(itertools.islice(words, MOST_WORDS))
        # As IPython counts: from the first that is not empty.
        counted = (enumerate(re.sub(r"\A\s*\n", "", cell).splitlines(), start=1) for cell in cells)
        lines = {(at, line.strip()): None for cell in counted for at, line in cell}
        self._lines = {(at, line[:LONGEST_MESSAGE]) for at, line in itertools.islice(lines, MOST_LINES)}
        self._own = [re.compile(text) for text in itertools.islice(dict.fromkeys(_texts(known)), MOST_TEXTS)]

    def name(self, text: str) -> bool:
        """May a name be told: of an exception's type, of a class, of a function?"""
        return (
            len(text) <= LONGEST_NAME
            and re.fullmatch(r"\w+|<\w+>", text) is not None
            and (text.strip("<>") in self._words or text.strip("<>") in COMMON)
        )

    def place(self, function: str, line: int | None, code: str) -> bool:
        """Is there such a line in the learner's cells, and such a name?"""
        return (line, code) in self._lines and self.name(function)

    def message(self, text: str) -> str | None:
        """What may be told of an exception's message: all of it, its beginning, or None for nothing."""
        text = text[:LONGEST_MESSAGE]
        if not text:
            return text
        for pattern in (*_known(), *self._own):
            found = pattern.fullmatch(text)
            if found and self._is_known(found):
                rest = found.groupdict().get("rest")
                return f"{text[: found.start('rest')]}..." if rest else text
        return None

    def _is_known(self, found: re.Match) -> bool:
        slots = [(slot.rstrip("0123456789"), value) for slot, value in found.groupdict().items() if value]
        digits = sum(sign.isdigit() for slot, value in slots if slot in ("n", "shape") for sign in value)
        names = [name for slot, value in slots if slot == "name" for name in value.split(".")]
        return digits <= MOST_DIGITS and len(names) <= MOST_NAMES and all(map(self.name, names))


@functools.cache
def _known() -> list[re.Pattern]:
    return [re.compile(_pattern(line), re.DOTALL) for line in TEMPLATES.read_text(encoding="utf-8").splitlines()]


def _pattern(template: str) -> str:
    literal, *others = SLOT.split(template)
    parts = [re.escape(literal)]
    for number, (slot, literal) in enumerate(zip(others[::2], others[1::2], strict=True)):
        group = "rest" if slot == "..." else f"{slot}{number}"
        parts += [f"(?P<{group}>{SLOTS[slot]})", re.escape(literal)]
    return "".join(parts)


def _texts(sources: list[str]) -> Iterator[str]:
    """Patterns of the texts in sources, such as those that exceptions are raised with. Values put into one may be
    numbers and names.
    """
    value = "(?>(?P<shape#>" + SLOTS["shape"] + ")|'?(?P<name#>" + SLOTS["name"] + ")'?)"
    for source in sources:
        try:
            tree = ast.parse(re.sub(r"^(\s*)[%!].*", r"\1pass", source, flags=re.MULTILINE))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= LONGEST_MESSAGE:
                yield re.escape(node.value)
            elif isinstance(node, ast.JoinedStr):
                slots = itertools.count()
                parts = [
                    re.escape(part.value) if isinstance(part, ast.Constant) else value.replace("#", str(next(slots)))
                    for part in node.values
                ]
                if next(slots) <= MOST_SLOTS:
                    yield "".join(parts)


class Everything:
    """In place of `Tellable` where nothing is hidden from the person who reads: on the machine of the one who asks."""

    def __init__(self, cells: Iterable[str] = (), public: Iterable[str] = ()) -> None: ...

    def name(self, text: str) -> bool:
        return True

    def place(self, function: str, line: int | None, code: str) -> bool:
        return True

    def message(self, text: str) -> str | None:
        return text

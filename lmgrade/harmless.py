"""Text that anybody may have written, made fit for what will read it: a terminal, a page, a spreadsheet."""

import re

# A spreadsheet takes a text that begins like this for a formula, and would work it out. The wide ones too, in places.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST_NAME = 60


def printable(text: str) -> str:
    """Without what a terminal would obey, and halves of characters, which it cannot be sent."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def file_name(name: str) -> str:
    """A file's name for a sentence: without what Markdown, HTML or a terminal would take for more."""
    name = re.sub(r"[^\w .,+=@-]", "\ufffd", name)
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."


def field(value):
    """A field of a file for spreadsheets: a text that would be taken for a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

"""Special tokens: marks such as ``<|endoftext|>`` that mean something to the model and are never cut into pieces.

They are looked for in the text before anything else happens to it. Their text is never split, and nothing is merged
across them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from .pretokenization import refuse_surrogates


def special_names(names: Iterable[str]) -> list[str]:
    """The names as a list.

    Raises:
        ValueError: a single str, whose characters would each become a special token, or a name that is there twice.
    """
    if isinstance(names, str):
        raise ValueError(f"special tokens come as a list, [{names!r}], not as the str {names!r}")
    names = list(names)
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ValueError(f"the special token {name!r} is there twice")
    return names


def special_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds these tokens, the longest one where several begin at the same place; None for no tokens.

    Raises:
        ValueError: an empty name, or one that is not a text that UTF-8 can express.
    """
    names = list(names)
    for name in names:
        if not isinstance(name, str) or not name:
            raise ValueError(f"a special token is a text of at least one character, not {name!r}")
        refuse_surrogates(name)
    # The first alternative that fits wins, so longer ones stand first.
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if names else None


def choose_special(names: Iterable[str], allowed: str | Collection[str]) -> list[str]:
    """The special tokens that are to be recognised in a text.

    Args:
        names: all special tokens of the tokenizer.
        allowed: ``"all"``, ``"none"``, or a collection of names.

    Raises:
        ValueError: a name that is not one of them.
    """
    names = list(names)
    if isinstance(allowed, str):
        if allowed not in ("all", "none"):
            raise ValueError(f'allowed_special is {allowed!r}; it can be "all", "none" or a set of special tokens')
        return names if allowed == "all" else []
    unknown = [name for name in allowed if name not in names]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a special token of this tokenizer; it has {names}")
    return list(allowed)

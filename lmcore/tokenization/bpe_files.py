"""Keeping a ``BPETokenizer``: a JSON file of our own, and a ``tiktoken.Encoding``. GPT-2's files are ``gpt2_files``.

The JSON file holds the vocabulary as strings in which each character stands for the byte of the same number
(Latin-1), each merge as the ids of its two parts, and the special tokens with their ids::

    {"format": "lmcore byte-level BPE 1", "vocabulary": ["\\u0000", ...], "merges": [[32, 116], ...],
     "special_tokens": {"<|endoftext|>": 50256}}
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ..whole_files import write_whole
from .pretokenization import GPT2_PATTERN

if TYPE_CHECKING:
    import tiktoken

    from .bpe import BPETokenizer

FORMAT = "lmcore byte-level BPE 1"


def save(tokenizer: BPETokenizer, path: Path) -> None:
    """Write the JSON file described above."""
    id_of = {token: i for i, token in enumerate(tokenizer.vocabulary)}
    content = {
        "format": FORMAT,
        "vocabulary": [token.decode("latin-1") for token in tokenizer.vocabulary],
        "merges": [[id_of[left], id_of[right]] for left, right in tokenizer.merges],
        "special_tokens": tokenizer.special_tokens,
    }
    write_whole(path, json.dumps(content))


def load(kind: type[BPETokenizer], path: Path) -> BPETokenizer:
    """Read the JSON file described above.

    Raises:
        ValueError: the file is not one, or its parts do not fit together.
    """
    data = path.read_bytes()
    try:
        content = json.loads(data)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ValueError(f"it does not say that its format is {FORMAT!r}")
        vocabulary = [token.encode("latin-1") for token in content["vocabulary"]]
        merges = []
        for left, right in content["merges"]:
            if min(left, right) < 0:
                raise ValueError(f"merge {len(merges)} has a negative id")
            merges.append((vocabulary[left], vocabulary[right]))
        return kind(vocabulary, merges, content["special_tokens"])
    except KeyError as error:
        reason = f"it has no {error}"
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError) as error:
        reason = str(error)
    raise ValueError(f"{path} is damaged or is not a tokenizer saved here: {reason}")


def to_tiktoken(tokenizer: BPETokenizer, reached: dict[bytes, str], name: str) -> tiktoken.Encoding:
    """The same tokenizer as a ``tiktoken.Encoding``.

    tiktoken knows tokens, not merges: it merges neighbours whose union is a token, the smallest id first, and takes a
    piece that is a token as a whole. That is the same where ids grow with the merges and each token is what its own
    bytes merge into, as it is after training. The two libraries may disagree about a character that is newer than the
    Unicode version of one of them.

    Args:
        tokenizer: what to express.
        reached: the tokens that their own bytes merge into (``Merges.whole``).
        name: tiktoken's name for it.

    Raises:
        ValueError: ids that do not grow with the merges, a token that is never reached, or a special token with which
            another one begins (tiktoken does not promise to find the longer one).
    """
    import tiktoken

    id_of = {token: i for i, token in enumerate(tokenizer.vocabulary)}
    last = -1
    for left, right in tokenizer.merges:
        token = left + right
        if id_of[token] < last:
            raise ValueError(
                f"tiktoken needs ids in the order of the merges; {token!r} with id {id_of[token]} follows {last}"
            )
        last = id_of[token]
        if token not in reached:
            raise ValueError(f"tiktoken cannot leave out {token!r}, which earlier merges of its bytes make unreachable")
    ordered = sorted(tokenizer.special_tokens)  # a name's continuations follow it directly
    for shorter, longer in pairwise(ordered):
        if longer.startswith(shorter):
            raise ValueError(
                f"tiktoken may find {shorter!r} where {longer!r} stands: one special token begins with the other"
            )
    made = {left + right for left, right in tokenizer.merges}
    ranks = {token: i for token, i in id_of.items() if len(token) == 1 or token in made}
    return tiktoken.Encoding(name, pat_str=GPT2_PATTERN, mergeable_ranks=ranks, special_tokens=tokenizer.special_tokens)

r"""Text out of a model while it is being written: whole characters only, and not a letter beyond a stop sequence.

A byte-level token can end within a character, and a stop sequence can end within a token. So what a token adds is not
always known when it comes: some of its text is held back until the next tokens tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

UNKNOWN = "\N{REPLACEMENT CHARACTER}"  # what decoders write for bytes that are no character, or not yet one


class Decoder(Protocol):
    """Any tokenizer of ``lmcore.tokenization``, or of another library.

    More ids may change a text only by what they add to it, and a replacement character at its end.
    """

    def decode(self, ids: list[int], /) -> str:
        """The text of these ids."""
        ...


class TextStream:
    """Ids go in one by one, text comes out as soon as it is certain.

    ::

        stream = TextStream(tokenizer, stop=["\\n\\n"])
        for i in ids:
            print(stream.push(i), end="")
        print(stream.finish())

    All that comes out, joined, is ``cut(tokenizer.decode(ids), stop)`` of the ids that were pushed.

    Args:
        tokenizer: what decodes.
        stop: texts, the first of which ends the stream; neither it nor what follows comes out.

    Attributes:
        stopped: whether a stop sequence has been found. Later ids are ignored.

    Raises:
        ValueError: a stop sequence that is empty or not a str, or a str instead of a list of them.
    """

    def __init__(self, tokenizer: Decoder, stop: Sequence[str] = ()) -> None:
        self.tokenizer = tokenizer
        self.stop = check_stop(stop)
        self.stopped = False
        self._ids: list[int] = []  # the last ids that ended with a whole character, and those after them
        self._settled = 0  # how many ids of these are the former
        self._out = 0  # how many characters of their text have gone on to the search for stop sequences
        self._held = ""  # text that could be the beginning of a stop sequence

    def push(self, i: int) -> str:
        """One more id; the text that is certain now, which may be empty."""
        if self.stopped:
            return ""
        self._ids.append(i)
        text = self.tokenizer.decode(self._ids)
        whole = not text.endswith(UNKNOWN)
        known = text if whole else text[:-1]
        new, self._out = known[self._out :], len(known)
        if whole:
            # Old ids go, so that a long text is not decoded again and again. The newest stay, as some decoders begin
            # a text otherwise than they go on with it: with a space or without.
            self._ids = self._ids[self._settled :]
            self._settled, self._out = len(self._ids), len(self.tokenizer.decode(self._ids))
        return self._search(new)

    def finish(self) -> str:
        """There are no more ids: the text that was held back."""
        if self.stopped:
            return ""
        rest = self._search(self.tokenizer.decode(self._ids)[self._out :])
        if not self.stopped:
            rest += self._held
        self._ids, self._settled, self._out, self._held = [], 0, 0, ""
        return rest

    def _search(self, new: str) -> str:
        text = self._held + new
        shown = cut(text, self.stop)
        if len(shown) < len(text):
            self.stopped = True
            return shown
        may_begin_at = len(text) - _longest_beginning(text, self.stop)
        self._held = text[may_begin_at:]
        return text[:may_begin_at]


def text_pieces(tokenizer: Decoder, ids: Iterable[int], stop: Sequence[str] = ()) -> Iterator[str]:
    """The text of ids that come one by one, in pieces that are never empty. ``TextStream`` says when they come.

    Args:
        tokenizer: what decodes.
        ids: any number of ids. After a stop sequence no more are asked for.
        stop: as for ``TextStream``.

    Raises:
        ValueError: as ``TextStream``, and what the tokenizer refuses.
    """
    stream = TextStream(tokenizer, stop)
    for i in ids:
        if piece := stream.push(i):
            yield piece
        if stream.stopped:
            return
    if piece := stream.finish():
        yield piece


def cut(text: str, stop: Sequence[str]) -> str:
    """The text before the first stop sequence, all of it if there is none.

    First is the one that ends first, as if the text came letter by letter; of two that end together, the longer. So it
    does not matter where tokens end.
    """
    found = [(at + len(word), at) for word in stop if (at := text.find(word)) >= 0]
    return text[: min(found)[1]] if found else text


def check_stop(stop: Sequence[str]) -> list[str]:
    """The stop sequences as a list.

    Raises:
        ValueError: one that is empty or not a str, or a str instead of a list of them.
    """
    if isinstance(stop, str):
        raise ValueError(f"stop sequences come as a list, [{stop!r}], not as the str {stop!r}")
    for word in stop:
        if not isinstance(word, str) or not word:
            raise ValueError(f"a stop sequence is {word!r}; it must be a text of at least 1 character")
    return list(stop)


def _longest_beginning(text: str, stop: Sequence[str]) -> int:
    """How many of the last characters of ``text`` are the beginning of a stop sequence, at most."""
    longest = max(map(len, stop), default=1) - 1
    for size in range(min(longest, len(text)), 0, -1):
        if any(word.startswith(text[-size:]) for word in stop):
            return size
    return 0

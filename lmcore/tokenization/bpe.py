"""Byte-level BPE, ready for use: special tokens, streams, files, and the speed that comes from remembering chunks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import index
from pathlib import Path
from re import Pattern
from typing import TYPE_CHECKING

from . import bpe_files
from .bpe_merging import Merges
from .bpe_training import train_merges
from .chunk_cache import ChunkCache
from .pretokenization import refuse_surrogates, split_chunks
from .special_tokens import choose_special, special_names, special_pattern
from .streaming import settled_blocks
from .vocabulary import token_of_each_id

if TYPE_CHECKING:
    import tiktoken


class BPETokenizer:
    """Text to ids and back, in GPT-2's way: pieces of text, their UTF-8 bytes, merges in order of learning.

    Any text round-trips: ``decode(encode(text)) == text``.

    Args:
        vocabulary: the bytes of each id. All 256 single bytes and the result of each merge must be there; an entry
            that is neither must be a special token's UTF-8 text at that token's id.
        merges: pairs of tokens, each part a single byte or the result of an earlier merge.
        special_tokens: token -> id. Ids not within the vocabulary follow it without a gap.

    Raises:
        ValueError: parts that do not fit together; the message names the first one.

    Source: Radford et al. (2019), section 2.2.
    """

    def __init__(
        self,
        vocabulary: Sequence[bytes],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Mapping[str, int] | None = None,
    ) -> None:
        self.vocabulary = list(vocabulary)
        self.merges = [tuple(merge) for merge in merges]
        self.special_tokens = dict(special_tokens or {})
        self._merges = Merges(self.merges)
        self._all_special = special_pattern(self.special_tokens)
        self._bytes_of = token_of_each_id(self.vocabulary, self._merges.symbol_of, self.special_tokens)
        id_of = {token: i for i, token in enumerate(self.vocabulary)}
        self._ids_of = ChunkCache(self._merges, id_of)

    @classmethod
    def train(
        cls,
        text: str | Iterable[str],
        vocab_size: int,
        special_tokens: Iterable[str] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> BPETokenizer:
        """Learn a vocabulary from a text.

        Ids: the 256 bytes, then the merges in order, then the special tokens in the given order.

        Args:
            text: a text or an iterable of texts. A special token in it is a border and is not learnt from.
            vocab_size: number of ids wanted, special tokens included. There are fewer if the text runs out of pairs.
            special_tokens: different, not empty.
            progress: called with (merges learnt, merges wanted) after each merge.

        Raises:
            ValueError: a ``vocab_size`` below 256 plus the special tokens, or a lone surrogate in the text.
        """
        names = special_names(special_tokens)
        if vocab_size < 256 + len(names):
            raise ValueError(
                f"vocab_size {vocab_size} is below {256 + len(names)}: 256 bytes and {len(names)} special tokens"
            )
        ordinary = _without([text] if isinstance(text, str) else text, special_pattern(names))
        merges = train_merges(ordinary, vocab_size - len(names), progress)
        vocabulary = [bytes([byte]) for byte in range(256)] + [left + right for left, right in merges]
        return cls(vocabulary, merges, {name: len(vocabulary) + i for i, name in enumerate(names)})

    @property
    def vocab_size(self) -> int:
        """Number of ids, special tokens included."""
        return len(self._bytes_of)

    def __reduce__(self):
        # What a tokenizer remembers of its texts does not travel to other processes with it.
        return type(self), (self.vocabulary, self.merges, self.special_tokens)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(vocab_size={self.vocab_size}, special_tokens={list(self.special_tokens)})"

    def encode(self, text: str, allowed_special: str | Collection[str] = "all") -> list[int]:
        """The ids of a text.

        Args:
            text: any text.
            allowed_special: which special tokens to recognise: ``"all"``, ``"none"``, or a set of names. One that is
                not recognised is encoded as the ordinary text it is: use ``"none"`` for text from strangers.

        Raises:
            ValueError: a lone surrogate in the text, or a name in ``allowed_special`` that is not a special token.
            TypeError: ``text`` is not a str.
        """
        if not isinstance(text, str):
            raise TypeError(f"encode takes a str, not {type(text).__name__}")
        return self._encode(text, self._special(allowed_special))

    def encode_stream(self, lines: Iterable[str], allowed_special: str | Collection[str] = "all") -> Iterator[int]:
        """The ids of a text that comes in parts and may be larger than memory: ``encode("".join(lines))``, exactly.

        Parts may begin and end anywhere, also within a special token.

        Args:
            lines: for example an open file.
            allowed_special: as for ``encode``.

        Returns:
            An iterator over ids. It reads ahead by about 65,000 characters.

        Raises:
            ValueError, TypeError: as ``encode``.
        """
        if isinstance(lines, str):
            raise TypeError("encode_stream takes an iterable of texts; for one text use encode")
        special = self._special(allowed_special)
        blocks = settled_blocks(lines, special, max(map(len, self.special_tokens), default=0))
        return chain.from_iterable(self._encode(block, special, offset) for offset, block in blocks)

    def _special(self, allowed: str | Collection[str]) -> Pattern[str] | None:
        if isinstance(allowed, str) and allowed == "all":
            return self._all_special
        return special_pattern(choose_special(self.special_tokens, allowed))

    def _encode(self, text: str, special: Pattern[str] | None, offset: int = 0) -> list[int]:
        ids: list[int] = []
        end = 0
        try:
            for match in special.finditer(text) if special else ():
                self._encode_ordinary(text[end : match.start()], ids)
                ids.append(self.special_tokens[match.group()])
                end = match.end()
            self._encode_ordinary(text[end:], ids)
        except UnicodeEncodeError:
            refuse_surrogates(text, offset)
            raise
        return ids

    def _encode_ordinary(self, text: str, ids: list[int]) -> None:
        for chunks in split_chunks(text):
            for some in map(self._ids_of.__getitem__, chunks):
                ids += some

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of these ids, special tokens as their text.

        Args:
            ids: a list or a 1-D tensor.

        Raises:
            ValueError: an id outside ``0 .. vocab_size - 1``.
        """
        numbers = list(map(index, ids))
        last = self.vocab_size - 1
        for i in numbers:
            if not 0 <= i <= last:
                raise ValueError(f"id {i} is not in 0 .. {last}, the ids of this tokenizer")
        return b"".join([self._bytes_of[i] for i in numbers])

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids. A token can end within a character: bytes that are not UTF-8 become U+FFFD.

        Raises:
            ValueError: an id outside ``0 .. vocab_size - 1``.
        """
        return self.decode_bytes(ids).decode(errors="replace")

    def save(self, path: str | Path) -> None:
        """Write a JSON file. A file of this name is replaced at once and whole, or not at all."""
        bpe_files.save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> BPETokenizer:
        """Read what ``save`` wrote.

        Raises:
            ValueError: the file is damaged or is something else; the message says how.
        """
        return bpe_files.load(cls, Path(path))

    def to_tiktoken(self, name: str = "lmcore") -> tiktoken.Encoding:
        """The same tokenizer in tiktoken, with the same ids.

        Raises:
            ValueError: where tiktoken cannot express it; see ``bpe_files.to_tiktoken``.
        """
        return bpe_files.to_tiktoken(self, self._merges.whole, name)


def _without(texts: Iterable[str], special: Pattern[str] | None) -> Iterator[str]:
    """What is left of the texts between special tokens."""
    for text in texts:
        refuse_surrogates(text)
        yield from special.split(text) if special else [text]

r"""A tokenizer whose tokens are whole words: short sequences, a large vocabulary, and words that it has never seen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from operator import index

from .special_tokens import special_names, special_pattern

# A word may hold apostrophes (don't, l'eau); any other sign that is not a space stands alone.
_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_JOINED_TO_THE_LEFT = frozenset(".,;:!?)]}…")


def split_words(text: str) -> list[str]:
    """Words and punctuation marks in order, without the white space between them."""
    return _WORD.findall(text)


class WordTokenizer:
    """One id for each known word or punctuation mark, and one id for everything else.

    Ids: 0 is ``unknown``, then the special tokens, then the words in the given order.

    **What decode loses.** Which word an unknown one was, and white space: how many spaces there were, of which kind,
    and whether there was one at all. ``decode`` writes one space between tokens, except before closing punctuation.

    Args:
        words: the known words and punctuation marks, each once.
        unknown: the token that stands for a word that is not known.
        special_tokens: tokens found in the text as they are written, before it is split into words; where several
            fit at one place, the longest one. ``unknown`` is found in this way too.

    Raises:
        ValueError: an empty or a doubled entry, or a word that could never be found, such as ``"two words"``.
    """

    def __init__(self, words: Iterable[str], unknown: str = "<unk>", special_tokens: Iterable[str] = ()) -> None:
        self.unknown = unknown
        self.special_tokens = tuple(special_names(special_tokens))
        self._special = special_pattern((unknown, *self.special_tokens))
        self.words = [unknown, *self.special_tokens]
        for word in words:
            if split_words(word) != [word]:
                raise ValueError(f"{word!r} is not one word or punctuation mark: it reads as {split_words(word)}")
            self.words.append(word)
        self._id_of = {word: i for i, word in enumerate(self.words)}
        if len(self._id_of) < len(self.words):
            word, times = Counter(self.words).most_common(1)[0]
            raise ValueError(f"{word!r} is {times} times in the vocabulary; each word may be there once")

    @classmethod
    def train(cls, text: str, vocab_size: int, special_tokens: Iterable[str] = ()) -> WordTokenizer:
        """Keep the most frequent words of a text; of equally frequent ones, the first in alphabetical order.

        Args:
            text: where to count.
            vocab_size: how many ids at most, the unknown token and the special tokens included.
            special_tokens: as for the class. They are not counted as words.

        Raises:
            ValueError: a ``vocab_size`` too small for the unknown and special tokens.
        """
        tokenizer = cls((), special_tokens=special_tokens)
        room = vocab_size - tokenizer.vocab_size
        if room < 0:
            raise ValueError(
                f"vocab_size {vocab_size} has no room for {tokenizer.words}; {len(tokenizer.words)} is least"
            )
        counts = Counter(word for word in tokenizer._tokens(text) if word not in tokenizer._id_of)
        frequent_first = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(frequent_first[:room], special_tokens=special_tokens)

    @property
    def vocab_size(self) -> int:
        """Number of ids."""
        return len(self.words)

    def _tokens(self, text: str) -> list[str]:
        tokens, end = [], 0
        for match in self._special.finditer(text):
            tokens += [*split_words(text[end : match.start()]), match.group()]
            end = match.end()
        return tokens + split_words(text[end:])

    def encode(self, text: str) -> list[int]:
        """One id for each word, punctuation mark or special token; 0 for what is not known."""
        return [self._id_of.get(token, 0) for token in self._tokens(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The tokens with spaces between them; see the class for what is lost.

        Raises:
            ValueError: an id outside ``0 .. vocab_size - 1``.
        """
        text = ""
        for i in map(index, ids):
            if not 0 <= i < self.vocab_size:
                raise ValueError(f"id {i} is not in 0 .. {self.vocab_size - 1}, the ids of this tokenizer")
            space = " " if text and self.words[i] not in _JOINED_TO_THE_LEFT else ""
            text += space + self.words[i]
        return text

"""The simplest tokenizer: one id for each character."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index


class CharacterTokenizer:
    """Numbers the characters of an alphabet ``0 .. vocab_size - 1``.

    A small vocabulary and nothing lost, at the price of long sequences, and of an error for a character that the
    alphabet lacks.

    Args:
        characters: the alphabet; the position of a character is its id.

    Raises:
        ValueError: an empty alphabet, an entry that is not one character, or the same character twice.
    """

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = list(characters)
        self._id_of: dict[str, int] = {}
        for i, character in enumerate(self.characters):
            if not isinstance(character, str) or len(character) != 1:
                raise ValueError(f"entry {i} of the alphabet is {character!r}, which is not one character")
            if character in self._id_of:
                raise ValueError(f"{character!r} is twice in the alphabet: {self._id_of[character]} and {i}")
            self._id_of[character] = i
        if not self.characters:
            raise ValueError("an alphabet needs at least one character; this one is empty")

    @classmethod
    def train(cls, text: str) -> CharacterTokenizer:
        """The tokenizer whose alphabet is the characters of ``text``, in the order of their code points."""
        return cls(sorted(set(text)))

    @property
    def vocab_size(self) -> int:
        """Number of ids."""
        return len(self.characters)

    def encode(self, text: str) -> list[int]:
        """One id for each character.

        Raises:
            ValueError: a character that is not in the alphabet.
        """
        try:
            return [self._id_of[character] for character in text]
        except KeyError as error:
            unknown = error.args[0]
        alphabet = "".join(self.characters[:100]) + ("..." if self.vocab_size > 100 else "")
        raise ValueError(
            f"character {text.index(unknown)} of the text is {unknown!r}, "
            f"which is not among the {self.vocab_size} characters of this tokenizer: {alphabet!r}"
        )

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids; ``decode(encode(text)) == text``.

        Args:
            ids: a list or a 1-D tensor of ids.

        Raises:
            ValueError: an id outside ``0 .. vocab_size - 1``.
        """
        characters = []
        for i in map(index, ids):
            if not 0 <= i < self.vocab_size:
                raise ValueError(f"id {i} is not in 0 .. {self.vocab_size - 1}, the ids of this tokenizer")
            characters.append(self.characters[i])
        return "".join(characters)

r"""GPT-2's two files: ``vocab.json`` (token -> id) and ``merges.txt`` (one merge a line, its parts apart by a space).

Tokens are bytes and these files are text, so GPT-2 writes each byte as a visible character. Bytes that are a visible
character in Latin-1 stand for themselves. The other 68 (control signs, space, and so on) become the characters from
U+0100 on, in order: space, byte 32, is the 33rd of them and becomes ``Ġ``, U+0120; newline becomes ``Ċ``, U+010A.
A space in ``merges.txt`` is then always the border between two tokens.

Special tokens stand in ``vocab.json`` as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ..whole_files import write_whole
from .bpe import BPETokenizer
from .special_tokens import special_names


def byte_to_character() -> dict[int, str]:
    """GPT-2's visible character for each byte."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    characters = {byte: chr(byte) for byte in visible}
    for byte in range(256):
        if byte not in visible:
            characters[byte] = chr(0x100 + len(characters) - len(visible))
    return characters


_CHARACTER_OF = byte_to_character()
_BYTE_OF = {character: byte for byte, character in _CHARACTER_OF.items()}


def spell(token: bytes) -> str:
    """A token in visible characters: ``b" the"`` is ``"Ġthe"``."""
    return "".join(_CHARACTER_OF[byte] for byte in token)


def unspell(spelled: str) -> bytes:
    """The token that is spelled so.

    Raises:
        ValueError: a character that stands for no byte.
    """
    try:
        return bytes(_BYTE_OF[character] for character in spelled)
    except KeyError as error:
        raise ValueError(f"{error} in {spelled!r} stands for no byte in GPT-2's files") from None


def read_gpt2_files(
    vocab_path: str | Path, merges_path: str | Path, special_tokens: Iterable[str] = ()
) -> BPETokenizer:
    """Read a tokenizer from ``vocab.json`` and ``merges.txt``.

    Args:
        vocab_path: the vocabulary.
        merges_path: the merges; a first line that begins with ``#version`` is skipped.
        special_tokens: those entries of the vocabulary that are special: ``["<|endoftext|>"]`` for GPT-2.

    Raises:
        ValueError: files that are not what they should be, or that do not fit together; an entry that is neither a
            byte, nor made by a merge, nor named as special.
    """
    try:
        entries = json.loads(Path(vocab_path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{vocab_path} is not a JSON file: {error}") from error
    if not isinstance(entries, dict) or not all(type(i) is int for i in entries.values()):
        raise ValueError(f"{vocab_path} must be an object that maps tokens to ids")
    if sorted(entries.values()) != list(range(len(entries))):
        raise ValueError(f"{vocab_path} must use the ids 0 .. {len(entries) - 1}, one for each of its tokens")
    names = special_names(special_tokens)
    for name in names:
        if name not in entries:
            raise ValueError(f"{vocab_path} has no token {name!r} that could be special")
    by_id = sorted(entries, key=entries.__getitem__)
    vocabulary = [token.encode() if token in names else unspell(token) for token in by_id]
    return BPETokenizer(vocabulary, _read_merges(Path(merges_path)), {name: entries[name] for name in names})


def _read_merges(path: Path) -> list[tuple[bytes, bytes]]:
    merges = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line or (number == 1 and line.startswith("#version")):
            continue
        parts = line.split(" ")
        if len(parts) != 2 or not all(parts):
            raise ValueError(f"line {number} of {path} is {line!r}, not two tokens with one space between them")
        merges.append((unspell(parts[0]), unspell(parts[1])))
    return merges


def write_gpt2_files(tokenizer: BPETokenizer, folder: str | Path) -> tuple[Path, Path]:
    """Write ``vocab.json`` and ``merges.txt`` into a folder, which is made if need be.

    Returns:
        The paths of the two files.

    Raises:
        ValueError: a special token that is written like another token.
    """
    folder = Path(folder)
    special_at = {i: name for name, i in tokenizer.special_tokens.items()}
    entries: dict[str, int] = {}
    for i in range(tokenizer.vocab_size):
        spelled = special_at[i] if i in special_at else spell(tokenizer.vocabulary[i])
        if entries.setdefault(spelled, i) != i:
            raise ValueError(f"tokens {entries[spelled]} and {i} are both written {spelled!r} in vocab.json")
    folder.mkdir(parents=True, exist_ok=True)
    vocab_path, merges_path = folder / "vocab.json", folder / "merges.txt"
    write_whole(vocab_path, json.dumps(entries, ensure_ascii=False))
    lines = [f"{spell(left)} {spell(right)}" for left, right in tokenizer.merges]
    write_whole(merges_path, "\n".join(["#version: 0.2", *lines, ""]))
    return vocab_path, merges_path

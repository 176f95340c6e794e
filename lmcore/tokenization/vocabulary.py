"""What each id means: every id from 0 to the last one is one token, and every token has one id."""

from __future__ import annotations

from collections.abc import Collection


def token_of_each_id(vocabulary: list[bytes], made: Collection[bytes], special_tokens: dict[str, int]) -> list[bytes]:
    """The bytes of every id, special tokens included.

    Args:
        vocabulary: the bytes of the ids from 0.
        made: the tokens that must be in it: the single bytes and the results of merges.
        special_tokens: token -> id, within the vocabulary or after it.

    Raises:
        ValueError: an entry that is not bytes or is there twice, one that is missing or that nothing explains, and
            ids that are taken, negative, or beyond a gap.
    """
    first_id: dict[bytes, int] = {}
    for i, token in enumerate(vocabulary):
        if not isinstance(token, bytes) or not token:
            raise ValueError(f"entry {i} of the vocabulary is {token!r}; it must be bytes, at least one")
        if first_id.setdefault(token, i) != i:
            raise ValueError(f"{token!r} is twice in the vocabulary, as {first_id[token]} and as {i}")
        if token not in made and special_tokens.get(token.decode(errors="replace")) != i:
            raise ValueError(
                f"entry {i} of the vocabulary, {token!r}, is no byte and no merge makes it; "
                "if it is a special token, name it in special_tokens"
            )
    for token in made:
        if token not in first_id:
            raise ValueError(f"{token!r} is a byte or the result of a merge and is not in the vocabulary")
    tokens = dict(enumerate(vocabulary))
    for name, i in special_tokens.items():
        if type(i) is not int or i < 0:
            raise ValueError(f"special token {name!r} has the id {i!r}; an id is an int from 0")
        if tokens.setdefault(i, name.encode()) != name.encode():
            raise ValueError(f"special token {name!r} has the id {i}, which is that of {tokens[i]!r}")
    size = len(tokens)
    if max(tokens) != size - 1:
        raise ValueError(f"id {max(tokens)} follows a gap: {size} tokens have the ids 0 .. {size - 1}")
    return [tokens[i] for i in range(size)]

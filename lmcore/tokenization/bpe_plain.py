"""Byte-pair encoding as it is explained: count all pairs, merge the most frequent one, begin again.

Text becomes UTF-8 bytes, so 256 tokens can write anything. Training adds tokens, each the union of two earlier ones
that often stand side by side. Encoding repeats the merges in the order in which they were learnt.

This form is for reading. ``bpe_training`` and ``bpe`` give the same answers much sooner.

Sources: Sennrich, Haddow and Birch (2016), section 3.2; on bytes: Radford et al. (2019), section 2.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from operator import index

from .pretokenization import pretokenize, refuse_surrogates

Pair = tuple[int, int]


def count_pairs(words: Mapping[tuple[int, ...], int]) -> dict[Pair, int]:
    """How often each pair of neighbouring tokens occurs.

    Every position counts, overlapping ones too: the word ``(7, 7, 7)`` holds the pair ``(7, 7)`` twice.

    Args:
        words: for each word, as token ids, how often it occurs.

    Returns:
        For each pair that occurs, how often it does.
    """
    counts: dict[Pair, int] = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = counts.get(pair, 0) + times
    return counts


def merge_pair(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """Write ``new_id`` in place of each occurrence of a pair, from left to right, never using a token twice.

    Args:
        ids: token ids; not changed.
        pair: two ids.
        new_id: the id of their union.

    Returns:
        A new list. Merging ``(7, 7)`` in ``[7, 7, 7]`` into 9 gives ``[9, 7]``.
    """
    merged = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def train_plain(text: str, vocab_size: int) -> list[tuple[bytes, bytes]]:
    r"""Learn merges: as long as the vocabulary is too small, merge the most frequent pair of the text.

    .. math:: (a, b) = \arg\max_{(a, b)} \sum_{\text{words } w} \text{count}(w) \cdot
              |\{i : w_i = a,\ w_{i+1} = b\}|

    Of equally frequent pairs, the greatest one as a pair of byte strings wins, so that the result is unique.

    Args:
        text: where to count.
        vocab_size: number of tokens wanted: the 256 bytes, and a merge for each one beyond.

    Returns:
        The merges in the order in which they were learnt, each as the bytes of its two parts. There are fewer than
        ``vocab_size - 256`` if at some moment no word has two tokens left.

    Raises:
        ValueError: ``vocab_size`` below 256, or a lone surrogate in the text.
    """
    refuse_surrogates(text)
    if vocab_size < 256:
        raise ValueError(f"vocab_size {vocab_size} is below 256: every byte needs a token")
    token_bytes = [bytes([byte]) for byte in range(256)]
    words = dict(Counter(tuple(piece.encode()) for piece in pretokenize(text)))
    merges = []
    while len(token_bytes) < vocab_size:
        counts = count_pairs(words)
        if not counts:
            break
        best = max(counts, key=lambda pair: (counts[pair], token_bytes[pair[0]], token_bytes[pair[1]]))
        left, right = token_bytes[best[0]], token_bytes[best[1]]
        new_id = len(token_bytes)
        words = {tuple(merge_pair(word, best, new_id)): times for word, times in words.items()}
        token_bytes.append(left + right)
        merges.append((left, right))
    return merges


def encode_plain(text: str, merges: Sequence[tuple[bytes, bytes]]) -> list[int]:
    """Cut a text into pieces, and in each piece apply the earliest merge that fits until none does.

    Args:
        text: any text.
        merges: as ``train_plain`` returns them.

    Returns:
        Token ids: ``0 .. 255`` are bytes, ``256 + i`` is the result of merge ``i``.

    Raises:
        ValueError: a lone surrogate in the text.
    """
    refuse_surrogates(text)
    token_bytes = _token_bytes(merges)
    id_of = {token: i for i, token in enumerate(token_bytes)}
    new_id = {(id_of[left], id_of[right]): 256 + rank for rank, (left, right) in enumerate(merges)}
    encoded = []
    for piece in pretokenize(text):
        ids = list(piece.encode())
        while candidates := [pair for pair in pairwise(ids) if pair in new_id]:
            earliest = min(candidates, key=new_id.__getitem__)
            ids = merge_pair(ids, earliest, new_id[earliest])
        encoded += ids
    return encoded


def decode_plain(ids: Iterable[int], merges: Sequence[tuple[bytes, bytes]]) -> str:
    """Join the tokens' bytes and read them as UTF-8; bytes that are not UTF-8 become U+FFFD.

    Raises:
        ValueError: an id outside ``0 .. 255 + len(merges)``.
    """
    token_bytes = _token_bytes(merges)
    ids = list(map(index, ids))
    for i in ids:
        if not 0 <= i < len(token_bytes):
            raise ValueError(f"id {i} is not in 0 .. {len(token_bytes) - 1}, the ids of these merges")
    return b"".join(token_bytes[i] for i in ids).decode(errors="replace")


def _token_bytes(merges: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    return [bytes([byte]) for byte in range(256)] + [left + right for left, right in merges]

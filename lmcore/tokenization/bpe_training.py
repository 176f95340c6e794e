r"""The fast BPE trainer: the same merges as ``bpe_plain.train_plain``, about as soon as a compiled trainer has them.

The plain trainer counts all pairs of the text again for every merge. Three ideas save nearly all of that:

1. **Count first.** A text has far fewer different words than words. Chunks (see ``pretokenization``) are counted with
   the cheap pattern, and the true one runs once for each *different* chunk.
2. **Change only what changes.** The counts of all pairs are kept, with a list of the words that hold each pair. A
   merge visits those words alone and corrects the counts of the pairs that it breaks and makes.
3. **A heap that may be wrong.** The most frequent pair comes from a heap. A count that falls is not corrected there:
   when its entry comes to the top, it goes back in with the true count. No count rises later, since every merge makes
   pairs only with its own new token. So an entry is never too small, and the first true one is the greatest.

A word is a string with one character for each token: Python's ``str.replace`` then does a merge at the speed of C.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush, heapreplace
from operator import add

from .bpe_merging import MOST_TOKENS
from .pretokenization import pretokenize, refuse_surrogates, split_chunks

_COMPLEMENT = bytes(range(255, -1, -1))


def train_merges(
    texts: str | Iterable[str], vocab_size: int, progress: Callable[[int, int], None] | None = None
) -> list[tuple[bytes, bytes]]:
    """Learn the merges of byte-level BPE.

    Args:
        texts: a text, or an iterable of texts. No word reaches from one text into the next one.
        vocab_size: 256 for the bytes, plus the number of merges; at most ``MOST_TOKENS``.
        progress: called with (merges learnt, merges wanted) after each merge.

    Returns:
        The merges in order, exactly those of ``train_plain``: of equally frequent pairs the greatest pair of byte
        strings wins, and learning stops early when no word has two tokens left.

    Raises:
        ValueError: ``vocab_size`` outside ``256 .. MOST_TOKENS``, or a lone surrogate in a text.
    """
    if not 256 <= vocab_size <= MOST_TOKENS:
        raise ValueError(f"vocab_size is {vocab_size}; it can be from 256 (the bytes) to {MOST_TOKENS}")
    counted = _count_words([texts] if isinstance(texts, str) else texts)
    words = [piece.encode().decode("latin-1") for piece in counted]  # byte 65 is the character chr(65)
    times = list(counted.values())

    counts: defaultdict[str, int] = defaultdict(int)
    holders: defaultdict[str, list[int]] = defaultdict(list)  # pair -> words; some may have lost it since
    for i, word in enumerate(words):
        for pair in map(add, word, word[1:]):
            counts[pair] += times[i]
            holders[pair].append(i)

    tokens = [bytes([byte]) for byte in range(256)]
    reversed_order = [_reversed_order(token) for token in tokens]

    def entry(pair: str) -> tuple[int, str, str]:
        left, right = map(ord, pair)
        return -counts[pair], reversed_order[left] + reversed_order[right], pair

    heap = [entry(pair) for pair in counts]
    heapify(heap)
    merges: list[tuple[bytes, bytes]] = []
    while heap and len(tokens) < vocab_size:
        negative, _, pair = heap[0]
        if counts[pair] < -negative:
            if counts[pair]:
                heapreplace(heap, entry(pair))
            else:
                heappop(heap)
            continue
        heappop(heap)
        left, right = (tokens[ord(symbol)] for symbol in pair)
        new = chr(len(tokens))
        merges.append((left, right))
        tokens.append(left + right)
        reversed_order.append(_reversed_order(left + right))
        for made in _merge_everywhere(pair, new, words, times, counts, holders):
            heappush(heap, entry(made))
        if progress:
            progress(len(merges), vocab_size - 256)
    return merges


def _count_words(texts: Iterable[str]) -> Counter[str]:
    chunks: Counter[str] = Counter()
    for text in texts:
        refuse_surrogates(text)
        for some in split_chunks(text):
            chunks.update(some)
    words: Counter[str] = Counter()
    for chunk, times in chunks.items():
        for piece in pretokenize(chunk):
            words[piece] += times
    return words


def _reversed_order(token: bytes) -> str:
    """A string that is smaller, the greater the token is: Python's heap gives the smallest entry first.

    Each byte becomes 255 minus itself. The sign at the end is greater than all of them, so that a token comes after
    the longer ones that begin with it.
    """
    return token.translate(_COMPLEMENT).decode("latin-1") + "\u0100"


def _merge_everywhere(
    pair: str,
    new: str,
    words: list[str],
    times: list[int],
    counts: defaultdict[str, int],
    holders: defaultdict[str, list[int]],
) -> set[str]:
    """Merge a pair in all words, correct the counts, and return the pairs that came to be."""
    first, second = pair
    made: set[str] = set()
    for i in holders.pop(pair):
        word = words[i]
        at = word.find(pair)
        if at < 0:  # an earlier merge took it away, or this word is in the list twice
            continue
        merged = words[i] = word.replace(pair, new)
        n = times[i]
        if len(merged) == len(word) - 1:
            # One occurrence, the usual case: only the pairs with its two neighbours change. (The count of the pair
            # itself has no more use: it never comes back.)
            fresh = []
            if at > 0:
                counts[word[at - 1] + first] -= n
                fresh.append(word[at - 1] + new)
            if at + 1 < len(merged):
                counts[second + merged[at + 1]] -= n
                fresh.append(new + merged[at + 1])
        else:
            for old in map(add, word, word[1:]):
                counts[old] -= n
            fresh = []
            for kept in map(add, merged, merged[1:]):
                if new in kept:
                    fresh.append(kept)
                else:
                    counts[kept] += n
        for found in fresh:
            counts[found] += n
            holders[found].append(i)
        made.update(fresh)
    return made

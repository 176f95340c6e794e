"""What the tasks forbid, and plain parts that misconceptions and alternatives are built from; no probe uses them."""

import re
from collections import Counter
from itertools import pairwise

import regex

# The tokenizers of others, which learners may compare with.
TOKENIZERS = ("tiktoken", "tokenizers")

PIECE = regex.compile(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def pretokenize(text):
    return PIECE.findall(text)


def _words(text):
    return Counter(tuple(piece.encode()) for piece in pretokenize(text))


def _pairs(words):
    counts = Counter()
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] += times
    return counts


def _merged(ids, pair, new):
    out = []
    for i in ids:
        if out and (out[-1], i) == pair:
            out[-1] = new
        else:
            out.append(i)
    return tuple(out)


def _merged_but_the_last(ids, pair, new):
    """What a merge_pair gives that loses the last id when it is not merged."""
    out = _merged(ids, pair, new)
    return out[:-1] if out and out[-1] == ids[-1] else out


def _best(counts, vocabulary):
    return max(counts, key=lambda pair: (counts[pair], vocabulary[pair[0]], vocabulary[pair[1]]))


def _learn(words, steps, choose=_best, enough=lambda counts: not counts, merge=_merged):
    vocabulary = [bytes([byte]) for byte in range(256)]
    merges = []
    for _ in range(steps):
        counts = _pairs(words)
        if enough(counts):
            break
        left, right = choose(counts, vocabulary)
        words = {merge(word, (left, right), len(vocabulary)): times for word, times in words.items()}
        merges.append((vocabulary[left], vocabulary[right]))
        vocabulary.append(vocabulary[left] + vocabulary[right])
    return merges


def _refuse_below_256(vocab_size):
    if vocab_size < 256:
        raise ValueError(f"vocab_size {vocab_size} is below 256")


def _ids(parts, merges):
    number = {bytes([byte]): byte for byte in range(256)}
    number.update((left + right, 256 + i) for i, (left, right) in enumerate(merges))
    return [number[part] for part in parts]


def _bytes_of(text):
    return [bytes([byte]) for byte in text.encode()]


def _encode_piece(piece, merges):
    parts = _bytes_of(piece)
    for pair in merges:
        parts = _merged(parts, pair, pair[0] + pair[1])
    return _ids(parts, merges)


def _encode(text, merges):
    return [i for piece in pretokenize(text) for i in _encode_piece(piece, merges)]


def _tokens(merges):
    return [bytes([byte]) for byte in range(256)] + [left + right for left, right in merges]


def _spelled(ids, merges):
    if any(not 0 <= i < 256 + len(merges) for i in ids):
        raise ValueError("no such id")
    tokens = _tokens(merges)
    return [tokens[i] for i in ids]


def _split(text, special_tokens):
    """Split at special tokens; of those that begin at one place, the one named first is taken."""
    pattern = "|".join(map(re.escape, special_tokens)) or "(?!)"
    return [piece for piece in re.split(f"({pattern})", text) if piece]


def _longest_first(special_tokens):
    return sorted(special_tokens, key=len, reverse=True)


def _encode_up_to(border, chunks, merges, rest=True):
    """Encode a stream up to the last place where a pattern is found, and hold back what follows it."""
    held = ""
    for chunk in chunks:
        held += chunk
        places = [found.start() for found in re.finditer(border, held) if found.start()]
        if places:
            yield from _encode(held[: places[-1]], merges)
            held = held[places[-1] :]
    if rest:
        yield from _encode(held, merges)

"""Plain parts that references, misconceptions and alternatives are built from; no probe uses them."""

import heapq
import math


def _refuse_below_1(n):
    if n < 1:
        raise ValueError(f"n is {n}; an n-gram holds at least one token, the one that is predicted")


def _ngrams(tokens, n):
    """(past, token) for every token of a text that has n - 1 others before it."""
    return [(tuple(tokens[t - n + 1 : t]), tokens[t]) for t in range(n - 1, len(tokens))]


def _tallied(ngrams):
    counts = {}
    for past, token in ngrams:
        followers = counts.setdefault(past, {})
        followers[token] = followers.get(token, 0) + 1
    return counts


def _refuse_negative(k):
    if k < 0:
        raise ValueError(f"k is {k}; nothing can have been seen less than 0 times")


def _shares(weights):
    """Weights divided by their sum; equal shares where there is nothing to share out."""
    total = sum(weights)
    return [weight / total if total else 1 / len(weights) for weight in weights]


def _weights(times, vocab_size, k):
    return [times.get(token, 0) + k for token in range(vocab_size)]


def _pasts(text, n, pad):
    """The n - 1 tokens before each token of a text, filled up with pad."""
    padded = [pad] * (n - 1) + list(text)
    return [tuple(padded[t : t + n - 1]) for t in range(len(text))]


def _bits(p):
    return -math.log2(p) if p else math.inf


def _mean(numbers):
    if not numbers:
        raise ValueError("no surprise, no mean")
    return math.fsum(numbers) / len(numbers)


def _refuse_unit(unit):
    if unit not in ("bits", "nats"):
        raise ValueError(f"unit is {unit!r}; it can be bits or nats")


def _refuse_lengths(p, q):
    if len(p) != len(q):
        raise ValueError(f"{len(p)} probabilities and {len(q)} beliefs do not fit")


def _refuse_strength(k):
    if k <= 0:
        raise ValueError(f"k is {k}; it must be above 0")


def _leaned(times, lower, k):
    """The distribution after one past: its counts, and k tokens handed out as the shorter past would."""
    total = sum(times.values())
    return [(times.get(token, 0) + k * p) / (total + k) for token, p in enumerate(lower)]


def _depths(p, sign=1, sides=2):
    """How often each possible thing is put together with others: the two lightest piles first, or the heaviest (sign -1)."""
    heap = [(sign * weight, i, [i]) for i, weight in enumerate(p) if weight > 0]
    heapq.heapify(heap)
    depths = [0] * len(p)
    while len(heap) > 1:
        one, _, things = heapq.heappop(heap)
        other, number, others = heapq.heappop(heap)
        for thing in things + (others if sides == 2 else []):
            depths[thing] += 1
        heapq.heappush(heap, (one + other, number, things + others))
    return depths

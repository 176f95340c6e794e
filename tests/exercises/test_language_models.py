"""The references in language-models' tasks files, against the course's own n-grams, torch and Python."""

import math
import random
from pathlib import Path

import pytest
import torch

from lmcore.ngrams import BigramModel, NGramModel
from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]
SIZE = 7


@pytest.fixture(scope="module")
def reference():
    tasks = load("language-models", ROOT).tasks
    return lambda name: tasks[name].reference


@pytest.fixture
def text():
    chance = random.Random(1)
    return [chance.randrange(1, SIZE) for _ in range(300)]


@pytest.mark.parametrize("k", [0, 0.3, 2])
def test_smoothed_counts_are_the_rows_of_the_bigram_model(reference, text, k):
    counts = reference("count_ngrams")([text], 2, 0)
    model = BigramModel.train([0, *text], SIZE, smoothing=k)
    for token in range(SIZE):
        row = reference("smoothed")(counts.get((token,), {}), SIZE, k)
        assert row == pytest.approx(model.probabilities[token].tolist())


def test_interpolated_is_the_probability_of_the_ngram_model(reference, text):
    k, ours = 0.7, reference("interpolated")
    model = NGramModel.train(text, SIZE, 3, strength=k)
    counts = {}
    for (past, token), times in model.counts.items():
        counts.setdefault(past, {})[token] = times
    for past in [(), (1,), (2, 3), (5, 5), (0, 1), (0, 0)]:
        wanted = [model.probability(past, token) for token in range(SIZE)]
        assert ours(counts, past, SIZE, k) == pytest.approx(wanted)
        assert sum(wanted) == pytest.approx(1)


def test_counts_inside_a_text_are_the_ngram_models(reference, text):
    # At the start of a text the model has shorter pasts, the reference pads.
    model = NGramModel.train(text, SIZE, 3)
    counts = reference("count_ngrams")([text], 3, 0)
    inside = {(past, token): n for past, row in counts.items() if 0 not in past for token, n in row.items()}
    assert inside == {key: n for key, n in model.counts.items() if len(key[0]) == 2}
    assert sum(n for row in counts.values() for n in row.values()) == len(text)


def test_surprises_and_perplexity_are_the_bigram_models(reference, text):
    model = BigramModel.train([0, *text], SIZE, smoothing=0.5)
    bits = reference("surprises")(text, lambda past: model.probabilities[past[0]].tolist(), 2, 0)
    assert -sum(bits) * math.log(2) == pytest.approx(model.log_prob([0, *text]))
    assert reference("perplexity")(bits) == pytest.approx(model.perplexity([0, *text]))
    nats = [surprise * math.log(2) for surprise in bits]
    assert reference("perplexity")(nats, "nats") == pytest.approx(model.perplexity([0, *text]))


def test_cross_entropy_is_torchs(reference):
    p, q = torch.rand(9, dtype=torch.float64), torch.rand(9, dtype=torch.float64)
    p, q = p / p.sum(), q / q.sum()
    nats = torch.nn.functional.cross_entropy(q.log()[None], p[None]).item()
    assert reference("cross_entropy")(p.tolist(), q.tolist()) == pytest.approx(nats / math.log(2))


def test_what_is_drawn_is_what_pythons_choices_draw(reference):
    p = [0.2, 0.05, 0.4, 0.35]
    ours, theirs = random.Random(3), random.Random(3)
    drawn = [reference("draw")(p, ours) for _ in range(500)]
    assert drawn == theirs.choices(range(4), p, k=500)


def test_code_lengths_make_a_code_within_one_flash_of_the_entropy(reference):
    chance = random.Random(4)
    for size in range(2, 40):
        weights = [chance.random() ** 3 + 1e-3 for _ in range(size)]
        p = [weight / sum(weights) for weight in weights]
        lengths = reference("code_lengths")(p)
        assert sum(2.0**-length for length in lengths) == 1  # no signal could be shorter, and none begins another
        mean = sum(share * length for share, length in zip(p, lengths, strict=True))
        entropy = reference("cross_entropy")(p, p)
        assert entropy <= mean < entropy + 1


@pytest.mark.parametrize("p", [[0.05, 0.4, 0.25, 0.3], [0.2, 0.3, 0.22, 0.28]])
def test_of_all_codes_none_is_shorter(reference, p):
    lengths = reference("code_lengths")(p)
    best = min(
        sum(share * length for share, length in zip(p, [a, b, c, d], strict=True))
        for a in range(1, 5)
        for b in range(1, 5)
        for c in range(1, 5)
        for d in range(1, 5)
        if 2.0**-a + 2.0**-b + 2.0**-c + 2.0**-d <= 1
    )
    assert sum(share * length for share, length in zip(p, lengths, strict=True)) == pytest.approx(best)

"""The references that stand in evaluation's tasks files, against sacrebleu, rouge-score and lmcore."""

import random
from pathlib import Path

import pytest
import torch
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU

from lmcore.evaluation import TokenScores, bleu_statistics
from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def reference():
    tasks = load("evaluation", ROOT).tasks
    return lambda name: tasks[name].reference


@pytest.fixture
def corpus():
    """Hypotheses, and two references for each: the first has many of its words, the second few."""
    chance = random.Random(3)
    words = ["there", "is", "more", "story", "than", "oil", "and", "Lamp,", "lamp"]
    texts = [[chance.choices(words, k=chance.randint(5, 14)) for _ in range(2)] for _ in range(20)]
    changed = [[word if chance.random() < 0.8 else "wine" for word in first[:-1]] for first, _ in texts]
    return [" ".join(said) for said in changed], [[" ".join(words) for words in pair] for pair in texts]


class SplitAtSpaces:
    def tokenize(self, text):
        return text.split()


def test_bleu_is_sacrebleus_without_smoothing_and_with_words_as_they_stand(reference, corpus):
    hypotheses, references = corpus
    oracle = BLEU(smooth_method="none", tokenize="none")
    wanted = oracle.corpus_score(hypotheses, list(zip(*references, strict=True))).score
    assert wanted > 1
    assert reference("bleu")(hypotheses, references) == pytest.approx(wanted)


def test_clipped_matches_are_the_counts_that_bleu_is_made_of(reference, corpus):
    for hypothesis, references in zip(*corpus, strict=True):
        _, _, *counts = bleu_statistics(hypothesis, references, tokenize=str.split).tolist()
        got = [reference("clipped_matches")(hypothesis, references, n) for n in range(1, 5)]
        assert [*(m for m, _ in got), *(t for _, t in got)] == counts


@pytest.mark.parametrize(("task", "kind"), [("rouge_n", "rouge1"), ("rouge_n", "rouge2"), ("rouge_l", "rougeL")])
def test_rouge_is_rouge_scores_with_words_as_they_stand(reference, corpus, task, kind):
    oracle = RougeScorer([kind], tokenizer=SplitAtSpaces())
    order = () if task == "rouge_l" else (int(kind[-1]),)
    for hypothesis, references in zip(*corpus, strict=True):
        wanted = oracle.score_multi(references, hypothesis)[kind]
        assert reference(task)(hypothesis, references, *order) == pytest.approx(tuple(wanted))


def test_perplexity_and_bits_are_those_of_scored_tokens(reference):
    nats = 4 * torch.rand(30, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    scores = TokenScores(nats, nats < 1)
    wanted = scores.perplexity, scores.bits_per_character("ночь 🙂")
    assert reference("perplexity_and_bits")(-nats, "ночь 🙂") == pytest.approx(wanted)

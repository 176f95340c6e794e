"""Plain parts that misconceptions and alternatives are built from; no probe uses them."""

import math

import torch


def _positive(value):
    if not 0 < value < math.inf:
        raise ValueError(f"{value} is not a finite number above 0")


def _chosen_or_refused(logits):
    """The largest logit of each row, all finite."""
    largest = logits.amax(-1)
    if not largest.isfinite().all():
        raise ValueError(f"nothing can be chosen where the largest logit is {largest.tolist()}")
    return largest


def _k_checked(k):
    if k < 1:
        raise ValueError(f"k is {k}; it must be at least 1")


def _p_checked(p):
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}; it must be above 0 and at most 1")


def _one_for_each(logits, generators):
    if len(logits) != len(generators):
        raise ValueError(f"{len(generators)} generators for {len(logits)} rows")


def _needles(generators):
    return torch.cat([torch.rand(1, generator=generator, dtype=torch.float64) for generator in generators])


def _ends(logits):
    """Where each token's part of the line ends; the last one ends at 1."""
    ends = logits.double().softmax(-1).cumsum(-1)
    return ends / ends[:, -1:]


def _fitting(model, prompt, max_new_tokens):
    """The prompt as a new list, where it and what is to come fit the model."""
    if len(prompt) == 0:
        raise ValueError("the prompt has 0 ids; 1 is least")
    if len(prompt) + max_new_tokens > model.config.context:
        raise ValueError(f"{len(prompt)} and {max_new_tokens} tokens are more than {model.config.context}")
    return list(prompt)


def _score_of(total, count, length_penalty):
    return total / count**length_penalty


def _log_probabilities(model, texts):
    """ln p of every token to come next after each text: (texts, vocab)."""
    with torch.no_grad():
        return model(torch.tensor(texts))[:, -1].double().log_softmax(-1)

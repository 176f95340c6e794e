r"""Beam search: look for the likeliest whole text, not for the likeliest next token.

Several unfinished texts, the beams, are kept and lengthened side by side. ``beam_search_plain`` reads every text anew
at each step; ``beam_search`` does the same with a cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from .decoding import check_end, check_lengths, evaluation_mode, step_with


@dataclass(frozen=True)
class Hypothesis:
    """A text that beam search found.

    Attributes:
        ids: the new tokens, without the end-of-text token.
        ended: ``"end"``, with an end-of-text token, or ``"length"``, because no more tokens were asked for.
        log_probability: of all new tokens, the end-of-text token included, in nats.
        score: that, divided by a power of their number.
    """

    ids: list[int]
    ended: str
    log_probability: float
    score: float


def beam_search(
    model: nn.Module,
    prompt: Sequence[int] | torch.Tensor,
    max_new_tokens: int,
    beams: int,
    *,
    end: int | Sequence[int] = (),
    length_penalty: float = 1.0,
    num_return: int = 1,
) -> list[Hypothesis]:
    r"""The best continuations that a beam of this width finds.

    .. math:: \text{score} = \frac{\sum_{t=1}^{n} \log p(y_t \mid y_{<t})}{n^\alpha}

    n counts the new tokens, an end-of-text token included, and not the prompt's. This is transformers' normalisation;
    Wu et al. divide by :math:`((5 + n) / 6)^\alpha`.

    At each step every unfinished text is continued by every token. Of all these the ``beams`` likeliest that do not end
    go on; one that ends is kept if it is among the ``beams`` likeliest. The search is over when ``beams`` texts have
    ended and the likeliest unfinished one, scored as if it ended here, is no better than the worst of them. This is
    transformers' ``early_stopping=False``. With a positive penalty a longer text might still have become better:
    the rule is a heuristic.

    Args:
        model: such as ``GPT`` or ``Llama``. It is used in evaluation mode, and left in the mode in which it was.
        prompt: ids ``(time,)``, at least one.
        max_new_tokens: at most how many tokens to write, an end-of-text token included; at least 1.
        beams: the number of unfinished texts, at least 1. 1 without ``end`` is greedy writing.
        end: id or ids after which a text is over.
        length_penalty: alpha. 0 compares probabilities; above 0 favours longer texts, below 0 shorter ones.
        num_return: how many of the texts to return, at most ``beams``.

    Returns:
        The best texts, best first. Fewer than ``num_return`` where there are not as many.

    Raises:
        ValueError: an empty prompt, one that together with ``max_new_tokens`` is longer than the model's context,
            sizes below 1, more texts than beams, an ``end`` outside the vocabulary, a penalty that is not finite, or
            logits with nan.

    Source: Graves (2012), Sequence Transduction with Recurrent Neural Networks; Wu et al. (2016), Google's
    Neural Machine Translation System, section 7.
    """
    ids = _check(model, prompt, max_new_tokens, beams, length_penalty, num_return)
    ends = check_end(model, end)
    with evaluation_mode(model), torch.no_grad():
        cache = model.new_cache(ids.shape[1] + max_new_tokens)
        logits = model.logits(model.hidden(ids, cache)[:, -1])  # 1 V
        step = step_with(model, cache)

        def read(rows: list[int], texts: list[list[int]]) -> torch.Tensor:
            chosen = torch.tensor(rows, device=ids.device)
            for layer in cache:
                layer.select(chosen)
            return step(torch.tensor([[text[-1]] for text in texts], device=ids.device))

        return _search(logits, read, max_new_tokens, beams, ends, length_penalty)[:num_return]


def beam_search_plain(
    model: nn.Module,
    prompt: Sequence[int] | torch.Tensor,
    max_new_tokens: int,
    beams: int,
    *,
    end: int | Sequence[int] = (),
    length_penalty: float = 1.0,
    num_return: int = 1,
) -> list[Hypothesis]:
    """``beam_search`` without a cache. Arguments, result and errors are the same."""
    ids = _check(model, prompt, max_new_tokens, beams, length_penalty, num_return)
    ends = check_end(model, end)
    with evaluation_mode(model), torch.no_grad():

        def read(rows: list[int], texts: list[list[int]]) -> torch.Tensor:
            new = torch.tensor(texts, device=ids.device)
            return model(torch.cat((ids.expand(len(new), -1), new), dim=1))[:, -1]

        return _search(model(ids)[:, -1], read, max_new_tokens, beams, ends, length_penalty)[:num_return]


def _search(
    logits: torch.Tensor,
    read: Callable[[list[int], list[list[int]]], torch.Tensor],
    max_new_tokens: int,
    beams: int,
    ends: set[int],
    length_penalty: float,
) -> list[Hypothesis]:
    """The search itself. ``read(rows, texts)`` gives the next logits of texts, each of which goes on from one of the
    rows of the logits before; the first logits have one row, an empty text."""
    texts: list[list[int]] = [[]]
    log_probabilities = torch.zeros(1, dtype=torch.float64)
    finished: list[Hypothesis] = []
    for n in range(1, max_new_tokens + 1):
        rows, running = [], []
        # Of so many, `beams` do not end: each of at most `beams` texts can end in len(ends) ways.
        for rank, (total, row, token) in enumerate(_likeliest(logits, log_probabilities, beams * (1 + len(ends)))):
            text = [*texts[row], token]
            if token in ends or n == max_new_tokens:
                if rank < beams:
                    ended, ids = ("end", texts[row]) if token in ends else ("length", text)
                    finished.append(Hypothesis(ids, ended, total, total / n**length_penalty))
            elif len(running) < beams:
                rows.append(row)
                running.append((text, total))
        finished = sorted(finished, key=lambda text: -text.score)[:beams]
        if not running or (len(finished) == beams and running[0][1] / n**length_penalty <= finished[-1].score):
            break
        texts = [text for text, _ in running]
        log_probabilities = torch.tensor([total for _, total in running], dtype=torch.float64)
        logits = read(rows, texts)
    return finished


def _likeliest(logits: torch.Tensor, log_probabilities: torch.Tensor, count: int) -> list[tuple[float, int, int]]:
    """The likeliest continuations of all texts by all tokens, best first: log probability, row, token."""
    totals = log_probabilities[:, None] + logits.cpu().double().log_softmax(-1)  # rows V
    if totals.isnan().any():
        row, token = totals.isnan().nonzero()[0].tolist()
        raise ValueError(f"beam {row}: the log probability of token {token} is nan; logits must be finite")
    best = totals.flatten().topk(min(count, totals.numel()))
    numbers = zip(best.values.tolist(), best.indices.tolist(), strict=True)
    return [(total, *divmod(i, totals.shape[1])) for total, i in numbers if total > -torch.inf]


def _check(
    model: nn.Module,
    prompt: Sequence[int] | torch.Tensor,
    max_new_tokens: int,
    beams: int,
    length_penalty: float,
    num_return: int,
) -> torch.Tensor:
    """The prompt as ids ``(1, time)``, where everything fits."""
    check_lengths(model, [prompt], max_new_tokens)
    if beams < 1:
        raise ValueError(f"beams is {beams}; it must be at least 1")
    if not math.isfinite(length_penalty):
        raise ValueError(f"length_penalty is {length_penalty}; it must be a finite number")
    if not 1 <= num_return <= beams:
        raise ValueError(f"num_return is {num_return}; with {beams} beams it goes from 1 to {beams}")
    return torch.as_tensor(prompt, device=next(model.parameters()).device)[None]

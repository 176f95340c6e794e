"""What a trained model writes, and for stories how many of them are true to their plots."""

from __future__ import annotations

import textwrap
from pathlib import Path

from ..data.stories import score
from ..decoder import Decoder
from ..generation import generate
from ..sampling import usual_parts
from .corpus import Corpus

# At 1, texts are as varied as what was read; below, the model keeps to what it is surer of.
TEMPERATURES = (1.0, 0.5)
_SHOWN = 2
_WIDTH = 100


def write_samples(model: Decoder, corpus: Corpus, count: int, temperature: float = 1.0, seed: int = 0) -> list[str]:
    """Let a model write texts of its own, from nothing.

    Args:
        model: trained on this corpus.
        corpus: its tokenizer; an end-of-text token stands before each text.
        count: how many texts.
        temperature: see ``lmcore.sampling.with_temperature``.
        seed: text ``i`` depends on ``seed + i`` alone.

    Returns:
        Texts, each up to its end-of-text token or as long as the context allows.

    Raises:
        ValueError: a count below 1, or what ``generate`` refuses.
    """
    if count < 1:
        raise ValueError(f"count is {count}; it must be at least 1")
    written = generate(
        model,
        [[corpus.end_of_text]] * count,
        model.config.context - 1,
        parts=usual_parts(temperature=temperature),
        seed=seed,
        end=corpus.end_of_text,
        tokenizer=corpus.tokenizer,
    )
    return [continuation.text for continuation in written]


def report_samples(model: Decoder, corpus: Corpus, path: Path, count: int) -> str:
    """Write samples to a file, and return some of them with their scores.

    Args:
        model: trained on this corpus.
        corpus: where its floor is known, it is made of stories, and they are scored.
        path: the file; all samples go there.
        count: how many texts at each temperature.
    """
    everything, shown = [], []
    for temperature in TEMPERATURES:
        texts = write_samples(model, corpus, count, temperature)
        title = f"temperature {temperature:g}"
        if corpus.floor is not None:
            title += f": {score(texts)}, {len(set(texts))} different"
        everything += [title, *texts]
        shown += [title, *(textwrap.fill(text, _WIDTH, replace_whitespace=False) for text in texts[:_SHOWN])]
    path.write_text("\n\n".join(everything) + "\n", encoding="utf-8")
    return "\n\n".join(shown) + "\n"

"""Byte-level BPE: training beside tokenizers (Rust, all cores), encoding beside tiktoken (Rust, one thread)."""

import ast
import sysconfig
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from lmcore.data import python_manual
from lmcore.tokenization import BPETokenizer, train_merges

from .figures import Figure
from .timing import best_seconds, geometric_mean


def corpora() -> dict[str, str]:
    """Text that comes with Python: its manual, its standard library's source, and that source's docstrings."""
    source, docstrings = [], []
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        source.append(path.read_text(encoding="utf-8", errors="ignore"))
        nodes = (ast.Module, ast.ClassDef, ast.FunctionDef)
        found = (ast.get_docstring(node) for node in ast.walk(ast.parse(source[-1])) if isinstance(node, nodes))
        docstrings += filter(None, found)
    return {"manual": python_manual(), "docstrings": "\n\n".join(docstrings), "source": "".join(source)[:4_000_000]}


def train_with_tokenizers(lines: list[str], vocab_size: int) -> Tokenizer:
    """The same training there. It takes lines, since it shares out texts among its threads."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def training(texts: dict[str, str], sizes: list[int], rounds: int) -> list[Figure]:
    """How many times as fast as tokenizers, in wall time."""
    figures = []
    for name, text in texts.items():
        lines = text.splitlines(keepends=True)
        for size in sizes:
            here, there = best_seconds(
                rounds,
                lambda text=text, size=size: partial(train_merges, text, size),
                lambda lines=lines, size=size: partial(train_with_tokenizers, lines, size),
            )
            figures.append(_figure(f"{name}, {len(text) / 1e6:.1f} MB, {size} tokens", here, there))
    return [*figures, _mean("BPE training", figures, 1.0)]


def encoding(texts: dict[str, str], rounds: int) -> dict[str, list[Figure]]:
    """How many times as fast as tiktoken, in CPU time. Cold is the first text that a new tokenizer sees."""
    trained = BPETokenizer.train(texts["source"], 50_000)
    tiktoken = trained.to_tiktoken()
    states: dict[str, list[Figure]] = {"cold": [], "warm": []}
    for name, text in texts.items():
        assert trained.encode(text) == tiktoken.encode_ordinary(text), name
        cold, warm, there = best_seconds(
            rounds,
            lambda text=text: partial(BPETokenizer(trained.vocabulary, trained.merges).encode, text),
            lambda text=text: partial(trained.encode, text),
            lambda text=text: partial(tiktoken.encode_ordinary, text),
            clock=time.process_time,
        )
        states["cold"].append(_figure(name, cold, there))
        states["warm"].append(_figure(name, warm, there))
    for (state, figures), asked in zip(states.items(), (0.4, 1.0), strict=True):
        figures.append(_mean(f"BPE encoding, {state}", figures, asked))
    return states


def benchmarks(rounds: int) -> Iterator[tuple[str, list[Figure]]]:
    """Titles and figures of the tables."""
    texts = corpora()
    yield "BPE training, beside tokenizers (wall time)", training(texts, [500, 1000, 5000], rounds)
    for state, figures in encoding(texts, rounds).items():
        yield f"BPE encoding, {state}, beside tiktoken (CPU time)", figures


def _figure(what: str, here: float, there: float) -> Figure:
    return Figure(what, f"{here:.3f} s", f"{there:.3f} s", there / here)


def _mean(what: str, figures: list[Figure], asked: float) -> Figure:
    return Figure(f"{what}, geometric mean", "", "", geometric_mean([figure.value for figure in figures]), asked)

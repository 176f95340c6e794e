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

from .timing import best_seconds

Rows = list[tuple[str, float, float, str]]


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


def training(texts: dict[str, str], sizes: list[int], rounds: int) -> Rows:
    """Rows of (what, wall seconds here, wall seconds there, target)."""
    rows = []
    for name, text in texts.items():
        lines = text.splitlines(keepends=True)
        for size in sizes:
            here, there = best_seconds(
                rounds,
                lambda text=text, size=size: partial(train_merges, text, size),
                lambda lines=lines, size=size: partial(train_with_tokenizers, lines, size),
            )
            rows.append((f"{name}, {len(text) / 1e6:.1f} MB, {size} tokens", here, there, "0.67"))
    return rows


def encoding(texts: dict[str, str], rounds: int) -> Rows:
    """Rows of (what, CPU seconds here, CPU seconds there, target). Cold is the first text a new tokenizer sees."""
    trained = BPETokenizer.train(texts["source"], 50_000)
    tiktoken = trained.to_tiktoken()
    rows = []
    for name, text in texts.items():
        assert trained.encode(text) == tiktoken.encode_ordinary(text), name
        cold, warm, there = best_seconds(
            rounds,
            lambda text=text: partial(BPETokenizer(trained.vocabulary, trained.merges).encode, text),
            lambda text=text: partial(trained.encode, text),
            lambda text=text: partial(tiktoken.encode_ordinary, text),
            clock=time.process_time,
        )
        rows += [(f"{name}, cold", cold, there, "0.33"), (f"{name}, warm", warm, there, "1.0")]
    new = best_seconds(
        rounds,
        lambda: partial(BPETokenizer, trained.vocabulary, trained.merges),
        lambda: trained.to_tiktoken,
        clock=time.process_time,
    )
    return [*rows, (f"make it, {trained.vocab_size} tokens", *new, "")]


def benchmarks(grid: bool, rounds: int) -> Iterator[tuple[str, Rows]]:
    """Titles and rows of the tables."""
    texts = corpora()
    if grid:
        yield "BPE training, beside tokenizers (wall time)", training(texts, [500, 1000, 5000], rounds)
    else:
        yield "BPE training, beside tokenizers (wall time)", training({"manual": texts["manual"]}, [2000], rounds)
    rows = encoding(texts, rounds)
    for state in ("cold", "warm"):
        yield f"BPE encoding, {state}, beside tiktoken (CPU time)", [row for row in rows if row[0].endswith(state)]
    yield "Before the first text, beside tiktoken (CPU time)", rows[-1:]

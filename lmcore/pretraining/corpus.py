"""What a run reads: texts, made into token shards in the run's folder, and those into rows.

Everything goes through shards on disk, also what would fit into memory: a run that goes on finds the tokens it began
with, and a corpus of any size is read the same way.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from ..data.corpora import python_manual, text_files
from ..data.documents import cut_documents, read_lines
from ..data.shards import TokenShards, write_shards
from ..data.stories import nats_per_token, write
from ..data.windows import DocumentRows, Rows, Windows, split_documents
from ..tokenization import BPETokenizer

END_OF_TEXT = "<|endoftext|>"
# Seeds of the stories that are kept for validation; those for training count from 0.
FIRST_VALIDATION_STORY = 1_000_000
# What a tokenizer is trained on: more text changes its merges little and takes longer.
_STORIES_FOR_TOKENIZER = 3000
_DOCUMENTS_FOR_TOKENIZER = 1000

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Corpus:
    """What a run reads.

    Attributes:
        tokenizer: text to ids; ``end_of_text`` is one of its special tokens.
        training: rows to train with.
        validation: rows to validate with, none of them of a document that is trained with.
        floor: the entropy of the source in nats per token, where it is known.
        plateau: the loss of a reader who knows the language and remembers nothing, likewise.
    """

    tokenizer: BPETokenizer
    training: Rows
    validation: Rows
    floor: float | None = None
    plateau: float | None = None

    @property
    def end_of_text(self) -> int:
        """The id that stands before and after each document."""
        return self.tokenizer.special_tokens[END_OF_TEXT]


@dataclass(frozen=True)
class StoryData:
    """Stories, written on the spot, one in each row. See ``lmcore.data.stories``.

    Args:
        training: number of stories to train with, seeds 0, 1, 2, ...
        validation: number of stories to validate with, seeds from a million.
        vocab_size: of the tokenizer.

    Raises:
        ValueError: a number below 1, or more than a million stories to train with.
    """

    training: int = 50_000
    validation: int = 500
    vocab_size: int = 1536

    def __post_init__(self) -> None:
        for name, value in (("training", self.training), ("validation", self.validation)):
            if not 1 <= value <= FIRST_VALIDATION_STORY:
                raise ValueError(f"{value} stories for {name} are not in 1 .. {FIRST_VALIDATION_STORY:,}")

    def write(self, folder: Path, progress: Progress) -> None:
        """Write tokenizer and shards."""
        some = (write(seed).text for seed in range(min(self.training, _STORIES_FOR_TOKENIZER)))
        tokenizer = _train_tokenizer(some, self.vocab_size, folder)
        for name, first, count in (
            ("training", 0, self.training),
            ("validation", FIRST_VALIDATION_STORY, self.validation),
        ):
            texts = (write(seed).text for seed in range(first, first + count))
            _write_shards(texts, tokenizer, folder / name, progress)

    def read(self, folder: Path, context: int) -> Corpus:
        """The corpus that ``write`` wrote.

        Raises:
            ValueError: a context in which a whole story has no room: what a model must remember would be cut off.
        """
        tokenizer = BPETokenizer.load(folder / "tokenizer.json")
        start = tokenizer.special_tokens[END_OF_TEXT]
        parts = [DocumentRows(TokenShards(folder / name), context, start=start) for name in ("training", "validation")]
        if shortened := sum(rows.shortened for rows in parts):
            longest = max(int(rows.documents.lengths().max()) for rows in parts)
            raise ValueError(
                f"{shortened:,} stories are longer than the context of {context} tokens; the longest needs {longest}"
            )
        return Corpus(tokenizer, *parts, *nats_per_token(tokenizer.encode))


@dataclass(frozen=True)
class TextData:
    """Texts from files, or Python's manual where none are named; in windows, cut from texts laid end to end.

    Args:
        paths: files of UTF-8 text, or folders of ``.txt`` and ``.md`` files. ``<|endoftext|>`` ends a document in any
            case. Memory does not grow with the files.
        vocab_size: of the tokenizer.
        validation_share: the share of the documents that is kept for validation.
        document_characters: a text is cut at empty lines into documents of about this length.

    Raises:
        ValueError: a share outside 0 .. 1, both excluded.
    """

    paths: tuple[str, ...] = ()
    vocab_size: int = 2048
    validation_share: float = 0.1
    document_characters: int = 4000

    def __post_init__(self) -> None:
        if not 0 < self.validation_share < 1:
            raise ValueError(f"validation_share is {self.validation_share}; it must be between 0 and 1")

    def texts(self) -> Iterator[str]:
        """The documents."""
        if not self.paths:
            # Some paragraphs stand in several chapters: one copy of each, or validation would ask for what was learnt.
            paragraphs = dict.fromkeys(python_manual().split("\n\n"))
            lines = "\n\n".join(paragraphs).splitlines(keepends=True)
            return cut_documents(lines, self.document_characters, END_OF_TEXT)
        files = [file for path in self.paths for file in text_files(path)]
        # File by file, so that no document reaches from one into the next.
        return chain.from_iterable(
            cut_documents(read_lines(file), self.document_characters, END_OF_TEXT) for file in files
        )

    def write(self, folder: Path, progress: Progress) -> None:
        """Write tokenizer and shards.

        Raises:
            ValueError: texts without a word.
        """
        tokenizer = _train_tokenizer(islice(self.texts(), _DOCUMENTS_FOR_TOKENIZER), self.vocab_size, folder)
        _write_shards(self.texts(), tokenizer, folder / "documents", progress)

    def read(self, folder: Path, context: int) -> Corpus:
        """The corpus that ``write`` wrote.

        Raises:
            ValueError: so few documents that none is left for training or for validation.
        """
        shards = TokenShards(folder / "documents")
        training, validation = split_documents(len(shards), self.validation_share)
        return Corpus(
            BPETokenizer.load(folder / "tokenizer.json"),
            Windows(shards, context, chosen=training),
            Windows(shards, context, chosen=validation),
        )


def prepare(
    data: StoryData | TextData, folder: Path, context: int, progress: Progress = lambda part, n: None
) -> Corpus:
    """Read the corpus from its folder; write it before, if it is not there.

    Args:
        data: what to read.
        folder: tokenizer and shards lie here.
        context: tokens that the model sees.
        progress: called with what is being written and how many tokens it has so far.

    Raises:
        ValueError: data that do not fit; see ``StoryData`` and ``TextData``.
        FileNotFoundError: a text that is not there.
        OSError: the disk is full. Nothing half-written is taken for whole.
    """
    if not folder.exists():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        data.write(partial, progress)
        partial.rename(folder)
    return data.read(folder, context)


def _train_tokenizer(texts: Iterable[str], vocab_size: int, folder: Path) -> BPETokenizer:
    texts = list(texts)
    if not any(texts):
        raise ValueError("the corpus is empty: there is not one word in it")
    tokenizer = BPETokenizer.train(texts, vocab_size, [END_OF_TEXT])
    tokenizer.save(folder / "tokenizer.json")
    return tokenizer


def _write_shards(texts: Iterable[str], tokenizer: BPETokenizer, folder: Path, progress: Progress) -> None:
    end = [tokenizer.special_tokens[END_OF_TEXT]]
    documents = (tokenizer.encode(text, "none") + end for text in texts)
    write_shards(documents, folder, tokenizer.vocab_size, progress=lambda tokens, _: progress(folder.name, tokens))

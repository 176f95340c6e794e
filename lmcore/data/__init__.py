"""Text to batches: where text comes from, token shards, rows, and batches that a run can resume.

Read the files in this order: ``corpora`` and ``downloads``, ``documents``, ``shards``, ``windows``, ``collation``; the
package ``stories`` is a source of text whose entropy is known.
"""

from .collation import IGNORE, Batch, collate, pad
from .corpora import english_story, local_text, python_manual, russian_story, text_files
from .documents import cut_documents, read_documents, read_lines
from .downloads import CORPORA, download
from .shards import TokenShards, print_progress, write_shards
from .windows import Batches, DocumentRows, Windows, in_order, split_documents

__all__ = [
    "CORPORA",
    "IGNORE",
    "Batch",
    "Batches",
    "DocumentRows",
    "TokenShards",
    "Windows",
    "collate",
    "cut_documents",
    "download",
    "english_story",
    "in_order",
    "local_text",
    "pad",
    "print_progress",
    "python_manual",
    "read_documents",
    "read_lines",
    "russian_story",
    "split_documents",
    "text_files",
    "write_shards",
]

"""Text to batches: where text comes from, token shards, rows, and batches that a run can resume.

Read the files in this order: ``corpora`` and ``downloads``, ``documents``, ``shards``, ``windows``, ``collation``; the
package ``stories`` is a source of text whose entropy is known. ``windows`` and ``collation`` are not imported here:
they need torch, whose import takes more memory than streaming a corpus of any size into shards.
"""

from .corpora import english_story, local_text, python_manual, russian_story, text_files
from .documents import cut_documents, read_documents, read_lines
from .downloads import CORPORA, download
from .shards import TokenShards, print_progress, write_shards

__all__ = [
    "CORPORA",
    "TokenShards",
    "cut_documents",
    "download",
    "english_story",
    "local_text",
    "print_progress",
    "python_manual",
    "read_documents",
    "read_lines",
    "russian_story",
    "text_files",
    "write_shards",
]

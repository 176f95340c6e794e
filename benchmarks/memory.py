"""How much memory does it take to make token shards of a text of a gigabyte?

The text is made of Python's own source files, again and again; what is measured is the largest resident size of a
process of its own that reads it, cuts it into documents, encodes them, and writes them, as ``lmcore.pretraining`` does.
That size is the kernel's ``VmHWM`` (Linux). ``getrusage`` would not do: its ``ru_maxrss`` counts what the parent held
when it started the process.
"""

import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .figures import Figure

GIGABYTE = 10**9

PROGRAM = """
import re, sys
from lmcore.data import cut_documents, read_lines, write_shards
from lmcore.tokenization import BPETokenizer

text, tokenizer, folder = sys.argv[1:]
tokenizer = BPETokenizer.load(tokenizer)
documents = (tokenizer.encode(document) for document in cut_documents(read_lines(text), 20_000))
shards = write_shards(documents, folder, tokenizer.vocab_size)
print(shards.tokens, re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1])
"""


def benchmarks(size: int = GIGABYTE) -> Iterator[tuple[str, list[Figure]]]:
    """Title and figures of the table."""
    from lmcore.data import python_manual
    from lmcore.tokenization import BPETokenizer

    with tempfile.TemporaryDirectory() as folder:
        text, tokenizer = Path(folder, "text.txt"), Path(folder, "tokenizer.json")
        write_text(text, size)
        BPETokenizer.train(python_manual(), 4096).save(tokenizer)
        began = time.perf_counter()
        said = subprocess.run(
            [sys.executable, "-c", PROGRAM, text, tokenizer, Path(folder, "shards")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        seconds = time.perf_counter() - began
    tokens, kilobytes = map(int, said.split())
    megabytes = kilobytes * 1024 / 1e6
    here = f"{tokens / 1e6:,.0f} M tokens, {size / 1e6 / seconds:.1f} MB/s"
    what = f"MB of memory for {size / 1e9:g} GB of text"
    yield "Streaming text into token shards", [Figure(what, here, "", megabytes, 200, at_most=True)]


def write_text(path: Path, size: int) -> None:
    """A file of about this many bytes."""
    sources = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    text = "\n\n".join(source.read_text(encoding="utf-8", errors="ignore") for source in sources)
    with open(path, "w", encoding="utf-8") as file:
        while file.tell() < size:
            file.write(text)

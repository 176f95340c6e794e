"""``python -m benchmarks``: byte-level BPE beside tokenizers and tiktoken, in about half a minute.

``--grid`` trains on three corpora with three vocabulary sizes each instead of one of each.
"""

import argparse
import os

# Read by the libraries when they start. tokenizers may use every core, as it would for anybody.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", str(os.cpu_count()))

from rich.console import Console
from rich.table import Table

from . import bpe
from .timing import geometric_mean, machine

parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
parser.add_argument("--grid", action="store_true", help="train on 3 corpora x 3 vocabulary sizes")
parser.add_argument("--rounds", type=int, default=7, help="rounds, of which the best counts (default 7)")
options = parser.parse_args()

console = Console()
console.print(machine(), highlight=False)
for title, comparisons in bpe.benchmarks(options.grid, options.rounds):
    table = Table("", "here", "peer", "speed, peer = 1", "target", title=title, title_justify="left")
    ratios = []
    for name, ours, theirs, target in comparisons:
        ratios.append(theirs / ours)
        table.add_row(name, f"{ours:.3f} s", f"{theirs:.3f} s", f"{ratios[-1]:.2f}", target)
    if len(ratios) > 1:
        table.add_section()
        table.add_row("geometric mean", "", "", f"{geometric_mean(ratios):.2f}", "")
    console.print(table)

"""``python -m benchmarks``: this project beside its peers, in one run of about fifteen minutes.

``python -m benchmarks bpe gpt`` measures these parts alone. Tables go to the terminal; ``build/benchmarks/`` gets them
as a CSV file and as a picture.
"""

import argparse
import os
from pathlib import Path

# Read by the libraries when they start. tokenizers may use every core, as it would for anybody.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", str(os.cpu_count()))

from rich.console import Console

from . import bpe, figures, gpt, grading, memory, stories

PARTS = {
    "bpe": lambda options: bpe.benchmarks(options.rounds),
    "gpt": lambda options: gpt.benchmarks(options.rounds),
    "memory": lambda options: memory.benchmarks(),
    "grading": lambda options: grading.benchmarks(options.students),
    "stories": lambda options: stories.benchmarks(),
}


def main() -> None:
    """Measure, print, and save."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=7, help="of which the best counts (default 7)")
    parser.add_argument("--students", type=int, default=20, help="submissions in the part grading (default 20)")
    options = parser.parse_args()
    console = Console()
    console.print(figures.machine(), highlight=False)
    groups: dict[str, list[figures.Figure]] = {}
    for part in options.parts or PARTS:
        for title, found in PARTS[part](options):
            groups[title] = found
            console.print(figures.table(title, found))
    folder = Path("build") / "benchmarks"
    figures.save(groups, folder)
    console.print(f"{folder}/benchmarks.csv, {folder}/benchmarks.svg")


if __name__ == "__main__":
    main()

"""A measured figure beside what was asked for, as a table and as a picture."""

import csv
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.table import Table

PEERS = ("torch", "transformers", "tokenizers", "tiktoken", "regex")


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Args:
        what: a few words.
        here: this project's measurement, with its unit.
        peer: the other's, empty where there is none.
        value: the number that is compared, such as how many times as fast as the peer.
        asked: what it should be; None where only the mean of several is asked for.
        at_most: less is better.
    """

    what: str
    here: str
    peer: str
    value: float
    asked: float | None = None
    at_most: bool = False

    @property
    def share(self) -> float:
        """1 where just as much is reached as was asked for, more where it is better."""
        return self.asked / self.value if self.at_most else self.value / self.asked

    @property
    def reached(self) -> bool | None:
        """Whether it is as good as was asked for."""
        return None if self.asked is None else self.share >= 1


def table(title: str, figures: Sequence[Figure]) -> Table:
    """A table for the terminal."""
    made = Table("", "here", "peer", "figure", "asked", "", title=title, title_justify="left")
    for figure in figures:
        sign = "at most" if figure.at_most else "at least"
        asked = "" if figure.asked is None else f"{sign} {figure.asked:g}"
        reached = {None: "", True: "reached", False: "[bold red]not reached"}[figure.reached]
        made.add_row(figure.what, figure.here, figure.peer, f"{figure.value:.2f}", asked, reached)
    return made


def save(groups: dict[str, list[Figure]], folder: Path) -> None:
    """``benchmarks.csv`` and ``benchmarks.svg``."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "benchmarks.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["group", "what", "here", "peer", "figure", "asked", "at most"])
        for group, figures in groups.items():
            for f in figures:
                writer.writerow([group, f.what, f.here, f.peer, f.value, f.asked, f.at_most])
    draw([figure for figures in groups.values() for figure in figures if figure.asked is not None], folder)


def draw(figures: Sequence[Figure], folder: Path) -> None:
    """A bar for each figure that something is asked of, and the line that it should reach."""
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(9, 1.2 + 0.42 * len(figures)), layout="constrained")
    axes = picture.add_subplot(
        xscale="log", xlabel="how much of what was asked for is reached, 1 = all of it", title=machine()
    )
    axes.title.set(fontsize=7, wrap=True)
    names = [figure.what for figure in figures]
    shares = [figure.share for figure in figures]
    # Measured from the line: a bar to the right is better than asked, one to the left is worse.
    axes.barh(names, [share - 1 for share in shares], left=1, color=["C0" if s >= 1 else "C3" for s in shares])
    axes.axvline(1, color="0.2", linewidth=1)
    axes.set_xlim(min(0.4, *shares) / 1.4, max(2.5, *shares) * 1.8)
    axes.set_xticks([0.5, 1, 2, 4], ["0.5", "1", "2", "4"])
    for figure, share in zip(figures, shares, strict=True):
        text = f" {figure.value:.2f} ({'≤' if figure.at_most else '≥'} {figure.asked:g}) "
        axes.annotate(text, (share, figure.what), va="center", ha="left" if share >= 1 else "right", fontsize=8)
    axes.invert_yaxis()
    picture.savefig(folder / "benchmarks.svg")


def machine() -> str:
    """What these figures were measured on."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    packages = ", ".join(f"{package} {version(package)}" for package in PEERS)
    return (
        f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {packages}"
    )

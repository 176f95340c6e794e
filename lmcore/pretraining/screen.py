"""What a person sees of a run while it goes on: a bar on a terminal, lines in a file, nothing in a test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .run import Step

# The tokens per second that are shown are those of about so many seconds.
_WINDOW = 5.0


class Screen:
    """Progress of a run. A context manager.

    On a terminal it is one bar with loss, tokens per second and time left; elsewhere lines, one for each validation.

    Args:
        steps: of the whole run.
        done: steps done before, by a run that was stopped.
        console: where to write; standard error if None.
        quiet: show nothing.
    """

    def __init__(self, steps: int, done: int = 0, console: Console | None = None, quiet: bool = False) -> None:
        self.console = console or Console(stderr=True, quiet=quiet, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("training", total=steps, completed=done, figures="")
        self._steps, self._tokens, self._since, self._speed = steps, 0, time.monotonic(), 0.0

    def __enter__(self) -> Screen:
        self._bar.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    @contextmanager
    def preparing(self) -> Iterator[Callable[[str, int], None]]:
        """Show how the corpus grows: yields a function of the part that is written and its tokens so far."""
        with self.console.status("preparing the corpus") as status:

            def show(part: str, tokens: int) -> None:
                status.update(f"preparing the corpus: {part}, {tokens:,} tokens")

            yield show

    def step(self, step: Step) -> None:
        """Show a step."""
        self._tokens += step.tokens
        passed = time.monotonic() - self._since
        if passed > _WINDOW or not self._speed:
            self._speed = self._tokens / max(passed, 1e-9)
            self._tokens, self._since = 0, time.monotonic()
        figures = f"loss {step.loss:.3f} · {self._speed:,.0f} tokens/s"
        self._bar.update(self._task, completed=step.number + 1, figures=figures)

    def validation(self, step: Step, loss: float, floor: float | None) -> None:
        """Say what validation came to."""
        above = f", {loss / floor:.3f} times the entropy of the source" if floor else ""
        self.say(f"step {step.number + 1}/{self._steps}: validation loss {loss:.4f} nats per token{above}")
        self._tokens, self._since = 0, time.monotonic()  # validation's time is not training's

    def say(self, text: str) -> None:
        """A line that stays."""
        self.console.print(text, soft_wrap=True, markup=False)

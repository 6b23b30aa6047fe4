"""A progress bar with rate and time left on standard error, where that is a terminal; nothing anywhere else."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


class ProgressBar:
    """A bar over `total` bytes, or over an unknown length, on `console`. A context manager."""

    def __init__(self, total: int | None, *, is_wanted: bool = True, console: Console | None = None) -> None:
        console = console or Console(file=sys.stderr)
        self._total = total
        self._bar: Progress | None = None
        if is_wanted and console.is_terminal:
            self._bar = Progress(
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[rows]}  {task.fields[rate]:.0f}/s"),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )

    def advance(self, at: int, rows: int) -> None:
        """So many bytes and rows are done."""
        if self._bar is None:
            return
        for task in self._bar.tasks:
            elapsed = task.elapsed or 0
            rate = rows / elapsed if elapsed else 0.0
            self._bar.update(task.id, completed=at, rows=rows, rate=rate, refresh=True)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._bar.add_task("", total=self._total, rows=0, rate=0.0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

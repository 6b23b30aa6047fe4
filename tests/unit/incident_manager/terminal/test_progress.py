"""The progress bar: how far it is, at which rate, and how long it takes yet; nothing where nobody looks."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from incident_manager.terminal.progress import ProgressBar

pytestmark = pytest.mark.unit


@dataclass
class Terminal:
    """What a terminal shows while seconds pass as the test says."""

    is_there: bool = True
    seconds: float = 1000.0
    shown: io.StringIO = field(default_factory=io.StringIO)

    def console(self) -> Console:
        return Console(
            file=self.shown, force_terminal=self.is_there, width=100, no_color=True, get_time=lambda: self.seconds
        )

    def take(self) -> str:
        """What was shown since the last time this was asked."""
        text = self.shown.getvalue()
        self.shown.seek(0)
        self.shown.truncate()
        return text


def test_a_bar_shows_how_far_it_is_with_the_rate_and_the_time_left() -> None:
    terminal = Terminal()
    with ProgressBar(1_000_000, console=terminal.console()) as bar:
        for part in range(1, 6):
            terminal.seconds += 2
            bar.advance(100_000 * part, 500 * part)
        shown = terminal.take()
        assert "50%" in shown
        assert "2500  250/s" in shown
        assert "0:00:10" in shown, "half of it took ten seconds"

        terminal.seconds += 10
        bar.advance(600_000, 2600)
        slower = terminal.take()
        assert ("60%" in slower, "2600  130/s" in slower) == (True, True)
        assert "0:00:15" in slower, "it became slower"


def test_of_what_has_no_known_length_rows_and_rate_are_shown() -> None:
    terminal = Terminal()
    with ProgressBar(None, console=terminal.console()) as bar:
        terminal.seconds += 4
        bar.advance(5_000, 1000)
        assert "1000  250/s" in terminal.take()


@pytest.mark.parametrize("is_there, is_wanted", [(False, True), (True, False)], ids=["a pipe", "quiet"])
def test_nothing_is_shown_where_nobody_looks(is_there: bool, is_wanted: bool) -> None:
    terminal = Terminal(is_there)
    with ProgressBar(10, is_wanted=is_wanted, console=terminal.console()) as bar:
        bar.advance(5, 1)
    assert terminal.take() == ""

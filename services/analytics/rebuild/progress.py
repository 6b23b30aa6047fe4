"""How far a rebuild is, as a line of text. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

WIDTH = 30


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a rebuild: its share that is done, 0 to 1, and how many facts it has taken in."""

    step: str
    share: float
    facts: int


def draw_bar(progress: Progress) -> str:
    """One line of at most 79 characters."""
    full = round(WIDTH * min(max(progress.share, 0.0), 1.0))
    bar = "#" * full + "-" * (WIDTH - full)
    return f"[{bar}] {progress.share:4.0%}  {progress.step}: {progress.facts} facts"


def share_of_time(first: datetime, at: datetime, now: datetime) -> float:
    """How much of the time since the first event has been read, 0 to 1."""
    whole = (now - first).total_seconds()
    return min(max((at - first).total_seconds() / whole, 0.0), 1.0) if whole > 0 else 1.0

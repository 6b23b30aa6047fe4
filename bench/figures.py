"""The table at the end: what was asked for, what was measured, and the ratio of the two. Goals are never asserted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. `goal` None: nothing was promised. `more_is_better` says in which direction the goal is passed."""

    name: str
    measured: float
    unit: str
    goal: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """1 when the goal is just met, more when it is passed, in either direction."""
        if self.goal is None or not self.goal or not self.measured:
            return None
        return self.measured / self.goal if self.more_is_better else self.goal / self.measured


def table(figures: Sequence[Figure]) -> str:
    """The figures as text, a line each."""
    rows = [("", "goal", "measured", "ratio", "", "")]
    rows += [
        (
            figure.name,
            "-" if figure.goal is None else f"{'≥' if figure.more_is_better else '≤'} {_short(figure.goal)}",
            f"{_short(figure.measured)} {figure.unit}",
            "-" if figure.ratio is None else f"{figure.ratio:.2f}",
            "" if figure.ratio is None else "met" if figure.ratio >= 1 else "SHORT",
            figure.note,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(row[column].rjust(widths[column]) for column in range(1, 5)), row[5]])
        for row in rows
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Linearly interpolated; `share` between 0 and 1. Raises `ValueError` for no values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"

"""Arithmetic of time spans [start, end): joined, and one taken from another. Lists of spans are apart and in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

Span = tuple[datetime, datetime]


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """The same time, apart and in order; spans that overlap or touch become one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The time of `spans` that is not in `taken`."""
    left: list[Span] = []
    holes = merge_spans(taken)
    first = 0
    for start, end in merge_spans(spans):
        while first < len(holes) and holes[first][1] <= start:
            first += 1
        reached = start
        for begins, ends in holes[first:]:
            if begins >= end:
                break
            if reached < begins:
                left.append((reached, begins))
            reached = max(reached, ends)
        if reached < end:
            left.append((reached, end))
    return left


def seconds(spans: Sequence[Span]) -> int:
    """How long they are together, in whole seconds."""
    return round(sum((end - start).total_seconds() for start, end in spans))

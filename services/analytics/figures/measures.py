"""What each figure measures of an incident. Pure; the formulas in words stand beside them in `catalogue`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from services.analytics.figures.figure import NOBODY, FigureInput, Measured
from services.analytics.figures.recurrence import recurs
from services.analytics.table.columns import NEVER, Bools, Ints
from services.analytics.table.counted import CountedAction
from services.analytics.table.downtime import are_failures
from services.analytics.table.table import Flag, PageFlag
from shared.clocks.epoch import from_millis
from shared.events.actions import ActionState


def every_incident(asked: FigureInput) -> Measured:
    """Each counts one."""
    return _ones(asked.rows)


def time_to_page(asked: FigureInput) -> Measured:
    """First page handed over - created."""
    reached = asked.rows[(asked.table.incidents["flags"][asked.rows] & Flag.IMPORTED) == 0]
    return _from_created(asked, reached, "paged")


def time_to_acknowledge(asked: FigureInput) -> Measured:
    """First acknowledgement - created."""
    return _from_created(asked, asked.rows, "acknowledged")


def time_to_resolve(asked: FigureInput) -> Measured:
    """Resolved - created."""
    return _from_created(asked, asked.rows, "resolved")


def alerts_per_incident(asked: FigureInput) -> Measured:
    """The alerts of each incident that has one."""
    alerts = asked.table.incidents["alerts"][asked.rows].astype(np.int64)
    return Measured(asked.rows[alerts > 0], alerts[alerts > 0])


def pages(asked: FigureInput) -> Measured:
    """The pages of each incident that were handed over."""
    return _pages(asked, PageFlag.HANDED_OVER)


def pages_at_night(asked: FigureInput) -> Measured:
    """Those that came between 22 and 7 by the person's own clock."""
    return _pages(asked, PageFlag.NIGHT)


def pages_at_weekends(asked: FigureInput) -> Measured:
    """Those that came on a Saturday or Sunday of the person's own clock."""
    return _pages(asked, PageFlag.WEEKEND)


def resolved_by_itself(asked: FigureInput) -> Measured:
    """1 for each resolved incident that nobody resolved, 0 for others that are resolved."""
    columns = asked.table.incidents
    is_resolved = columns["resolved"][asked.rows] != NEVER
    rows = asked.rows[is_resolved]
    return Measured(rows, _as_ints((columns["flags"][rows] & Flag.BY_ITSELF) != 0), pending=asked.rows[~is_resolved])


def failures(asked: FigureInput) -> Measured:
    """Each failure counts one."""
    return _ones(asked.rows[are_failures(asked.table, asked.rows)])


def recurrence(asked: FigureInput) -> Measured:
    """1 for each incident whose cluster had one resolved in the 30 days before it was created."""
    return Measured(asked.rows, _as_ints(recurs(asked)))


def response_in_time(asked: FigureInput) -> Measured:
    """1 where the response clock was met, 0 where it was breached."""
    return _clock(asked, "response_due", "responded")


def resolution_in_time(asked: FigureInput) -> Measured:
    """1 where the resolution clock was met, 0 where it was breached."""
    return _clock(asked, "resolution_due", "clock_resolved")


def actions_in_time(asked: FigureInput) -> Measured:
    """Action items that were done by the end of their day, of those that were to be; by their incidents."""
    today = from_millis(asked.now).astimezone(asked.zone).date()
    wanted = np.zeros(len(asked.table.incidents), dtype=np.bool_)
    wanted[asked.rows] = True
    judged: dict[int, list[bool]] = {}
    waiting: set[int] = set()
    for action in asked.table.actions.values():
        row = asked.table.row_of(action.incident_id)
        if row is None or not wanted[row] or not _has_day(action):
            continue
        verdict = _in_time(action, today, asked)
        if verdict is None:
            waiting.add(row)
        else:
            judged.setdefault(row, []).append(verdict)
    rows = sorted(judged)
    return Measured(
        _ints(rows),
        _ints(sum(judged[row]) for row in rows),
        _ints(len(judged[row]) for row in rows),
        pending=_ints(sorted(waiting - judged.keys())),
    )


def _has_day(action: CountedAction) -> bool:
    dropped = action.state is ActionState.DROPPED
    return action.due_on is not None and not (action.deleted or action.drill or dropped)


def _in_time(action: CountedAction, today: date, asked: FigureInput) -> bool | None:
    """None while it may still be."""
    if action.due_on is None:
        return None
    if action.state is ActionState.DONE:
        return action.closed_at is not None and action.closed_at.astimezone(asked.zone).date() <= action.due_on
    return False if today > action.due_on else None


def _ones(rows: Ints) -> Measured:
    return Measured(rows, np.ones(len(rows), dtype=np.int64))


def _from_created(asked: FigureInput, rows: Ints, column: str) -> Measured:
    columns = asked.table.incidents
    until = columns[column][rows]
    there = until != NEVER
    return Measured(rows[there], until[there] - columns["created"][rows[there]], pending=rows[~there])


def _pages(asked: FigureInput, flag: PageFlag) -> Measured:
    table = asked.table
    wanted = (table.pages["flags"] & flag) != 0
    if asked.person is not None:
        wanted &= table.pages["person"] == asked.person
    counts = np.bincount(table.pages["incident"][wanted], minlength=len(table.incidents))[asked.rows]
    return Measured(asked.rows[counts > 0], counts[counts > 0].astype(np.int64))


def _clock(asked: FigureInput, due_column: str, done_column: str) -> Measured:
    columns = asked.table.incidents
    due, done = columns[due_column][asked.rows], columns[done_column][asked.rows]
    has_clock = due != NEVER
    met = has_clock & (done != NEVER) & (done <= due)
    breached = has_clock & ~met & ((done != NEVER) | (asked.now > due))
    judged = met | breached
    return Measured(asked.rows[judged], _as_ints(met[judged]), pending=asked.rows[has_clock & ~judged])


def _as_ints(flags: Bools) -> Ints:
    return flags.astype(np.int64)


def _ints(numbers: Iterable[int]) -> Ints:
    found = list(numbers)
    return np.array(found, dtype=np.int64) if found else NOBODY

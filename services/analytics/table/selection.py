"""Which incidents a report is about: they count, were created in [begin, end), and are what is asked for. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.analytics.table.columns import Bools, Ints
from services.analytics.table.table import CATEGORIES, PRIORITIES, SEVERITIES, Flag, Table
from services.analytics.table.text_codes import TextCodes
from shared.vocabulary import Category, Priority, Severity


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. None does not narrow; `teams` are those that the caller's key is limited to, if any."""

    service_id: str | None = None
    team: str | None = None
    severity: Severity | None = None
    priority: Priority | None = None
    category: Category | None = None
    teams: tuple[str, ...] = ()


def select_rows(table: Table, wanted: Wanted, begin: int | None = None, end: int | None = None) -> Ints:
    """The rows of the incidents that count and were created in [begin, end), milliseconds since 1970, in no order."""
    mask = matching(table, wanted)
    created = table.incidents["created"]
    if begin is not None:
        mask &= created >= begin
    if end is not None:
        mask &= created < end
    return np.flatnonzero(mask)


def matching(table: Table, wanted: Wanted) -> Bools:
    """For each row, whether its incident counts and is what is asked for, whenever it was created."""
    rows = table.incidents
    mask: Bools = (rows["flags"] & Flag.COUNTS) != 0
    if wanted.teams:
        mask &= _has_text(table.texts, rows["team"], wanted.teams)
    if wanted.team is not None:
        mask &= _has_text(table.texts, rows["team"], [wanted.team])
    if wanted.service_id is not None:
        mask &= _has_text(table.texts, rows["service"], [wanted.service_id])
    if wanted.severity is not None:
        mask &= rows["severity"] == SEVERITIES.index(wanted.severity)
    if wanted.priority is not None:
        mask &= rows["priority"] == PRIORITIES.index(wanted.priority)
    if wanted.category is not None:
        mask &= rows["category"] == CATEGORIES.index(wanted.category)
    return mask


def newest_first(table: Table, rows: Ints) -> Ints:
    """These rows in the order of lists: by creation and id, the newest first. An order of equals by whole ids."""
    created = table.incidents["created"][rows]
    ids = table.incidents["id"][rows]
    ordered: Ints = rows[np.lexsort((ids, created))[::-1]]
    return ordered


def _has_text(texts: TextCodes, column: NDArray[np.int32], wanted: Collection[str]) -> Bools:
    codes = texts.find(wanted)
    return column == codes[0] if len(codes) == 1 else np.isin(column, codes)

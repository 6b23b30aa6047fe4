"""What is a failure, and how long something was down: the union of its failures, from created to resolved. Pure.

A failure is an incident of severity critical or high and of category failure, error, security or performance. What was
opened for a forecast is none, since nothing has failed yet; nor is what an alert about an error budget opened, since
that tells of downtime which other incidents are.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from services.analytics.table.columns import NEVER, Bools, Ints
from services.analytics.table.table import CATEGORIES, SEVERITIES, Flag, Table
from shared.vocabulary import Category, Severity

SEVERE = (Severity.CRITICAL, Severity.HIGH)
FAILING = (Category.FAILURE, Category.ERROR, Category.SECURITY, Category.PERFORMANCE)
BURN_SOURCES: frozenset[str] = frozenset({"slo"})
"""Sources of alerts about an error budget."""


def are_failures(table: Table, rows: Ints, without_sources: Collection[str] = BURN_SOURCES) -> Bools:
    """For each of these rows, whether its incident is a failure."""
    columns = table.incidents
    severe = np.isin(columns["severity"][rows], [SEVERITIES.index(one) for one in SEVERE])
    failing = np.isin(columns["category"][rows], [CATEGORIES.index(one) for one in FAILING])
    found: Bools = severe & failing & ((columns["flags"][rows] & Flag.FORECAST) == 0)
    sources = table.texts.find(without_sources)
    if len(sources):
        found &= ~np.isin(sources_of(table, rows), sources)
    return found


def sources_of(table: Table, rows: Ints) -> Ints:
    """For each of these rows, the code of where its first alert came from; 0 where it had none."""
    groups = table.incidents["group"][rows]
    found = np.zeros(len(rows), dtype=np.int64)
    known = groups >= 0
    found[known] = table.groups["source"][groups[known]]
    return found


def overlapping(table: Table, rows: Ints, begin: int, end: int) -> Ints:
    """Those of these rows whose incidents were open at some time in [begin, end)."""
    created, resolved = table.incidents["created"][rows], table.incidents["resolved"][rows]
    mask = (created < end) & ((resolved == NEVER) | (resolved > begin))
    found: Ints = rows[mask]
    return found


def spans(table: Table, rows: Ints, begin: int, end: int) -> tuple[Ints, Ints]:
    """From when to when each of these incidents was open within [begin, end), in milliseconds; open ones to `end`."""
    created, resolved = table.incidents["created"][rows], table.incidents["resolved"][rows]
    until = np.where(resolved == NEVER, end, resolved)
    return np.clip(created, begin, end), np.clip(until, begin, end)


def unite(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The union of intervals [start, end): disjoint ones that do not touch, in order. Empty ones are left out."""
    there = ends > starts
    starts, ends = starts[there], ends[there]
    if not len(starts):
        return starts, ends
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    begins = np.concatenate(([True], starts[1:] > ends[:-1]))
    lasts = np.append(np.flatnonzero(begins)[1:] - 1, len(starts) - 1)
    return starts[begins], ends[lasts]


def union_length(starts: Ints, ends: Ints) -> int:
    """How long the union of intervals [start, end) is, in their unit."""
    begun, over = unite(starts, ends)
    return int((over - begun).sum())

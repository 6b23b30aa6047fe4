"""Which incident an alert belongs to: alerts of one service (and drill) share a group within a rolling window.

A new occurrence joins the open group when the last one joined no longer ago than the window, the group is younger than
a day, and its incident is not over; else it founds another group. An incident that a person reopened takes its own
alerts again whenever they fire, and others of its group within the window since it was reopened. Alerts are placed by
when they were accepted, so a backlog is grouped as it would have been in time.

The group is written before the head of its alert. A process that dies in between leaves a group without that member,
which is harmless: the message comes again, is stamped the same, founds or joins the same group. Two replicas that race
for one group are kept apart by the group's version, and the loser decides again on what the winner wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.ids import derive_id

WINDOW = timedelta(seconds=300)
LONGEST_WINDOW = timedelta(seconds=3600)
LIFETIME = timedelta(hours=24)
FINE = timedelta(seconds=1)
"""The window rolls on in steps of this, so that a storm does not write its group at every alert."""

BURNS = "burns"
FORECASTS = "forecasts"
"""Alerts of forecasts are grouped apart from those of what has failed."""


class GroupReason(StrEnum):
    """Why an alert is in its group."""

    NO_GROUP = "no_group"
    WINDOW_PASSED = "window_passed"
    TOO_OLD = "too_old"
    INCIDENT_OVER = "incident_over"
    JOINED = "joined"
    REOPENED = "reopened"
    """Its incident was reopened."""
    JOINED_AS_EFFECT = "joined_as_effect"
    """Of the incident of a service that its own one needs (`inhibition`)."""


@dataclass(frozen=True, slots=True)
class GroupKey:
    """Alerts of one key may share an incident: the service, as well as it is known and folded, and the drill."""

    service: str
    drill_id: str | None = None
    apart: str = ""
    """The id of an alert that shares its group with nothing, or `FORECASTS`, or `BURNS`."""

    @property
    def document(self) -> str:
        """The id of the document that knows the present group of this key."""
        return derive_id("group", self.service, self.drill_id or "", *([self.apart] if self.apart else []))


@dataclass(frozen=True, slots=True)
class Group:
    """The present group of one key."""

    id: str
    service: str
    group_id: str
    opened_at: datetime
    last_at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """The group after an alert found its place; `group` is the same object when nothing needs to be written."""

    group: Group
    reason: GroupReason


def group_id(document: str, alert: str) -> str:
    """The id of the group that this alert founds."""
    return f"{document}-{derive_id(alert)[:10]}"


def effects_group_id(document: str, incident_id: str) -> str:
    """The id of the group that effects of this incident are in; they are a group only if it ends before they come."""
    return f"{document}-{derive_id('effects', incident_id)[:10]}"


def document_of(group: str) -> str:
    """The id of the document that a group's id names."""
    return group.rpartition("-")[0]


def is_founder(group: str, alert: str) -> bool:
    """True when this alert founded this group: it is the first one, and goes ahead of any queue."""
    return group.rpartition("-")[2] == derive_id(alert)[:10]


@dataclass(frozen=True, slots=True)
class Reopened:
    """Groups whose incident was reopened and is open."""

    since: Mapping[str, datetime] = field(default_factory=dict)
    """When, by group id."""
    latest: Mapping[str, str] = field(default_factory=dict)
    """The one of each key that was reopened last, by the id of the key's document."""

    def takes_back(self, key: GroupKey, former: str) -> str | None:
        """The group that an alert returns to which was in `former` before; None: it is placed like any other."""
        is_same_key = former in self.since and document_of(former) == key.document
        return former if is_same_key else None

    def place(self, key: GroupKey, known: Group | None, at: datetime) -> Placed | None:
        """Where an alert belongs that found no open group."""
        group_id = self.latest.get(key.document)
        if group_id is None or at - self.since[group_id] > WINDOW:
            return None
        return Placed(self.group(key, group_id, known, at), GroupReason.REOPENED)

    def group(self, key: GroupKey, group_id: str, known: Group | None, at: datetime) -> Group:
        """The key's present group after an alert joined what was reopened."""
        since = self.since[group_id]
        if known is None or known.group_id != group_id:
            return Group(key.document, key.service, group_id, since, at, known.version if known is not None else 0)
        if known.opened_at >= since and at - known.last_at < FINE:
            return known
        return replace(known, opened_at=max(since, known.opened_at), last_at=max(at, known.last_at))


NOTHING_REOPENED = Reopened()


def place(
    key: GroupKey, group: Group | None, alert: str, at: datetime, *, is_over: bool, window: timedelta = WINDOW
) -> Placed:
    """Where an alert belongs that was accepted at `at`.

    `group` is what is known of this key, `is_over` whether that group's incident is.
    """
    reason = _why_not(group, at, is_over=is_over, window=min(window, LONGEST_WINDOW))
    if group is None or reason is not GroupReason.JOINED:
        version = group.version if group else 0
        new = Group(key.document, key.service, group_id(key.document, alert), at, at, version)
        return Placed(new, reason)
    if at - group.last_at < FINE:
        return Placed(group, reason)
    return Placed(replace(group, last_at=at), reason)


def may_take(group: Group, at: datetime) -> bool:
    """Whether an alert that was accepted at `at` joins this group, should its incident not be over."""
    return _why_not(group, at, is_over=False, window=WINDOW) is GroupReason.JOINED


def _why_not(group: Group | None, at: datetime, *, is_over: bool, window: timedelta) -> GroupReason:
    if group is None:
        return GroupReason.NO_GROUP
    if is_over:
        return GroupReason.INCIDENT_OVER
    if at - group.last_at > window:
        return GroupReason.WINDOW_PASSED
    if at - group.opened_at >= LIFETIME:
        return GroupReason.TOO_OLD
    return GroupReason.JOINED

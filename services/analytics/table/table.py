"""Every incident as a row of numbers. Pure, but it changes as facts are taken in, in any order and any number of times.

A row may be begun by a page or by an alert of its group before its incident is known: until then it does not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntFlag

import numpy as np

from services.analytics.table.columns import NEVER, Columns
from services.analytics.table.component_sets import ComponentSets
from services.analytics.table.counted import (
    CountedAction,
    CountedDuty,
    CountedIncident,
    CountedPage,
    clock_times,
    millis_or_never,
)
from services.analytics.table.key_index import KeyIndex
from services.analytics.table.text_codes import TextCodes
from shared.clocks.epoch import EPOCH, to_millis
from shared.clocks.wallclock import find_zone
from shared.vocabulary import Category, Priority, Severity

SEVERITIES, PRIORITIES, CATEGORIES = tuple(Severity), tuple(Priority), tuple(Category)
"""The order of their codes; severities and priorities are worst first."""
SHORT_ID = 24
"""Bytes of an incident's id that a row has room for; a longer one is kept beside the rows."""
NIGHT_ENDS, NIGHT_BEGINS = 7, 22
"""A page between these hours of its person's own clock interrupts a night."""
SATURDAY = 5
NO_NIGHT = int(np.iinfo(np.int32).min)


class Flag(IntFlag):
    """What is true of an incident."""

    COUNTS = 1
    """It is known, no drill, and was not merged into another one."""
    IMPORTED = 2
    FORECAST = 4
    """It was opened for a forecast: nothing has failed yet."""
    BY_ITSELF = 8
    """Nobody resolved it, but its alerts did."""
    DRILL = 16


class PageFlag(IntFlag):
    """When a page reached its person, by their own clock."""

    NIGHT = 1
    WEEKEND = 2
    HANDED_OVER = 4


INCIDENT_COLUMNS: Mapping[str, tuple[str, object]] = {
    "created": ("i8", NEVER),
    "acknowledged": ("i8", NEVER),
    "resolved": ("i8", NEVER),
    "paged": ("i8", NEVER),
    "response_due": ("i8", NEVER),
    "responded": ("i8", NEVER),
    "resolution_due": ("i8", NEVER),
    "clock_resolved": ("i8", NEVER),
    "service": ("i4", 0),
    "team": ("i4", 0),
    "person": ("i4", 0),
    "components": ("i4", 0),
    "group": ("i4", -1),
    "alerts": ("i4", 0),
    "sequence": ("i4", 0),
    "severity": ("i1", 0),
    "priority": ("i1", 0),
    "category": ("i1", 0),
    "flags": ("i1", 0),
    "id": (f"S{SHORT_ID}", b""),
}
"""`paged` is when the first page was handed over, `person` who acknowledged; `group` is a row of `groups`."""
GROUP_COLUMNS: Mapping[str, tuple[str, object]] = {"began": ("i8", NEVER), "source": ("i4", 0)}
"""Of a group of alerts: when the first one began, and where that came from."""
PAGE_COLUMNS: Mapping[str, tuple[str, object]] = {
    "at": ("i8", NEVER),
    "incident": ("i4", -1),
    "person": ("i4", 0),
    "flags": ("i1", 0),
    "night": ("i4", NO_NIGHT),
}
"""`night` is the day on whose evening the night of the page began, by the person's clock, in days since 1970."""


class Table:
    """All that is counted. Other than by its methods nobody changes it."""

    def __init__(self) -> None:
        self.texts = TextCodes()
        self.incidents = Columns(INCIDENT_COLUMNS)
        self.groups = Columns(GROUP_COLUMNS)
        self.pages = Columns(PAGE_COLUMNS)
        self.actions: dict[str, CountedAction] = {}
        self.duty_days: dict[str, CountedDuty] = {}
        """Who was on call on a schedule's day, by its id."""
        self.services: dict[str, str] = {}
        """Names of the services that there are, by id."""
        self.component_sets = ComponentSets()
        """By the number in the column `components`."""
        self._rows, self._group_rows, self._page_rows = KeyIndex(), KeyIndex(), KeyIndex()
        self._long_ids: dict[int, str] = {}
        self._action_sequences: dict[str, int] = {}
        self._duty_sequences: dict[str, int] = {}

    def take_incident(self, sequence: int, incident: CountedIncident) -> None:
        """What is said of an incident under this sequence; what is older than what is known changes nothing."""
        row = self._row(incident.id)
        flags = _flags_of(incident)
        if self.incidents.get("sequence", row) > sequence:
            return
        clocks = clock_times(incident.sla)
        self.incidents.put(
            row,
            created=to_millis(incident.created_at),
            acknowledged=millis_or_never(incident.acknowledged_at),
            resolved=millis_or_never(incident.resolved_at),
            response_due=clocks.response_due,
            responded=clocks.responded,
            resolution_due=clocks.resolution_due,
            clock_resolved=clocks.resolved,
            service=self.texts.code(incident.service_id),
            team=self.texts.code(incident.team),
            person=self.texts.code(incident.acknowledged_by),
            components=self.component_sets.number(incident.components),
            group=self._group(incident.group_id) if incident.group_id else -1,
            alerts=min(incident.alerts.count, 2**31 - 1),
            sequence=sequence,
            severity=SEVERITIES.index(incident.severity),
            priority=PRIORITIES.index(incident.priority),
            category=CATEGORIES.index(incident.category),
            flags=flags,
        )

    def take_alert(self, group_id: str, source: str, starts_at: datetime) -> None:
        """An alert of a group: the first one says where the group's incident came from."""
        row, began = self._group(group_id), to_millis(starts_at)
        before = self.groups.get("began", row)
        told = self.texts.text(self.groups.get("source", row))
        if before == NEVER or (began, source) < (before, told):
            self.groups.put(row, began=began, source=self.texts.code(source))

    def take_page(self, page: CountedPage) -> None:
        """A page, once it was handed over: it stays so."""
        if page.state != "delivered":
            return
        row = self._page_rows.add(page.page_id)
        if row == len(self.pages):
            self.pages.add()
        incident, at = self._row(page.incident_id), to_millis(page.at)
        if self.pages.get("at", row) not in (NEVER, at):
            at = min(at, self.pages.get("at", row))
        first = self.incidents.get("paged", incident)
        self.incidents.put(incident, paged=at if first == NEVER else min(first, at))
        flags, night = _night_of(page.at, page.time_zone)
        self.pages.put(row, at=at, incident=incident, person=self.texts.code(page.user_id), flags=flags, night=night)

    def take_action(self, sequence: int, action: CountedAction) -> None:
        """What is said of an action item under this sequence."""
        if self._action_sequences.get(action.id, -1) <= sequence:
            self._action_sequences[action.id] = sequence
            self.actions[action.id] = action

    def take_duty(self, sequence: int, duty: CountedDuty) -> None:
        """What is said of a schedule's day under this sequence."""
        if self._duty_sequences.get(duty.id, -1) <= sequence:
            self._duty_sequences[duty.id] = sequence
            self.duty_days[duty.id] = duty

    def row_of(self, incident_id: str) -> int | None:
        """The row of an incident; None for one that was never heard of."""
        return self._rows.find(incident_id)

    def id_of(self, row: int) -> str:
        """The id of the incident of a row."""
        return self._long_ids.get(row) or bytes(self.incidents["id"][row]).decode()

    @property
    def nbytes(self) -> int:
        """The memory of what grows with the number of incidents and pages."""
        parts = (self.incidents, self.groups, self.pages, self._rows, self._group_rows, self._page_rows)
        return sum(part.nbytes for part in parts)

    def _row(self, incident_id: str) -> int:
        row = self._rows.add(incident_id)
        if row == len(self.incidents):
            self.incidents.add()
            written = incident_id.encode()
            if len(written) > SHORT_ID or b"\0" in written:
                self._long_ids[row] = incident_id
            self.incidents.put(row, id=written[:SHORT_ID])
        return row

    def _group(self, group_id: str) -> int:
        row = self._group_rows.add(group_id)
        if row == len(self.groups):
            self.groups.add()
        return row


def _flags_of(incident: CountedIncident) -> Flag:
    flags = Flag(0)
    if incident.drill_id is None and incident.merged_into is None:
        flags |= Flag.COUNTS
    if incident.drill_id is not None:
        flags |= Flag.DRILL
    if incident.imported:
        flags |= Flag.IMPORTED
    if incident.prediction_id is not None:
        flags |= Flag.FORECAST
    if incident.resolved_at is not None and incident.resolved_by == BY_ITSELF:
        flags |= Flag.BY_ITSELF
    return flags


BY_ITSELF = "auto"
"""Who is said to have resolved an incident that nobody resolved."""


def _night_of(at: datetime, time_zone: str) -> tuple[PageFlag, int]:
    local = at.astimezone(find_zone(time_zone) or UTC)
    flags, night = PageFlag.HANDED_OVER, NO_NIGHT
    if local.hour >= NIGHT_BEGINS or local.hour < NIGHT_ENDS:
        flags |= PageFlag.NIGHT
        night = local.date().toordinal() - EPOCH.toordinal() - (local.hour < NIGHT_ENDS)
    if local.weekday() >= SATURDAY:
        flags |= PageFlag.WEEKEND
    return flags, night

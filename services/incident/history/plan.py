"""What becomes of each row of a piece of an import: it is there already, it is refused, or it is written under an id.

A row with an id is the incident with that id, whatever else either says. One without is known by its content, and by
which of the equal ones it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from services.incident.access import in_scope
from services.incident.catalogue.service_definition import Service
from services.incident.history.judgement import MOST_SAID, Judged
from services.incident.history.made import team_of
from services.incident.history.row import HistoryRow
from services.incident.incidents.incident import Incident
from services.incident.numbering.day_numbers import DayNumbers
from services.incident.numbering.incident_ids import day_in, day_of, incident_id, number_of, written_number
from shared.ids import derive_id


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not taken, where it stands, what it calls itself, and why."""

    place: int
    id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What is worth knowing of a row that was taken, or is there already."""

    place: int
    id: str | None
    notes: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What has become of the rows so far."""

    read: int = 0
    imported: int = 0
    already_there: int = 0
    others: int = 0
    """Refused ones that belong to other teams than the key is for."""
    rejected: list[Rejected] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    equal: dict[str, int] = field(default_factory=dict)
    """How many rows without an id there were of each content."""

    @property
    def is_all_others(self) -> bool:
        """True when there was nothing in it that the key may bring in."""
        return self.read > 0 and self.others == self.read

    def draft(self) -> Tally:
        """A tally of the rows that come next, which goes on counting equal ones."""
        return Tally(equal=dict(self.equal))

    def take(self, draft: Tally) -> None:
        """Count what the draft counted."""
        self.read += draft.read
        self.imported += draft.imported
        self.already_there += draft.already_there
        self.others += draft.others
        self.rejected += draft.rejected
        self.noted += draft.noted
        self.equal = draft.equal

    def reject(self, row: Judged, reason: str) -> None:
        """Count a row that is not taken."""
        self.reject_place(row.place, row.id, reason)

    def reject_place(self, place: int, id: str | None, reason: str) -> None:
        """Count a row at this place that is not taken."""
        self.rejected.append(Rejected(place, id, reason))

    def note(self, place: int, id: str | None, notes: Sequence[str]) -> None:
        """Note something, if it is anything."""
        if notes:
            self.noted.append(Noted(place, id, tuple(notes)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that can be a fact; `key` is what one without an id is known by."""

    judged: Judged
    row: HistoryRow
    key: str = ""


def number_equals(judged: Iterable[Judged], tally: Tally) -> list[Wanted]:
    """The readable rows, those without an id with what they are known by; the others are counted as refused."""
    wanted: list[Wanted] = []
    for one in judged:
        tally.read += 1
        if one.row is None:
            tally.reject(one, one.reason)
            continue
        if one.row.id is not None:
            wanted.append(Wanted(one, one.row))
            continue
        content = content_key(one.row)
        tally.equal[content] = tally.equal.get(content, 0) + 1
        wanted.append(Wanted(one, one.row, derive_id(content, one.row.occurrence or tally.equal[content])))
    return wanted


def content_key(row: HistoryRow) -> str:
    """The same for rows that say the same, however they write it."""
    said = row.model_dump(mode="json", exclude={"id", "occurrence"}, exclude_defaults=True)
    return derive_id("history", orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode())


@dataclass(frozen=True, slots=True)
class Present:
    """What is here of what a piece names: the ids that rows without one got before, incidents, and services, by id."""

    claimed: Mapping[str, str]
    incidents: Mapping[str, Incident]
    services: Mapping[str, Service]

    def id_of(self, one: Wanted) -> str | None:
        """The id of a row that has one."""
        return one.row.id or self.claimed.get(one.key)

    def service_of(self, row: HistoryRow) -> Service | None:
        """The service that the row names, if it is known."""
        return self.services.get(row.service_id or "")


def looked_up(wanted: Iterable[Wanted], claimed: Mapping[str, str]) -> set[str]:
    """The ids of incidents that these rows may be, or whose numbers they may have; `claimed` are ids by key."""
    ids = {one.row.id or claimed.get(one.key) for one in wanted}
    return {wanted for id in ids if id is not None for wanted in (id, plain_id(id))}  # noqa: A001 - as everywhere


def pick_new(wanted: Iterable[Wanted], present: Present, teams: Sequence[str], tally: Tally) -> list[Wanted]:
    """The rows of which there is no incident yet, and that a key for `teams` may bring in; the others are counted."""
    new: list[Wanted] = []
    for one in wanted:
        incident = present.incidents.get(present.id_of(one) or "")
        if reason := refusal_of_scope(one.row, present.service_of(one.row), teams):
            tally.reject(one.judged, reason)
            tally.others += 1
        elif incident is None:
            new.append(one)
        elif not in_scope(teams, incident.team):
            tally.reject(one.judged, "id: it is taken")
            tally.others += 1
        else:
            tally.already_there += 1
            tally.note(one.judged.place, incident.id, difference(one.row, incident))
    return new


@dataclass(frozen=True, slots=True)
class Numbered:
    """The ids that rows get, by place, and what was counted of the others."""

    ids: Mapping[int, str]
    days: Mapping[str, DayNumbers]
    tally: Tally


def give_ids(
    new: Iterable[Wanted], present: Present, counted: Mapping[str, str], days: Mapping[str, DayNumbers], tally: Tally
) -> Numbered:
    """The id of each row that gets its incident; `counted` are ids that the counters gave, by key.

    A row whose incident is an earlier one's is there already, one whose number another has is refused.
    """
    found: dict[int, str] = {}
    rows: dict[str, HistoryRow] = {}
    given = dict(counted)
    for one in new:
        id = present.id_of(one) or given.get(one.key)  # noqa: A001 - as everywhere
        if id is None:
            day = day_of(one.row.created_at)
            id = given[one.key] = incident_id(day, days[day].take_next())  # noqa: A001 - as everywhere
        if id in rows:
            tally.already_there += 1
            tally.note(one.judged.place, id, difference(one.row, rows[id]))
            continue
        plain = plain_id(id)
        is_ours = plain != id and plain in present.incidents
        other = written_number(plain) if is_ours else days[day_in(id)].take(written_number(id))
        if other is not None:
            tally.reject(one.judged, f"id: its number is taken by INC-{day_in(id)}-{other}")
            continue
        rows[id] = one.row
        found[one.judged.place] = id
    return Numbered(found, days, tally)


def plain_id(id: str) -> str:
    """The id as our own counter would write it: without more zeros than it takes."""
    return incident_id(day_in(id), number_of(id))


def refusal_of_scope(row: HistoryRow, service: Service | None, teams: Sequence[str]) -> str:
    """Why a key that is limited to `teams` (empty: not limited) may not bring this row in; "" when it may."""
    if not teams:
        return ""
    if service is not None and not in_scope(teams, service.team):
        return f"service_id: {service.id!r} belongs to a team that the key is not for"
    if not in_scope(teams, team_of(row, service)):
        return "team: the key is limited to teams, and this is none of them"
    return ""


def difference(row: HistoryRow, incident: Incident | HistoryRow) -> list[str]:
    """What to say of a row whose incident is there already, and is another by what it tells."""
    differ = [name for name in ("title", "created_at") if getattr(row, name) != getattr(incident, name)]
    if not differ:
        return []
    return [f"an incident with this id is there, with another {' and '.join(differ)}; it stays as it is"]


def unknown_names(row: HistoryRow, service: Service | None, people: frozenset[str] | set[str]) -> list[str]:
    """What the row names that nobody here knows; it stays the word that it is."""
    notes = []
    if row.service_id is not None and service is None:
        notes.append(f"service {row.service_id[:100]!r} is unknown here")
    unknown = sorted(people_in(row) - people)
    notes += [f"user {name[:100]!r} is unknown here" for name in unknown[:MOST_SAID]]
    if len(unknown) > MOST_SAID:
        notes.append(f"{len(unknown) - MOST_SAID} more users are unknown here")
    return notes


def people_in(row: HistoryRow) -> set[str]:
    """The ids of people that the row names."""
    named = {*row.assignees, *row.participants, *(one.user_id for one in row.roles)}
    named |= {one.assignee_id for one in row.actions if one.assignee_id}
    return named | set(row.postmortem.reviewers if row.postmortem is not None else ())

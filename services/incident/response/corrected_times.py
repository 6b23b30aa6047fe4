"""Corrected times: a person says when something really happened, and every clock and figure follows.

The id keeps its date. What is one moment told twice (the creation and the start of the clocks, the first
acknowledgement and the status that it brought) moves together. When it was created is then also when it began, whatever
its alerts say: what is suspected is measured against that. Only what happened can be corrected, and the order stays
legal: created, acknowledged, resolved, closed, nothing in the future. The timeline says who moved what, from and to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.incident.incidents.commands import Actor, Status, Text
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.participants import with_participants
from services.incident.incidents.transitions import WORKING
from services.incident.timeline.entry import EntryKind, Line
from shared.clocks.epoch import EPOCH
from shared.problem import invalid
from shared.vocabulary import IncidentStatus

_CREATED, _ACKNOWLEDGED, _RESOLVED = "/created_at", "/acknowledged_at", "/resolved_at"


class TimesIn(BaseModel):
    """The body that corrects an incident's times: what is left out, or null, stays."""

    model_config = ConfigDict(extra="ignore")

    created_at: AwareDatetime | None = None
    started_at: Annotated[AwareDatetime | None, Field(description="Another word for `created_at`")] = None
    acknowledged_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    status_times: Annotated[dict[Status, AwareDatetime], Field(max_length=7)] = {}
    note: Text = ""


def correct(incident: Incident, body: TimesIn, actor: Actor, now: datetime) -> Edit:
    """The incident with these times. Raises a 422 `Problem` naming the time that can't be so."""
    asked = dict(_read_requested(incident, body))
    before, after = _moments(incident), incident
    for pointer, at in asked.items():
        if pointer not in before and not (pointer == _ACKNOWLEDGED and incident.resolved_at is not None):
            raise invalid(pointer, "this did not happen, so its time can't be corrected")
        if at > now:
            raise invalid(pointer, "in the future")
        if before.get(pointer) != at:
            after = _move_time(after, pointer, before.get(pointer), at, actor)
    if body.started_at and not body.created_at:
        after = after.changed(began_at=None)
    _require_order(after, asked)
    changed = {pointer: at for pointer, at in _moments(after).items() if pointer in asked and before.get(pointer) != at}
    lines = [
        Line(
            EntryKind.CORRECTION, f"{_name(pointer)}: {_time_text(before.get(pointer))} → {_time_text(at)}", actor.name
        )
        for pointer, at in changed.items()
    ]
    if _CREATED not in changed and after.started_at != incident.started_at:
        text = f"started_at: {_time_text(incident.started_at)} → {_time_text(after.started_at)}"
        lines.append(Line(EntryKind.CORRECTION, text, actor.name))
    if lines and body.note.strip():
        lines.append(Line(EntryKind.NOTE, body.note, actor.name))
        after = with_participants(after, [actor.user_id])
    return Edit(incident, after if lines else incident, now, tuple(lines))


def _read_requested(incident: Incident, body: TimesIn) -> Iterator[tuple[str, datetime]]:
    """The requested times by pointer; a status entered at the same moment as another time has that one's pointer."""
    if created := body.created_at or body.started_at:
        yield _CREATED, _plain(created, _CREATED)
    if body.acknowledged_at:
        yield _ACKNOWLEDGED, _plain(body.acknowledged_at, _ACKNOWLEDGED)
    if body.resolved_at:
        yield _RESOLVED, _plain(body.resolved_at, _RESOLVED)
    for status, at in body.status_times.items():
        entered = incident.first_entered.get(status)
        if status is IncidentStatus.TRIGGERED:
            pointer = _CREATED
        elif entered is not None and status in WORKING and entered == incident.acknowledged_at:
            pointer = _ACKNOWLEDGED
        elif entered is not None and status is IncidentStatus.RESOLVED and entered == incident.resolved_at:
            pointer = _RESOLVED
        else:
            pointer = _pointer(status)
        yield pointer, _plain(at, pointer)


def _moments(incident: Incident) -> dict[str, datetime]:
    """Every time that can be corrected, by its pointer."""
    named = {
        _CREATED: incident.created_at,
        _ACKNOWLEDGED: incident.acknowledged_at,
        _RESOLVED: incident.resolved_at,
    }
    found = {pointer: at for pointer, at in named.items() if at is not None}
    return found | {_pointer(status): at for status, at in incident.first_entered.items()}


def _move_time(incident: Incident, pointer: str, old: datetime | None, at: datetime, actor: Actor) -> Incident:
    update: dict[str, Any]
    entered = dict(incident.first_entered)
    if pointer == _CREATED:
        entered[IncidentStatus.TRIGGERED] = at
        update = {"created_at": at, "began_at": None, "first_entered": entered}
        return _first_record(incident, started_at=at).changed(**update)
    if pointer == _ACKNOWLEDGED:
        entered |= {status: at for status in WORKING if old is not None and entered.get(status) == old}
        update = {"acknowledged_at": at, "acknowledged_by": incident.acknowledged_by or actor.name}
        return _first_record(incident, responded_at=at).changed(**(update | {"first_entered": entered}))
    if pointer == _RESOLVED:
        if entered.get(IncidentStatus.RESOLVED) == old:
            entered[IncidentStatus.RESOLVED] = at
        update = {"resolved_at": at, "sla": incident.sla.changed(resolved_at=at)}
        return incident.changed(**(update | {"first_entered": entered}))
    status = IncidentStatus(pointer.rpartition("/")[2])
    entered[status] = at
    if status is IncidentStatus.RESOLVED:
        incident = _first_record(incident, resolved_at=at)
    return incident.changed(first_entered=entered)


def _first_record(incident: Incident, **times: datetime) -> Incident:
    """The incident with these times in its first record: later ones began with a reopen."""
    if not incident.past_sla:
        return incident.changed(sla=incident.sla.changed(**times))
    first, *rest = incident.past_sla
    return incident.changed(past_sla=[first.changed(**times), *rest])


def _require_order(incident: Incident, asked: dict[str, datetime]) -> None:
    at = _moments(incident)
    first_end = _pointer(IncidentStatus.RESOLVED)
    pairs = [(_CREATED, pointer) for pointer in at if pointer != _CREATED]
    pairs += [(_ACKNOWLEDGED, _pointer(status)) for status in WORKING]
    pairs += [(_ACKNOWLEDGED, first_end), (_ACKNOWLEDGED, _RESOLVED), (first_end, _pointer(IncidentStatus.CLOSED))]
    pairs += [(first_end, _RESOLVED), (_RESOLVED, _pointer(IncidentStatus.CLOSED))]
    for earlier, later in pairs:
        if earlier not in at or later not in at or at[earlier] <= at[later]:
            continue
        if later in asked:
            raise invalid(later, f"before {earlier[1:]}, which is {_time_text(at[earlier])}", "illegal_order")
        if earlier in asked:
            raise invalid(earlier, f"after {later[1:]}, which is {_time_text(at[later])}", "illegal_order")
    for one, following in pairwise([*incident.past_sla, incident.sla]):
        if one.resolved_at is not None and one.resolved_at > following.started_at:
            raise invalid(next(iter(asked), first_end), "it was reopened before that", "illegal_order")
    if incident.sla.resolved_at is not None and incident.sla.resolved_at < incident.sla.started_at:
        raise invalid(_RESOLVED, f"before it was reopened, {_time_text(incident.sla.started_at)}", "illegal_order")


def _pointer(status: IncidentStatus) -> str:
    return f"/status_times/{status.value}"


def _name(pointer: str) -> str:
    return pointer[1:].replace("/", " ")


def _plain(at: datetime, pointer: str) -> datetime:
    """In UTC, to the millisecond, as it is stored. Raises a 422 `Problem` for a time before there were computers."""
    if at < EPOCH:
        raise invalid(pointer, f"before {EPOCH.year}")
    try:
        at = at.astimezone(UTC)
    except OverflowError as error:
        raise invalid(pointer, "this time is out of range") from error
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _time_text(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else "never"

"""When a clock turns: at risk, breached, met, on track again after its deadline moved. Each turn is told once.

What was told last stands in the record. Whatever changes an incident reads its clocks at that moment, and the time of
the next turn is among what is due of it, so an untouched incident turns too. A turn that nobody could tell in time (all
processes were down) is passed over for the one after it. What is imported or merged turns no more; a drill's turns say
whose they are.
"""

from __future__ import annotations

from dataclasses import replace

from services.incident.incidents.edit import Edit, News
from services.incident.incidents.incident import Incident
from services.incident.sla.record import Reading, SlaRecord, read_resolution, read_response
from services.incident.timeline.entry import EntryKind, Line
from shared.events.command import ClockState, SlaClock, SlaTurned

_SAID = {ClockState.AT_RISK: "at risk", ClockState.BREACHED: "breached"}


def turn_clocks(edit: Edit) -> Edit:
    """The edit, and the clocks that turned by it or by time."""
    incident = edit.after
    if incident.imported or incident.merged_into is not None:
        return edit
    record = incident.sla
    response = read_response(record, incident.priority, edit.at)
    resolution = read_resolution(record, incident.priority, edit.at)
    turned: list[tuple[SlaClock, Reading]] = []
    if response.state is not record.response_told:
        turned.append((SlaClock.RESPONSE, response))
    if resolution.state is not record.resolution_told:
        turned.append((SlaClock.RESOLUTION, resolution))
    if not turned:
        return edit
    told: SlaRecord = record.changed(response_told=response.state, resolution_told=resolution.state)
    lines = tuple(
        Line(EntryKind.SLA, f"{clock.value} clock {_SAID[reading.state]}: due {reading.due_at:%Y-%m-%d %H:%M:%S} UTC")
        for clock, reading in turned
        if reading.state in _SAID
    )
    return replace(
        edit,
        after=incident.changed(sla=told),
        lines=(*edit.lines, *lines),
        news=(*edit.news, *(_news(incident, clock, reading, edit) for clock, reading in turned)),
    )


def _news(incident: Incident, clock: SlaClock, reading: Reading, edit: Edit) -> News:
    fact = SlaTurned(
        incident_id=incident.id,
        clock=clock,
        state=reading.state,
        due_at=reading.due_at,
        at=edit.at,
        priority=incident.priority,
        service_id=incident.service_id,
        team=incident.team,
        drill_id=incident.drill_id,
        imported=incident.imported,
    )
    return News("sla.turned.v1", fact, f"sla {clock.value}")

"""An alert of a drill as a message of the intake's queue: the same whenever it is made again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.ingest.intake.message import AcceptedAlert, Origin, stamp_alert
from services.ingest.normalisation.normalise import cut_to_millis
from services.ingest.sources.generic import read_object
from shared.clocks.epoch import to_millis
from shared.events import Event
from shared.events.oncall import DrillAlert, DrillAlertsFact
from shared.ids import derive_id

SOURCE = "drill"


def origin_of(fact: DrillAlertsFact, event: Event) -> Origin:
    """Where they come from: keys are scoped by the drill, and mean services of its maker's teams."""
    return Origin(
        at=cut_to_millis(fact.at),
        correlation=event.correlationid or event.id,
        traceparent=event.traceparent,
        key_id=f"drill {fact.drill_id}",
        teams=tuple(fact.teams),
    )


def accept_all(fact: DrillAlertsFact) -> list[AcceptedAlert]:
    """The alerts, stamped by when they were due and by their place: told again they are the same messages."""
    at = cut_to_millis(fact.at)
    found = []
    for place, told in enumerate(fact.alerts, start=fact.first):
        alert = replace(read_object(_body_of(told), at), drill_id=fact.drill_id)
        stamp = f"{to_millis(at):012x}{place & 0xFFFF:04x}-{derive_id(fact.drill_id)[:6]}"
        found.append(stamp_alert(alert, stamp, 0))
    return found


def _body_of(told: DrillAlert) -> dict[str, Any]:
    """As a sender of the generic shape would write it."""
    members = told.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in members.items() if value not in ("", {})} | {"source": SOURCE}

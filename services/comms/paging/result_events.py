"""What the rest of the house hears of a delivery: `page.delivered.v1` and `page.failed.v1`, with ids only."""

from __future__ import annotations

from datetime import datetime

from services.comms.delivery.delivery_state import Move
from services.comms.delivery.outcome import without_addresses
from services.comms.paging.delivery import Delivery
from shared.events import Event, make
from shared.events.oncall import PageResult, PageState
from shared.ids import derive_id


def delivered_event(delivery: Delivery) -> list[Event]:
    """The event of a delivery that was handed over, as `result_event` makes it: all that it says is in the delivery."""
    move = Move(delivery.state, delivery.reason, delivery.detail, tell=PageState.DELIVERED)
    return result_event(delivery, move, delivery.finished_at or delivery.page.requested_at)


def result_event(after: Delivery, move: Move, now: datetime) -> list[Event]:
    """The event of a move that led to `after`, or none. The same move tells the same event, id included."""
    if move.tell is None:
        return []
    page = after.page
    result = PageResult(
        page_id=page.page_id,
        incident_id=page.incident.id,
        user_id=page.user.id,
        method_id=page.method.id,
        channel=page.method.channel,
        urgency=page.urgency,
        step=page.step,
        round=page.round,
        generation=page.generation,
        reason=page.reason,
        state=move.tell,
        attempts=after.attempts,
        permanent=move.permanent,
        detail=without_addresses(move.detail, page.method.address),
        requested_at=page.requested_at,
        at=now,
        time_zone=page.user.time_zone,
    )
    name = "page.delivered.v1" if move.tell is PageState.DELIVERED else "page.failed.v1"
    event = make(
        name,
        subject=page.page_id,
        sequence=after.version,
        time=now,
        data=result,
        correlation=after.origin.correlation,
        traceparent=after.origin.traceparent,
        id=derive_id(page.page_id, after.version, name),
    )
    return [event.changed(causationid=after.origin.event_id)]

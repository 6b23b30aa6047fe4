"""A burn of an error budget as a message of the intake's queue: the same whenever it is made again. Pure."""

from __future__ import annotations

from services.ingest.intake.message import AcceptedAlert, Origin, stamp_alert
from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.normalise import cut_to_millis
from shared.clocks.epoch import EPOCH, to_millis
from shared.events import Event
from shared.events.analytics.budgets import BudgetFact, BurnFact
from shared.ids import derive_id
from shared.vocabulary import BURN_SOURCE, Category, Severity

LONGEST_TITLE = 300
_HOUR, _MINUTE = 3600, 60


def origin_of(fact: BudgetFact, event: Event) -> Origin:
    """Where it comes from: all of them are one sender's, about the service itself."""
    return Origin(
        at=cut_to_millis(event.time),
        service_id=fact.service_id,
        correlation=event.correlationid or event.id,
        traceparent=event.traceparent,
        key_id=BURN_SOURCE,
    )


def accept(fact: BudgetFact, event: Event) -> AcceptedAlert | None:
    """The alert, stamped by its event. None: a line on an incident's timeline tells it, or it ended before."""
    burn = fact.burn
    if burn is None or burn.incident_id is not None or burn.ended_at not in (None, fact.at):
        return None
    since = cut_to_millis(burn.since)
    alert = ReceivedAlert(
        action=Action.TRIGGER if burn.ended_at is None else Action.RESOLVE,
        source=BURN_SOURCE,
        key=f"budget of {fact.service_id}",
        service=fact.service_id,
        starts_at=since,
        ends_at=cut_to_millis(burn.ended_at) if burn.ended_at is not None else None,
        token=(since - EPOCH) // EPOCH.resolution,
        content=_content(fact, burn),
    )
    stamp = f"{to_millis(cut_to_millis(event.time)):012x}{event.sequence & 0xFFFF:04x}-{derive_id(fact.service_id)[:6]}"
    return stamp_alert(alert, stamp, 0)


def _content(fact: BudgetFact, burn: BurnFact) -> Content:
    name = fact.service_name or fact.service_id
    over = f"over {_span(burn.long_seconds)}, and still over the last {_span(burn.short_seconds)}"
    lines = [
        f"{burn.rate:.3g} times as fast as allowed {over}; told from {burn.threshold:.3g} on.",
        f"Target {100 * fact.target:.6g} % over {fact.window_days} days.",
        f"{100 * fact.left_share:.1f} % of the budget are left.",
    ]
    return Content(
        title=f"{name}: the error budget burns {burn.rate:.3g} times as fast as allowed"[:LONGEST_TITLE],
        description="\n".join(lines),
        severity=Severity.HIGH if burn.pages else Severity.LOW,
        category=Category.PERFORMANCE,
        labels={"rule": burn.rule.value, "slo_target": f"{fact.target:.6g}"},
    )


def _span(seconds: int) -> str:
    return f"{seconds // _HOUR} h" if seconds >= _HOUR else f"{seconds // _MINUTE} min"

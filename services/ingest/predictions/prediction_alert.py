"""A prediction as a message of the intake's queue: the same whenever it is made again. Pure."""

from __future__ import annotations

from datetime import datetime

from services.ingest.intake.message import AcceptedAlert, Origin, stamp_alert
from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.normalise import cut_to_millis
from shared.clocks.epoch import EPOCH, to_millis
from shared.events import Event
from shared.events.analytics.predictions import PredictionFact, PredictionState
from shared.ids import derive_id
from shared.vocabulary import Category, LimitKind, Severity

SOURCE = "forecast"
LONGEST_TITLE = 300


def origin_of(fact: PredictionFact, event: Event) -> Origin:
    """Where it comes from: all of them are one sender's, limited to the teams that the samples' key was limited to."""
    return Origin(
        at=cut_to_millis(event.time),
        service_id=fact.service_id,
        correlation=event.correlationid or event.id,
        traceparent=event.traceparent,
        key_id=SOURCE,
        teams=tuple(fact.teams),
    )


def accept(fact: PredictionFact, event: Event) -> AcceptedAlert | None:
    """The alert, stamped by its event: told again it is the same message. None: nobody is to hear of it."""
    if fact.muted or fact.state is PredictionState.MISSED:
        return None
    action = Action.TRIGGER if fact.ended_at is None else Action.RESOLVE
    opened_at = cut_to_millis(fact.opened_at)
    alert = ReceivedAlert(
        action=action,
        source=SOURCE,
        key=fact.id,
        service=fact.service or fact.service_id,
        starts_at=opened_at,
        ends_at=cut_to_millis(fact.ended_at) if fact.ended_at is not None else None,
        token=(opened_at - EPOCH) // (EPOCH.resolution),
        content=_content(fact),
        prediction_id=fact.id,
    )
    stamp = f"{to_millis(cut_to_millis(event.time)):012x}{event.sequence & 0xFFFF:04x}-{derive_id(fact.id)[:6]}"
    return stamp_alert(alert, stamp, 0)


def _content(fact: PredictionFact) -> Content:
    series = f"{fact.metric} of {fact.host}"
    beyond = "above" if fact.limit_kind is LimitKind.UPPER else "below"
    limit = _number(fact.limit)
    if fact.state is PredictionState.HIT:
        title = f"{series} has reached {limit}, as was foretold"
    else:
        title = f"{series} is expected to reach {limit} at {_time(fact.expected_at)}"
    lines = [
        f"It must not be {beyond} {limit}"
        + (f", and stands at {_number(fact.level)}." if fact.level is not None else "."),
    ]
    if len(fact.interval) == 2:
        begin, end = fact.interval
        lines.append(
            f"Expected between {_time(begin)} and {_time(end)}, with a confidence of {round(100 * fact.confidence)} %."
        )
    if fact.ended_at is not None:
        lines.append("It has turned: nothing of the kind is expected any more.")
    return Content(
        title=title[:LONGEST_TITLE],
        description="\n".join(lines),
        severity=Severity.LOW,
        category=Category.PERFORMANCE,
        labels={"host": fact.host, "metric": fact.metric, "prediction": fact.id},
    )


def _number(value: float) -> str:
    return f"{value:.6g}"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "some time"

"""What follows for an incident from all alert events that were folded into it together.

Each step takes the incident as the steps before left it. Their order is the order of policy: severity first, since what
ends has no page to repeat; the end before an acknowledgement, which it makes needless; another page last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.incident.alerts.folding import Batch, Taken, is_being_paged
from services.incident.catalogue.rating_defaults import priority_for
from services.incident.incidents.alert_member import paging_alert
from services.incident.incidents.commands import rating_lines
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import AUTO, Incident
from services.incident.incidents.lifecycle import answer, enter_status, page_again, rate
from services.incident.incidents.transitions import Move, judge_move
from services.incident.timeline.entry import SYSTEM, EntryKind, Line
from shared.ids import stamp_time
from shared.vocabulary import AlertStatus, IncidentStatus, PageReason


class Effect(StrEnum):
    """What else follows from the alerts of an incident."""

    AUTO_RESOLVE = "auto_resolve"
    RESOLVE_LATER = "resolve_later"
    FIRES_AGAIN = "fires_again"
    SEVERITY_RAISED = "severity_raised"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Settled:
    """The incident as far as it is decided, what its timeline says, and what the alerts did besides."""

    incident: Incident
    lines: tuple[Line, ...] = ()
    effects: tuple[Effect, ...] = ()

    def then(self, incident: Incident, *lines: Line, effect: Effect | None = None) -> Settled:
        """The result so far with the incident after one more step."""
        effects = self.effects if effect is None else (*self.effects, effect)
        return Settled(incident, (*self.lines, *lines), effects)


def settle(batch: Batch) -> tuple[Edit, tuple[Effect, ...]]:
    """All that the batch does to its incident as one edit, and what it did besides."""
    settled = Settled(batch.after)
    for step in _STEPS:
        settled = step(settled, batch)
    cause = batch.taken[0].arrival.event if batch.taken else None
    members = tuple(batch.touched.values())
    return Edit(batch.before, settled.incident, batch.at, settled.lines, members, cause), settled.effects


def resolve_by_itself(incident: Incident, now: datetime) -> tuple[Incident, Line]:
    """The open incident, resolved because every alert of it is, and what the timeline says."""
    move = judge_move(incident.status, IncidentStatus.RESOLVED)
    if move is None:
        raise ValueError(f"{incident.id} is {incident.status.value} and can't be resolved")
    line = Line(EntryKind.STATUS, f"status {incident.status.value} → resolved: every alert ended")
    return enter_status(incident, IncidentStatus.RESOLVED, move, now, by=AUTO), line


def _say_who_came(settled: Settled, batch: Batch) -> Settled:
    """The timeline says which alerts opened it, joined it, or joined it as effects."""
    lines: list[Line] = []
    if batch.before is None:
        lines.append(Line(EntryKind.OPENED, f"opened by the alert: {settled.incident.title}"))
    elif batch.joined:
        lines.append(Line(EntryKind.ALERT, _joined_text(batch.joined)))
    if batch.effects:
        lines.append(Line(EntryKind.ALERT, _effects_text(batch.effects)))
    return settled.then(settled.incident, *lines) if lines else settled


def _raise_severity(settled: Settled, batch: Batch) -> Settled:
    """The worst severity that was told counts, unless a person set one."""
    incident, worst = settled.incident, batch.worst
    if worst is None or incident.severity_set or incident.status is IncidentStatus.CLOSED:
        return settled
    severity = worst.fact.severity
    if severity.rank >= incident.severity.rank:
        return settled
    priority = incident.priority if incident.priority_set else priority_for(severity, incident.category)
    rated = rate(incident, severity, priority, worst.event.id)
    if batch.before is None or incident.alerts.open == 0:
        # what begins, or is about to end, has no page to repeat
        kept = {"paging": incident.paging, "snoozed_until": incident.snoozed_until}
        rated = rated.changed(**kept)
    return settled.then(rated, *rating_lines(incident, rated, SYSTEM), effect=Effect.SEVERITY_RAISED)


def _end_or_go_on(settled: Settled, batch: Batch) -> Settled:
    """When its last alert ended it resolves itself, at once or later; when one fires again it does not."""
    incident = settled.incident
    if not batch.touched or not incident.status.is_open:
        return settled
    if incident.alerts.count == incident.alerts.effects:
        return settled  # a person opened it, and the end of its effects alone does not end it
    if incident.alerts.open > 0:
        if incident.resolve_due_at is None:
            return settled
        return settled.then(incident.changed(resolve_due_at=None), effect=Effect.FIRES_AGAIN)
    if incident.reopened is not None and incident.alerts.count <= incident.reopened.alerts:
        return settled  # those that ended had ended before a person reopened it
    delay = incident.auto_resolve_after_seconds
    if delay > 0:
        due_at = incident.resolve_due_at or batch.at + timedelta(seconds=delay)
        return settled.then(incident.changed(resolve_due_at=due_at), effect=Effect.RESOLVE_LATER)
    resolved, line = resolve_by_itself(incident, batch.at)
    return settled.then(resolved, line, effect=Effect.AUTO_RESOLVE)


def _acknowledge_with_its_only_alert(settled: Settled, batch: Batch) -> Settled:
    """Acknowledges the incident when its only open alert was acknowledged in the system that sent it."""
    incident, alert = settled.incident, batch.acknowledged
    if alert is None or incident.alerts.open != 1 or not (incident.status.is_open and incident.unanswered):
        return settled
    if batch.touched[alert.alert_id].status is not AlertStatus.ACKNOWLEDGED:
        return settled
    text = f"acknowledged in {alert.source}: {alert.title}"
    if incident.status is IncidentStatus.TRIGGERED:
        by = alert.source or AUTO
        after = enter_status(incident, IncidentStatus.ACKNOWLEDGED, Move.ACKNOWLEDGE, batch.at, by=by)
        text = f"status triggered → acknowledged: {text}"
    else:
        after = answer(incident, None)
    return settled.then(after, Line(EntryKind.STATUS, text), effect=Effect.ACKNOWLEDGED)


def _page_for_a_new_alert(settled: Settled, batch: Batch) -> Settled:
    """A new alert pages people again once somebody has the incident in hand."""
    incident, new = settled.incident, batch.pages_again
    if new is None or not incident.status.is_open or is_being_paged(incident):
        return settled
    paged = page_again(incident, PageReason.NEW_ALERT, new.event.id, stamp_time(new.fact.stamp), paging_alert(new.fact))
    return replace(settled, incident=paged)


_STEPS: Sequence[Callable[[Settled, Batch], Settled]] = (
    _say_who_came,
    _raise_severity,
    _end_or_go_on,
    _acknowledge_with_its_only_alert,
    _page_for_a_new_alert,
)


def _joined_text(joined: Sequence[Taken]) -> str:
    title = joined[0].title
    return f"another alert: {title}" if len(joined) == 1 else f"{len(joined)} more alerts, the first: {title}"


def _effects_text(joined: Sequence[Taken]) -> str:
    cause = joined[0].effect_of
    if cause is None:
        raise ValueError("what joined as an effect has a cause")
    way = " → ".join(cause.path)
    text = f"an effect of {cause.service_id} joined (hard dependency: {way}): {joined[0].title}"
    return text if len(joined) == 1 else f"{text}; and {len(joined) - 1} more effects"

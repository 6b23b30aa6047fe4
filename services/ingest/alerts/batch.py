"""What a batch of messages does to the alerts: every key folded once, with what must be written and told.

The messages of one key become one write. New occurrences still need their group (`grouping`), so what is told is kept
as drafts until the groups are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.ingest.alerts.fold import Effect, Folded, Head, Occurrence, Reason, fold_all, new_head
from services.ingest.catalogue_copy.routing import Directory, fold_service, foreign_note, shown_service
from services.ingest.grouping.group import (
    BURNS,
    FORECASTS,
    NOTHING_REOPENED,
    Group,
    GroupKey,
    GroupReason,
    Reopened,
    effects_group_id,
    may_take,
    place,
)
from services.ingest.grouping.inhibition import Causes, InhibitedBy
from services.ingest.intake.message import QueuedAlert
from shared.vocabulary import BURN_SOURCE

NO_CAUSES = Causes()


class AlertEvent(StrEnum):
    """What is told of an alert."""

    OPENED = "alert.opened.v1"
    UPDATED = "alert.updated.v1"
    RESOLVED = "alert.resolved.v1"


_EVENT_OF = {Effect.OPENED: AlertEvent.OPENED, Effect.UPDATED: AlertEvent.UPDATED, Effect.RESOLVED: AlertEvent.RESOLVED}


@dataclass(frozen=True, slots=True)
class Draft:
    """One event to be: the alert as it was then, the number of the event, and the message that caused it."""

    kind: AlertEvent
    occurrence: Occurrence
    sequence: int
    cause: QueuedAlert


@dataclass(frozen=True, slots=True)
class Founding:
    """An occurrence that began."""

    occurrence: Occurrence
    at: datetime
    """When its first message was accepted."""
    former: str = ""
    """The group of the occurrence of its key before it; empty: there was none."""


@dataclass(frozen=True, slots=True)
class KeyDecision:
    """What becomes of one key; `before` is the head that was read, `head` the one to write over it."""

    before: Head
    head: Head
    drafts: tuple[Draft, ...]
    founded: tuple[Founding, ...]
    finished: tuple[Occurrence, ...]
    """Occurrences that go to the archive."""
    repeats: int
    newest: QueuedAlert
    """The newest message that was folded."""
    must_write: bool
    reasons: tuple[Reason, ...]


def decide(
    heads: Mapping[str, Head], taken: Mapping[str, Sequence[QueuedAlert]], directory: Directory
) -> list[KeyDecision]:
    """Fold the messages of each key (by head id) on what is known of it."""
    decisions = []
    for key, told in taken.items():
        head = heads.get(key) or new_head(told[0])
        services = [
            directory.find(one.claim, one.origin.service_id, one.content.labels, one.origin.teams) for one in told
        ]
        messages = [_to_keep(one, service) for one, service in zip(told, services, strict=True)]
        ordered = sorted(messages, key=lambda one: one.stamp)
        decisions.append(_sum_up(head, ordered, fold_all(head, messages, services)))
    return decisions


def _to_keep(taken: QueuedAlert, service: str | None) -> QueuedAlert:
    """The message as it is folded: what a limited key calls a service that is not its teams' means nothing."""
    content = taken.content.for_storage()
    if service is not None or not taken.origin.teams or not taken.claim:
        return replace(taken, content=content)
    noted = replace(content, mended=(*content.mended, foreign_note(taken.claim)))
    return replace(taken, content=noted, claim=None)


def _sum_up(before: Head, messages: Sequence[QueuedAlert], outcomes: Sequence[Folded]) -> KeyDecision:
    drafts: list[Draft] = []
    founded: list[Founding] = []
    repeats = 0
    must_write = False
    for message, outcome in zip(messages, outcomes, strict=True):
        seen = outcome.head.occurrence
        if outcome.effect is Effect.REPEATED:
            repeats += 1
            continue
        must_write = must_write or outcome.effect is Effect.REMEMBERED
        kind = _EVENT_OF.get(outcome.effect)
        if kind is None or seen is None:
            continue
        must_write = True
        if seen.opened == message.stamp:
            founded.append(Founding(seen, message.origin.at, outcome.finished.group_id if outcome.finished else ""))
        if outcome.is_split and outcome.finished is not None:
            drafts.append(Draft(AlertEvent.RESOLVED, outcome.finished, outcome.head.sequence - 1, message))
        if drafts and kind is AlertEvent.UPDATED is drafts[-1].kind and drafts[-1].occurrence.id == seen.id:
            drafts.pop()  # told in one breath: the later state says it all
        drafts.append(Draft(kind, seen, outcome.head.sequence, message))
    return KeyDecision(
        before=before,
        head=outcomes[-1].head,
        drafts=tuple(drafts),
        founded=tuple(founded),
        finished=tuple(outcome.finished for outcome in outcomes if outcome.finished is not None),
        repeats=repeats,
        newest=messages[-1],
        must_write=must_write,
        reasons=tuple(outcome.reason for outcome in outcomes),
    )


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the new occurrences of a batch belong."""

    group_of: Mapping[str, str] = field(default_factory=dict)
    """Group id by alert id."""
    effect_of: Mapping[str, InhibitedBy] = field(default_factory=dict)
    """By alert id, for those that join the incident of another service."""
    changed: tuple[Group, ...] = ()
    reasons: tuple[GroupReason, ...] = ()


def group_keys(decisions: Iterable[KeyDecision]) -> dict[str, GroupKey]:
    """Whose group each new occurrence asks for, by alert id."""
    return {
        one.occurrence.id: GroupKey(
            _grouping_service(one.occurrence), decision.head.drill_id, _group_suffix(decision.head, one.occurrence)
        )
        for decision in decisions
        for one in decision.founded
    }


def _group_suffix(head: Head, seen: Occurrence) -> str:
    """Gives an alert that opens no incident a group of its own: it would keep others' groups open. Forecasts share
    groups with forecasts alone, and so do alerts about error budgets: what they open is no failure.
    """
    if not seen.content.opens_incident:
        return seen.id
    if head.source == BURN_SOURCE:
        return BURNS
    return FORECASTS if head.prediction_id is not None else ""


def groups_that_matter(
    decisions: Iterable[KeyDecision], keys: Mapping[str, GroupKey], groups: Mapping[str, Group]
) -> frozenset[str]:
    """The groups whose incidents decide where new occurrences belong: those that their keys were in before, and the
    present ones that may still take them.
    """
    founded = [one for decision in decisions for one in decision.founded]
    present = [(groups.get(keys[one.occurrence.id].document), one.at) for one in founded]
    return frozenset(one.former for one in founded if one.former) | frozenset(
        group.group_id for group, at in present if group is not None and may_take(group, at)
    )


def _grouping_service(seen: Occurrence) -> str:
    return fold_service(shown_service(seen.service_id, seen.claim))


def may_be_effects(decisions: Iterable[KeyDecision]) -> frozenset[str]:
    """The services of new occurrences that fire: what is over already joins nothing."""
    new = (one.occurrence for decision in decisions for one in decision.founded)
    return frozenset(seen.service_id for seen in new if seen.service_id is not None and seen.status.is_open)


def place_all(
    decisions: Iterable[KeyDecision],
    keys: Mapping[str, GroupKey],
    groups: Mapping[str, Group],
    over: frozenset[str],
    *,
    held: frozenset[str] = frozenset(),
    reopened: Reopened = NOTHING_REOPENED,
    causes: Causes = NO_CAUSES,
) -> Placement:
    """Place the new occurrences, in the order of their stamps.

    `groups` are the groups that were read, by document id; `over` are the ids of groups whose incident is over, `held`
    of those whose incident is open: an alert joins its own service's before it is an effect of another's. What was
    `reopened` takes its alerts again.
    """
    present = dict(groups)
    group_of: dict[str, str] = {}
    reasons: list[GroupReason] = []
    effect_of: dict[str, InhibitedBy] = {}
    arrivals = [(one, decision.head) for decision in decisions for one in decision.founded]
    for founding, head in sorted(arrivals, key=lambda one: one[0].occurrence.opened):
        occurrence, at = founding.occurrence, founding.at
        key = keys[occurrence.id]
        known = present.get(key.document)
        is_over = known is not None and known.group_id in over
        back = reopened.takes_back(key, founding.former)
        if back is not None:
            group_of[occurrence.id] = back
            reasons.append(GroupReason.REOPENED)
            if known is None or is_over or known.group_id == back:
                present[key.document] = reopened.group(key, back, known, at)
            continue
        placed = place(key, known, occurrence.id, at, is_over=is_over)
        if placed.reason is not GroupReason.JOINED:
            placed = reopened.place(key, known, at) or placed
        joins_own = placed.reason is GroupReason.REOPENED or (
            placed.reason is GroupReason.JOINED and placed.group.group_id in held
        )
        cause = None
        if occurrence.status.is_open and not joins_own and head.prediction_id is None and head.source != BURN_SOURCE:
            cause = causes.of(occurrence.service_id, occurrence.content.severity, head.drill_id)
        if cause is not None:
            effect_of[occurrence.id] = cause
            group_of[occurrence.id] = effects_group_id(key.document, cause.incident_id)
            reasons.append(GroupReason.JOINED_AS_EFFECT)
            continue
        present[key.document] = placed.group
        group_of[occurrence.id] = placed.group.group_id
        reasons.append(placed.reason)
    changed = tuple(group for document, group in present.items() if group is not groups.get(document))
    return Placement(group_of, effect_of, changed, tuple(reasons))


def with_group(occurrence: Occurrence, placement: Placement) -> Occurrence:
    """The occurrence with its group and its cause, should it have been placed just now."""
    if occurrence.group_id:
        return occurrence
    return replace(
        occurrence, group_id=placement.group_of[occurrence.id], effect_of=placement.effect_of.get(occurrence.id)
    )

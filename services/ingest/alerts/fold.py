"""One key's messages become alerts: pure, in the order of stamps, whatever order they come in.

A head knows the present occurrence of its key, the last moves that led there (`moves`) and the last text for each
start that may still count. A message is put among the moves, all are played, and what is visible now is compared with
what was visible before: that difference is the effect, and what is told. A message that was folded before changes
nothing. What leaves the visible state as it was (a repeat) need not be written each time; the shell holds the newest
back for up to a minute and folds it then (`repeats`).

An alert's id is given when its occurrence first becomes visible and stays, even when a late message moves its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.ingest.alerts.moves import KEPT, NOTHING_YET, Move, Phase, Standing, insert, play, play_all, shorten
from services.ingest.alerts.text_edits import Edit, apply_edit, edits_to_keep
from services.ingest.grouping.inhibition import InhibitedBy
from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.dedup_key import alert_id
from shared.vocabulary import AlertStatus

MOST_TEXTS = 4
"""As many starts as a head keeps the text of."""


class Effect(StrEnum):
    """What a message did."""

    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"
    REPEATED = "repeated"
    """Nothing visible changed, but the head knows of the message."""
    REMEMBERED = "remembered"
    """Nothing visible changed, and what comes later may need it: it can't wait in memory as a repeat can."""
    NOTHING = "nothing"


class Reason(StrEnum):
    """Why it did that."""

    FIRST = "first"
    AGAIN = "again"
    BORN_RESOLVED = "born_resolved"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    TOLD_ANEW = "told_anew"
    PUT_IN_ORDER = "put_in_order"
    REPEAT = "repeat"
    REMEMBERED = "remembered"
    WENT_SILENT = "went_silent"
    HEARD_AGAIN = "heard_again"
    HELD = "held"
    """It may be a copy of what is over: it fires when a second one comes, or after a minute without a resolve."""
    HOLD_ENDED = "hold_ended"
    HOLD_PASSED = "hold_passed"
    QUIET = "quiet"
    """A person resolved it, and its sender goes on for a while."""
    REOPENED = "reopened"
    FOLDED_BEFORE = "folded_before"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An alert as everybody sees it, from its opening until it is resolved."""

    id: str
    opened: str
    """Stamp of the message that made it visible: lists are sorted by it."""
    status: AlertStatus
    content: Content
    starts_at: datetime
    ends_at: datetime | None
    count: int
    service_id: str | None
    claim: str | None
    group_id: str
    """Empty until grouping has decided."""
    effect_of: InhibitedBy | None = None
    """The incident of another service that it joins."""
    teams: tuple[str, ...] = ()
    """The teams that the key which opened it is limited to: no other team's service is meant."""


@dataclass(frozen=True, slots=True)
class Text:
    """What the last trigger of one start said."""

    stamp: str
    content: Content


Texts = tuple[tuple[int | None, Text], ...]


@dataclass(frozen=True, slots=True)
class Head:
    """All that is known of one key."""

    id: str
    integration_id: str | None
    source: str
    key: str
    drill_id: str | None
    prediction_id: str | None = None
    """A prediction has a key, and so a head, of its own."""
    version: int = 0
    sequence: int = 0
    """Number of the last event told about this key; rises over all its occurrences."""
    occurrence: Occurrence | None = None
    token: int | None = None
    """The start that the visible text belongs to."""
    lapses_at: datetime | None = None
    """When it becomes stale, or is over, unless its sender says it again; or when what is held fires."""
    base: Standing = NOTHING_YET
    floor: str = ""
    """Moves up to this stamp are part of `base`."""
    moves: tuple[Move, ...] = ()
    texts: Texts = ()
    edits: tuple[Edit, ...] = ()

    def standing(self) -> Standing:
        """Where its moves have led to."""
        return play_all(self.base, self.moves)


@dataclass(frozen=True, slots=True)
class Folded:
    """The head after a message, and what the message did. `finished`: the occurrence that it put into the archive.

    `is_split`: that one was still open, its end is told under the number before the opening's.
    """

    head: Head
    effect: Effect
    reason: Reason
    finished: Occurrence | None = None
    is_split: bool = False


def new_head(taken: QueuedAlert) -> Head:
    """The head of a key of which nothing is known."""
    return Head(
        id=taken.head,
        integration_id=taken.origin.integration_id,
        source=taken.source,
        key=taken.key,
        drill_id=taken.drill_id,
        prediction_id=taken.prediction_id,
    )


def fold(head: Head, taken: QueuedAlert, service_id: str | None) -> Folded:
    """One message on a head; `service_id` is the service it is about, should it open an alert."""
    if head.floor and taken.stamp <= head.floor:
        return Folded(head, Effect.NOTHING, Reason.TOO_LATE)
    if taken.action is Action.LAPSE and head.lapses_at != taken.ends_at:
        return Folded(head, Effect.NOTHING, Reason.TOO_LATE)
    move = Move(taken.stamp, taken.action, _at(taken), taken.token, taken.until)
    moves = insert(head.moves, move)
    if moves is None:
        return Folded(head, Effect.NOTHING, Reason.FOLDED_BEFORE)
    texts = _with_text(head, taken)
    if _is_plain_repeat(head, taken, move):
        return _repeat(head, texts, moves)
    before = head.standing()
    now = play(before, move) if moves[-1] is move else play_all(head.base, moves)
    base, floor, kept = shorten(head.base, moves)
    moved = replace(head, base=base, floor=floor or head.floor, moves=kept, token=now.token, lapses_at=now.lapses_at)
    seen = head.occurrence
    moved = replace(moved, texts=_texts_to_keep(moved, texts, now))
    moved = replace(moved, edits=_with_edit(moved, taken))
    if now.phase is Phase.NOTHING:
        return Folded(moved, Effect.REMEMBERED, Reason.REMEMBERED)
    text = dict(texts).get(now.token)
    # a sender that names more starts than are kept sees the text of this message
    plain = text.content if text else seen.content if seen and taken.action is Action.EDIT else taken.content
    content = apply_edit(plain, text.stamp if text else now.opened, moved.edits, now)
    if seen is not None and _is_split(before, taken, now):
        ended = replace(seen, status=AlertStatus.RESOLVED, ends_at=move.at)
        return _split(replace(moved, occurrence=ended), ended, taken, now, content)
    if seen is None or _is_another(before, seen, now):
        return _open_occurrence(moved, taken, now, content, service_id)
    return _compare(moved, seen, taken, content, before=before, now=now)


def fold_all(head: Head, taken: Sequence[QueuedAlert], services: Sequence[str | None]) -> list[Folded]:
    """Messages of one key, in the order of their stamps; one outcome each, the last one holds the head after all."""
    outcomes: list[Folded] = []
    order = sorted(range(len(taken)), key=lambda index: taken[index].stamp)
    for index in order:
        outcomes.append(fold(outcomes[-1].head if outcomes else head, taken[index], services[index]))
    return outcomes


def _is_plain_repeat(head: Head, taken: QueuedAlert, move: Move) -> bool:
    """Nine of ten messages: the newest word on an open alert, and nothing new in it. Nothing needs to be played."""
    seen = head.occurrence
    return (
        seen is not None
        and taken.action is Action.TRIGGER
        and seen.status not in (AlertStatus.RESOLVED, AlertStatus.STALE)
        and taken.token == head.token
        and bool(head.moves)
        and head.moves[-1].stamp < taken.stamp
        and seen.starts_at <= move.at
        and seen.content == taken.content
    )


def _repeat(head: Head, texts: Texts, moves: tuple[Move, ...]) -> Folded:
    base, floor, kept = shorten(head.base, moves) if len(moves) > KEPT else (head.base, "", moves)
    seen = head.occurrence
    occurrence = replace(seen, count=seen.count + 1) if seen else None
    after = replace(
        head,
        occurrence=occurrence,
        base=base,
        floor=floor or head.floor,
        moves=kept,
        texts=texts,
        lapses_at=moves[-1].until,
    )
    return Folded(after, Effect.REPEATED, Reason.REPEAT)


def _at(taken: QueuedAlert) -> datetime:
    told = taken.starts_at if taken.action is Action.TRIGGER else taken.ends_at
    return told or taken.origin.at


def _with_text(head: Head, taken: QueuedAlert) -> Texts:
    if taken.action is not Action.TRIGGER:
        return head.texts
    texts = dict(head.texts)
    known = texts.get(taken.token)
    if known is None or known.stamp < taken.stamp:
        texts[taken.token] = Text(taken.stamp, taken.content)
    return tuple(texts.items())


def _with_edit(head: Head, taken: QueuedAlert) -> tuple[Edit, ...]:
    edits = head.edits
    if taken.action is Action.EDIT:
        edits = (*edits, Edit(taken.stamp, taken.content.title, taken.content.description))
    # a trigger that is older than every text known may still come, down to the floor, and these edit it
    return edits_to_keep(edits, min([head.floor, *(text.stamp for _, text in head.texts)])) if edits else ()


def _texts_to_keep(head: Head, texts: Texts, now: Standing) -> Texts:
    """The visible text, and those of starts among the moves: a message that comes late may bring them forward."""
    if len(texts) == 1:
        return texts
    moved = {move.token for move in head.moves if move.action is Action.TRIGGER}
    moved |= {now.held.token} if now.held is not None else set()
    newest_first = sorted(texts, key=lambda pair: pair[1].stamp, reverse=True)
    shown = [pair for pair in newest_first if pair[0] == now.token]
    others = [pair for pair in newest_first if pair[0] != now.token and pair[0] in moved]
    return (*shown, *others[: MOST_TEXTS - len(shown)])


def _is_another(before: Standing, seen: Occurrence, now: Standing) -> bool:
    if seen.status is not AlertStatus.RESOLVED:
        return False
    return now.phase is Phase.OPEN or now.opened > before.resolved


def _is_split(before: Standing, taken: QueuedAlert, now: Standing) -> bool:
    """A resolve comes so late that its alert was said to fire again since: what fires is another occurrence."""
    is_open = before.phase is Phase.OPEN is now.phase
    return is_open and taken.action is Action.RESOLVE and before.opened < taken.stamp < now.opened


def _split(head: Head, ended: Occurrence, taken: QueuedAlert, now: Standing, content: Content) -> Folded:
    told = replace(head, sequence=head.sequence + 1)
    opened = _open_occurrence(told, replace(taken, claim=ended.claim), now, content, ended.service_id)
    return replace(opened, is_split=True)


def _status(now: Standing) -> AlertStatus:
    if now.phase is Phase.OVER:
        return AlertStatus.RESOLVED
    if now.stale:
        return AlertStatus.STALE
    return AlertStatus.ACKNOWLEDGED if now.acknowledged else AlertStatus.FIRING


def _open_occurrence(head: Head, taken: QueuedAlert, now: Standing, content: Content, service_id: str | None) -> Folded:
    occurrence = Occurrence(
        id=alert_id(head.id, taken.stamp),
        opened=taken.stamp,
        status=_status(now),
        content=content,
        starts_at=now.starts_at or _at(taken),
        ends_at=now.ends_at,
        count=1,
        service_id=service_id,
        claim=taken.claim,
        group_id="",
        teams=taken.origin.teams,
    )
    after = replace(head, occurrence=occurrence, sequence=head.sequence + 1)
    if now.phase is Phase.OVER:
        return Folded(after, Effect.RESOLVED, Reason.BORN_RESOLVED, head.occurrence)
    return Folded(after, Effect.OPENED, _why_opened(head, taken), head.occurrence)


def _why_opened(head: Head, taken: QueuedAlert) -> Reason:
    if head.occurrence is None:
        return Reason.FIRST
    return {Action.LAPSE: Reason.HOLD_PASSED, Action.REOPEN: Reason.REOPENED}.get(taken.action, Reason.AGAIN)


def _unseen(before: Standing, taken: QueuedAlert, now: Standing) -> tuple[Effect, Reason]:
    """What a message did that changed nothing visible. What decides on messages to come must be written at once."""
    if (before.held is None) is not (now.held is None):
        return Effect.REMEMBERED, Reason.HELD if before.held is None else Reason.HOLD_ENDED
    if taken.action is Action.REOPEN:
        return Effect.REMEMBERED, Reason.REOPENED
    if (before.held, before.hold_until, before.quiet_until) != (now.held, now.hold_until, now.quiet_until):
        return Effect.REMEMBERED, Reason.REMEMBERED
    if taken.action is Action.EDIT:
        return Effect.REMEMBERED, Reason.REMEMBERED
    if taken.action is not Action.TRIGGER:
        return Effect.REPEATED, Reason.REMEMBERED
    return Effect.REPEATED, Reason.REPEAT if now.quiet_until is None else Reason.QUIET


def _compare(
    head: Head, seen: Occurrence, taken: QueuedAlert, content: Content, *, before: Standing, now: Standing
) -> Folded:
    is_trigger = taken.action is Action.TRIGGER
    occurrence = replace(
        seen,
        status=_status(now),
        content=content,
        starts_at=now.starts_at or seen.starts_at,
        ends_at=now.ends_at,
        count=seen.count + is_trigger,
    )
    after = replace(head, occurrence=occurrence)
    if occurrence == (replace(seen, count=occurrence.count) if is_trigger else seen):
        return Folded(after, *_unseen(before, taken, now))
    told = replace(after, sequence=head.sequence + 1)
    if occurrence.status is not seen.status:
        if occurrence.status is AlertStatus.RESOLVED:
            return Folded(told, Effect.RESOLVED, Reason.RESOLVED)
        if AlertStatus.STALE in (occurrence.status, seen.status):
            silent = occurrence.status is AlertStatus.STALE
            return Folded(told, Effect.UPDATED, Reason.WENT_SILENT if silent else Reason.HEARD_AGAIN)
        return Folded(told, Effect.UPDATED, Reason.ACKNOWLEDGED)
    return Folded(told, Effect.UPDATED, Reason.TOLD_ANEW if content != seen.content else Reason.PUT_IN_ORDER)

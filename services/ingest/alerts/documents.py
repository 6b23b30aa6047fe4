"""Heads and archived alerts as they are stored.

The visible alert lies flat in its document, so that lists can ask for it; `service` (folded) is what
lists filter by. A head on
which no alert is visible (a remembered resolve) has none of those fields. A text that equals the visible one is left
out of `texts`. `expire_at` is when the database may forget: a remembered resolve after 15 minutes, a resolved alert
after the retention, an open one never.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from services.ingest.alerts.fold import Head, Occurrence, Text
from services.ingest.alerts.moves import NOTHING_YET, Move, Phase, Standing
from services.ingest.alerts.text_edits import Edit
from services.ingest.catalogue_copy.routing import fold_service, shown_service
from services.ingest.grouping.inhibition import InhibitedBy
from services.ingest.normalisation.alert import Action
from services.ingest.normalisation.content import from_document
from services.ingest.normalisation.dedup_key import head_of
from shared.vocabulary import AlertStatus

REMEMBER = timedelta(minutes=15)
"""How long a resolve, acknowledge or edit that found no alert is remembered."""

Fields = dict[str, Any]


def head_fields(head: Head, now: datetime, retention: timedelta) -> Fields:
    """All fields of a head but its id and version; None where there is nothing."""
    seen = head.occurrence
    return {
        "integration_id": head.integration_id,
        "source": head.source,
        "dedup_key": head.key,
        "drill_id": head.drill_id,
        "prediction_id": head.prediction_id,
        "sequence": head.sequence,
        "token": head.token,
        "lapses_at": head.lapses_at,
        "base": None if head.base is NOTHING_YET else _write_standing(head.base),
        "floor": head.floor or None,
        "moves": [_write_move(move) for move in head.moves],
        "texts": [_write_text(head, token, text) for token, text in head.texts],
        "edits": [[edit.stamp, edit.title, edit.description] for edit in head.edits] or None,
        "expire_at": _expiry(seen, now, retention),
        **(_EMPTY if seen is None else _visible(seen)),
    }


def changes(before: Head, after: Head, now: datetime, retention: timedelta) -> Fields:
    """The fields that a commit must set or (None) remove."""
    fields = head_fields(after, now, retention)
    if before.version == 0 or not before.moves:
        return fields
    known = head_fields(before, now, retention)
    different = {name: value for name, value in fields.items() if known[name] != value}
    return {**different, "expire_at": fields["expire_at"]}


def archive_fields(head: Head, finished: Occurrence, now: datetime, retention: timedelta) -> Fields:
    """The document of a finished occurrence."""
    fields = {
        "integration_id": head.integration_id,
        "source": head.source,
        "dedup_key": head.key,
        "drill_id": head.drill_id,
        "prediction_id": head.prediction_id,
        "expire_at": now + retention,
        **_visible(finished),
    }
    return {name: value for name, value in fields.items() if value is not None}


def read_head(document: Fields, now: datetime) -> Head:
    """A stored head; what was only remembered, and for too long, is forgotten."""
    head = identity_of(document)
    occurrence = read_occurrence(document) if document.get("alert_id") else None
    if occurrence is None and (document.get("expire_at") or now) <= now:
        return replace(head, version=document["version"], sequence=document["sequence"])
    return replace(
        head,
        version=document["version"],
        sequence=document["sequence"],
        occurrence=occurrence,
        token=document.get("token"),
        lapses_at=document.get("lapses_at"),
        base=_read_standing(document["base"]) if document.get("base") else NOTHING_YET,
        floor=document.get("floor", ""),
        moves=tuple([_read_move(move) for move in document["moves"]]),
        texts=tuple([_read_text(occurrence, *entry) for entry in document["texts"]]),
        edits=tuple([Edit(*entry) for entry in document.get("edits") or ()]),
    )


def identity_of(document: Fields) -> Head:
    """The key that a head or an archived alert belongs to, without its past."""
    return Head(
        id=head_of(document["_id"]),
        integration_id=document.get("integration_id"),
        source=document["source"],
        key=document["dedup_key"],
        drill_id=document.get("drill_id"),
        prediction_id=document.get("prediction_id"),
        lapses_at=document.get("lapses_at"),
    )


def read_occurrence(document: Fields) -> Occurrence:
    """The visible alert of a head or of the archive."""
    return Occurrence(
        id=document["alert_id"],
        opened=document["opened"],
        status=AlertStatus(document["status"]),
        content=from_document(document["content"]),
        starts_at=document["starts_at"],
        ends_at=document.get("ends_at"),
        count=document["count"],
        service_id=document.get("service_id"),
        claim=document.get("claim"),
        group_id=document["group_id"],
        effect_of=_read_cause(document.get("effect_of")),
        teams=tuple(document.get("teams") or ()),
    )


def _read_cause(cause: Fields | None) -> InhibitedBy | None:
    return None if cause is None else InhibitedBy(cause["incident_id"], cause["service_id"], tuple(cause["path"]))


def _visible(seen: Occurrence) -> Fields:
    return {
        "alert_id": seen.id,
        "opened": seen.opened,
        "status": seen.status.value,
        "content": seen.content.to_document(),
        "starts_at": seen.starts_at,
        "ends_at": seen.ends_at,
        "count": seen.count,
        "service": fold_service(shown_service(seen.service_id, seen.claim)),
        "service_id": seen.service_id,
        "claim": seen.claim,
        "group_id": seen.group_id,
        "effect_of": None if seen.effect_of is None else asdict(seen.effect_of),
        "teams": list(seen.teams) or None,
    }


_EMPTY: Fields = dict.fromkeys(
    (
        "alert_id", "opened", "status", "content", "starts_at", "ends_at", "count",
        "service", "service_id", "claim", "group_id", "effect_of", "teams",
    )
)  # fmt: skip


def _expiry(seen: Occurrence | None, now: datetime, retention: timedelta) -> datetime | None:
    if seen is None:
        return now + REMEMBER
    return None if seen.status.is_open else now + retention


def _write_move(move: Move) -> list[Any]:
    written = [move.stamp, move.action.value, move.at, move.token]
    return written if move.until is None else [*written, move.until]


def _read_move(values: list[Any]) -> Move:
    return Move(values[0], Action(values[1]), *values[2:])


def _write_text(head: Head, token: int | None, text: Text) -> list[Any]:
    is_visible = head.occurrence is not None and head.occurrence.content == text.content
    return [token, text.stamp, None if is_visible else text.content.to_document()]


def _read_text(
    seen: Occurrence | None, token: int | None, stamp: str, content: Fields | None
) -> tuple[int | None, Text]:
    if content is None and seen is not None:
        return token, Text(stamp, seen.content)
    return token, Text(stamp, from_document(content or {}))


def _write_standing(standing: Standing) -> list[Any]:
    return [
        standing.phase.value,
        standing.opened,
        standing.starts_at,
        standing.token,
        standing.latest,
        standing.over,
        standing.acknowledged,
        standing.resolved,
        standing.ends_at,
        standing.until,
        standing.stale,
        standing.hold_until,
        standing.quiet_until,
        None if standing.held is None else _write_move(standing.held),
    ]


def _read_standing(values: list[Any]) -> Standing:
    """The release before wrote eleven values: none of a hold."""
    rest, held = values[:13], values[13] if len(values) > 13 else None
    standing = Standing(Phase(rest[0]), *rest[1:])
    return standing if held is None else replace(standing, held=_read_move(held))

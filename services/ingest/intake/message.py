"""The message between the intake and the workers: the alerts of one request, normalised and stamped.

One message is written once and read once, so it is plain JSON without a model; `QueuedAlert` is one alert of it, as the
fold wants it. Messages of the release before are read too: members may be added, never renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content, from_document
from services.ingest.normalisation.dedup_key import (
    dedup_key,
    former_head_id,
    former_key,
    head_id,
    key_space,
    other_keys,
)
from services.ingest.normalisation.normalise import cut_to_millis
from shared.clocks.epoch import EPOCH
from shared.events import Undecodable

CONTENT_TYPE = "application/vnd.tocsin.intake+json"
MESSAGE_ALERTS = 1000
"""As many alerts as one message holds; a larger request becomes several."""
MESSAGE_BYTES = 8 * 1024 * 1024
"""And as many bytes. RabbitMQ 4 takes no message of more than 16 MiB, unless it is told to."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as its alerts must know."""

    at: datetime
    """When it was accepted."""
    integration_id: str | None = None
    service_id: str | None = None
    """The service that the integration stands for."""
    correlation: str | None = None
    traceparent: str | None = None
    key_id: str | None = None
    """The key that the request came with."""
    teams: tuple[str, ...] = ()
    """The teams that the key is limited to, and whose services alone its alerts are about; none: it is not limited."""


@dataclass(frozen=True, slots=True)
class AcceptedAlert:
    """An accepted alert with its place in the order and its key."""

    alert: ReceivedAlert
    stamp: str
    key: str
    former_key: str = ""
    """The one that the oldest rule would give it."""
    other_keys: tuple[str, ...] = ()
    """Those that `identity.other_keys` names."""


@dataclass(frozen=True, slots=True)
class QueuedAlert:
    """One alert as a worker takes it from the queue."""

    head: str
    """Id of the document that knows this key."""
    stamp: str
    action: Action
    source: str
    key: str
    content: Content
    origin: Origin
    claim: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    token: int | None = None
    until: datetime | None = None
    drill_id: str | None = None
    prediction_id: str | None = None
    others: tuple[str, ...] = ()
    """The ids under which its alert may be at work instead, those that count more first."""


def stamp_alert(alert: ReceivedAlert, stamp: str, index: int) -> AcceptedAlert:
    """Give the `index`-th alert (below 10 000) that is accepted under `stamp` its place and its key."""
    place = f"{stamp}.{index:04d}"
    key = dedup_key(alert, place)
    return AcceptedAlert(alert, place, key, former_key(alert, key), other_keys(alert, key))


def first_stamp(moment: datetime) -> str:
    """What no stamp of this millisecond or a later one sorts before."""
    return f"{max(0, _millis(moment)):012x}"


def encode_messages(origin: Origin, alerts: Sequence[AcceptedAlert]) -> Iterator[tuple[int, bytes]]:
    """As many messages as these alerts need, each with how many of them it holds."""
    waiting: list[bytes] = []
    size = 0
    for one in alerts:
        alert = _encode_within_limit(one)
        if len(waiting) == MESSAGE_ALERTS or (waiting and size + len(alert) > MESSAGE_BYTES):
            yield len(waiting), _join(origin, waiting)
            waiting, size = [], 0
        waiting.append(alert)
        size += len(alert) + 1
    if waiting:
        yield len(waiting), _join(origin, waiting)


def encode(origin: Origin, alerts: Sequence[AcceptedAlert]) -> bytes:
    """One message, of a few alerts."""
    return _join(origin, [_encode_within_limit(one) for one in alerts])


def _join(origin: Origin, alerts: Sequence[bytes]) -> bytes:
    head = orjson.dumps(
        {
            "v": 1,
            "at": _millis(origin.at),
            "integration": origin.integration_id,
            "service": origin.service_id,
            "correlation": origin.correlation,
            "traceparent": origin.traceparent,
            "key": origin.key_id,
            "teams": origin.teams,
        }
    )
    return b"".join((head[:-1], b',"alerts":[', b",".join(alerts), b"]}"))


def _encode_within_limit(one: AcceptedAlert) -> bytes:
    """One alert; of one that no message could hold go only the labels that are kept in the end."""
    whole = orjson.dumps(_encode_alert(one))
    if len(whole) <= MESSAGE_BYTES:
        return whole
    kept = replace(one.alert, content=one.alert.content.for_storage())
    return orjson.dumps(_encode_alert(replace(one, alert=kept)))


def decode(body: bytes) -> list[QueuedAlert]:
    """The alerts of one message. Raises `Undecodable`."""
    try:
        message = orjson.loads(body)
        origin = Origin(
            at=_moment(message["at"]),
            integration_id=message["integration"],
            service_id=message["service"],
            correlation=message["correlation"],
            traceparent=message["traceparent"],
            key_id=message.get("key"),
            teams=tuple(message.get("teams") or ()),
        )
        return [_decode_alert(alert, origin) for alert in message["alerts"]]
    except (ValueError, KeyError, TypeError, IndexError, OverflowError) as error:
        raise Undecodable(f"no intake message: {error!r}") from error


def _encode_alert(one: AcceptedAlert) -> dict[str, Any]:
    alert = one.alert
    return {
        "stamp": one.stamp,
        "key": one.key,
        "former": one.former_key,
        "others": one.other_keys,
        "action": alert.action,
        "source": alert.source,
        "claim": alert.service,
        "starts": None if alert.starts_at is None else _millis(alert.starts_at),
        "ends": None if alert.ends_at is None else _millis(alert.ends_at),
        "token": alert.token,
        "until": None if alert.until is None else _millis(alert.until),
        "drill": alert.drill_id,
        "prediction": alert.prediction_id,
        "content": alert.content,
    }


def head_ids(one: AcceptedAlert, origin: Origin) -> tuple[str, tuple[str, ...]]:
    """The id of the head of an alert, and those under which it may be at work instead."""
    alert = one.alert
    return _head_ids(origin, alert.source, alert.drill_id, one.key, former_key=one.former_key, others=one.other_keys)


def _head_ids(
    origin: Origin, source: str, drill_id: str | None, key: str, *, former_key: str | None, others: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    former = former_head_id(origin.integration_id, source, former_key or key, drill_id)
    # what the release before accepted names no key; what a limited key sends must not reach others' alerts
    if not origin.integration_id and not origin.key_id:
        return former, ()
    space = key_space(origin.integration_id, origin.key_id)
    found = () if origin.teams and not origin.integration_id else (former,)
    return head_id(space, key, drill_id), (*found, *(head_id(space, other, drill_id) for other in others))


def _decode_alert(alert: dict[str, Any], origin: Origin) -> QueuedAlert:
    starts, ends, until = alert["starts"], alert["ends"], alert.get("until")
    head, others = _head_ids(
        origin,
        alert["source"],
        alert["drill"],
        alert["key"],
        former_key=alert.get("former"),
        others=alert.get("others", ()),
    )
    return QueuedAlert(
        head=head,
        others=others,
        stamp=alert["stamp"],
        action=Action(alert["action"]),
        source=alert["source"],
        key=alert["key"],
        content=from_document(alert["content"]),
        origin=origin,
        claim=alert["claim"],
        starts_at=None if starts is None else _moment(starts),
        ends_at=None if ends is None else _moment(ends),
        token=alert["token"],
        until=None if until is None else _moment(until),
        drill_id=alert["drill"],
        prediction_id=alert.get("prediction"),
    )


def _millis(moment: datetime) -> int:
    return round((moment - EPOCH).total_seconds() * 1000)


def _moment(millis: int) -> datetime:
    return cut_to_millis(datetime.fromtimestamp(millis / 1000, EPOCH.tzinfo))

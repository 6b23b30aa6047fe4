"""The message of the samples' queue: some series of one sender, as they were accepted.

One message is written once and read once, so it is plain JSON without a model. Messages of the release before are read
too: members may be added, never renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared.events import Undecodable
from shared.ids import derive_id
from shared.vocabulary import LimitKind

QUEUE = "analytics.samples"
CONTENT_TYPE = "application/vnd.tocsin.samples+json"
MESSAGE_POINTS = 20_000
"""As many points as one message holds; a larger request becomes several."""
MESSAGE_SERIES = 500
HORIZON_SECONDS = 7200
"""Two hours: a limit that is expected within them is told, unless somebody says otherwise."""

Point = tuple[int, float]
"""Milliseconds since 1970, and the value."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a series may not reach, and how long before it somebody wants to know."""

    value: float
    kind: LimitKind = LimitKind.UPPER
    horizon_seconds: int = HORIZON_SECONDS


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose samples these are."""

    key_id: str
    teams: tuple[str, ...] = ()
    """The teams that the key is limited to; none: it is not limited."""
    rule_id: str | None = None
    """The rule that polled them."""

    @property
    def scope(self) -> str:
        """Within which a series has its name: keys of the same teams send the same series."""
        return " ".join(sorted(self.teams))


@dataclass(frozen=True, slots=True)
class Samples:
    """Points of one series."""

    host: str
    metric: str
    points: Sequence[Point]
    limit: Limit | None = None
    """None: the sender says nothing of a limit (remote write); what was said before, or a rule, counts."""
    service: str | None = None
    """The words by which the sender names the service."""
    service_id: str | None = None
    """The service, where the taker knows it."""


def series_id(sender: Sender, samples: Samples) -> str:
    """The id of the series: the same for whoever of the same teams sends it; each rule has its own."""
    return derive_id("series", sender.scope, sender.rule_id or "", samples.host, samples.metric, prefix="ser_")


def encode_messages(sender: Sender, many: Sequence[Samples]) -> Iterator[bytes]:
    """As many messages as these need."""
    waiting: list[dict[str, Any]] = []
    size = 0
    for one in many:
        for start in range(0, max(1, len(one.points)), MESSAGE_POINTS):
            part = one.points[start : start + MESSAGE_POINTS]
            if waiting and (size + len(part) > MESSAGE_POINTS or len(waiting) == MESSAGE_SERIES):
                yield _encode(sender, waiting)
                waiting, size = [], 0
            waiting.append(_members(one, part))
            size += len(part)
    if waiting:
        yield _encode(sender, waiting)


def decode(body: bytes, _headers: dict[str, Any]) -> tuple[Sender, list[Samples]]:
    """The samples of one message. Raises `Undecodable`."""
    try:
        message = orjson.loads(body)
        sender = Sender(message["key"], tuple(message["teams"]), message.get("rule"))
        return sender, [_samples(one) for one in message["series"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Undecodable(f"no message of samples: {error!r}") from error


def _encode(sender: Sender, series: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"v": 1, "key": sender.key_id, "teams": sender.teams, "rule": sender.rule_id, "series": series})


def _members(one: Samples, points: Sequence[Point]) -> dict[str, Any]:
    limit = one.limit
    return {
        "host": one.host,
        "metric": one.metric,
        "points": points,
        "limit": None if limit is None else [limit.value, limit.kind, limit.horizon_seconds],
        "claim": one.service,
        "service": one.service_id,
    }


def _samples(one: dict[str, Any]) -> Samples:
    limit = one["limit"]
    return Samples(
        host=one["host"],
        metric=one["metric"],
        points=[(int(at), float(value)) for at, value in one["points"]],
        limit=None if limit is None else Limit(float(limit[0]), LimitKind(limit[1]), int(limit[2])),
        service=one.get("claim"),
        service_id=one.get("service"),
    )

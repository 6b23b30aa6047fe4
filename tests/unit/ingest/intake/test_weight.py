"""The weight of a body is no less than what reading it takes of memory, and not many times more."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from typing import Any

import pytest

from services.ingest.intake.message import AcceptedAlert, Origin, encode, stamp_alert
from services.ingest.intake.parse import MOST_ALERTS, alerts_in, parse
from services.ingest.intake.weight import weight
from services.ingest.sources import SOURCES
from tests.unit.ingest.builders import T0

pytestmark = pytest.mark.unit

TELLING_APART = 300_000
"""What telling a body of unknown shape apart takes for a moment, whatever its length: its first texts."""
LENGTH = 24_000


def repeated(unit: bytes) -> bytes:
    """A list of this."""
    return b"[" + b",".join([unit] * (LENGTH // (len(unit) + 1))) + b"]"


def inside(unit: bytes) -> bytes:
    """The same inside of one alert."""
    return b'{"title": "one", "dedup_key": "one", "more": ' + repeated(unit) + b"}"


def different(pattern: str) -> bytes:
    """A list whose elements differ."""
    return ("[" + ",".join(pattern % number for number in range(LENGTH // (len(pattern) + 4))) + "]").encode()


BODIES: dict[str, bytes] = {
    "empty alerts": repeated(b"{}"),
    "alerts with a title": different('{"title":"%d","dedup_key":"k"}'),
    "objects in one": inside(b"{}"),
    "lists in one": inside(b"[]"),
    "nested": inside(b"[" * 20 + b"]" * 20),
    "pairs": inside(b'{"a":1}'),
    "pairs of pairs": inside(b'{"a":{}}'),
    "numbers": b'{"title": "one", "more": ' + different("%d.5") + b"}",
    "short texts": b'{"title": "one", "more": ' + different('"%x"') + b"}",
    "lenient short texts": b'{"title": "one\n", "more": ' + different('"%x"') + b"}",
    "names": b'{"title": "one", "labels": {' + different('"%x":"v"')[1:-1] + b"}}",
    "a long text": json.dumps({"title": "one", "description": "not, as: it was " * 1_500}).encode(),
    "odd bytes": b'{"title": "one", "description": "' + b"\xfc" * LENGTH + b'"}',
    "far letters": json.dumps(
        {"title": "one", "description": "\U0001f525" * (LENGTH // 4)}, ensure_ascii=False
    ).encode(),
}


@pytest.mark.parametrize("name", BODIES)
def test_reading_a_body_takes_no_more_than_its_weight(name: str) -> None:
    body = BODIES[name]
    parse(b"[]")
    tracemalloc.start()
    value = parse(body)
    kept: list[Any] = []
    for place, alert in enumerate(itertools.islice(alerts_in(value.value, None, None, T0), MOST_ALERTS)):
        kept.append(stamp_alert(alert.with_notes(value.notes), "0" * 16, place % 1000))
    took = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took <= weight([body]) + TELLING_APART


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
def test_bodies_as_senders_write_them_weigh_less_than_their_messages_would_fear(source: Any) -> None:
    """A hundred of them never wait for room."""
    body = json.dumps(source.example.body).encode()
    alerts: list[AcceptedAlert] = [
        stamp_alert(one, "0" * 16, place)
        for place, one in enumerate(source.read(source.example.body, source.example.at))
    ]
    assert len(encode(Origin(T0), alerts)) < weight([body]) < 64 * 1024


def test_pieces_weigh_what_the_whole_does() -> None:
    for body in BODIES.values():
        assert weight([body[:1000], body[1000:]]) == weight([body])

"""Whatever JSON a sender makes of what its tool sends: it is read, or refused with a problem, and can be stored.

Every source of alerts and of changes is here by being registered; the places that are spoilt are those of its example.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import bson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.alerts.documents import head_fields
from services.ingest.alerts.fold import fold, new_head
from services.ingest.change_sources import CHANGE_SOURCES
from services.ingest.change_sources import choose as choose_change_source
from services.ingest.change_sources.contract import ChangeSource
from services.ingest.changes.change import fact, record
from services.ingest.changes.store import _document
from services.ingest.intake.message import Origin, decode, encode, stamp_alert
from services.ingest.intake.parse import parse
from services.ingest.sources import SOURCES, choose
from services.ingest.sources.contract import Source
from shared.callers.identity import Identity
from shared.problem import Problem
from shared.vocabulary import Role
from tests.contract.hostile_json import HOSTILE, places, written
from tests.contract.test_sources import JSON

pytestmark = pytest.mark.contract

T = TypeVar("T")
KEY = Identity(key_id="k", name="k", role=Role.INTEGRATION, integration_id="i")
DEEPER = 40
"""Frames that a reader may have on the stack more than the parser had."""
TEXTS = st.integers(0, len(HOSTILE) - 1).map(HOSTILE.__getitem__) | JSON.map(json.dumps)
every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
every_change_source = pytest.mark.parametrize("source", CHANGE_SOURCES.values(), ids=CHANGE_SOURCES)


def spoilt(body: Any) -> st.SearchStrategy[bytes]:
    """The example with one to three of its values replaced."""
    place = st.sampled_from(places(body))
    return st.lists(st.tuples(place, TEXTS), min_size=1, max_size=3).map(lambda texts: written(body, *texts))


def below(frames: int, call: Callable[[], T]) -> T:
    """The call, with so much on the stack."""
    return call() if frames == 0 else below(frames - 1, call)


def store_alerts(source: Source, body: bytes) -> int | None:
    """Read the alerts, send them to the workers, fold and store each; the status of a refusal."""
    at = source.example.at
    try:
        parsed = parse(body).value
        alerts = below(DEEPER, lambda: list(source.read(parsed, at)))
    except Problem as problem:
        return problem.status
    message = encode(Origin(at, "i"), [stamp_alert(alert, "0" * 16 + "-aaaaaa", n) for n, alert in enumerate(alerts)])
    for taken in decode(message):
        folded = fold(new_head(taken), taken, None)
        assert bson.encode(head_fields(folded.head, at, at - at))
    return None


def store_changes(source: ChangeSource, body: bytes) -> int | None:
    """Read the changes, store and tell each; the status of a refusal."""
    example = source.example
    try:
        parsed = parse(body).value
        reading = below(DEEPER, lambda: source.read(parsed, example.headers, example.at))
    except Problem as problem:
        return problem.status
    assert (reading.reason or "").encode() or reading.changes or parsed == []
    for received in reading.changes:
        change = record(received, None, KEY, example.at, "new")
        assert bson.encode(_document(change))
        assert fact(change).model_dump_json().encode()
    return None


@every_source
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(data=st.data())
def test_whatever_is_sent_alerts_are_stored_or_the_body_is_refused(source: Source, data: st.DataObject) -> None:
    body = data.draw(spoilt(source.example.body))
    assert store_alerts(source, body) in (None, 400)
    try:
        chosen = choose(parse(body).value, None, None)
    except Problem:
        return
    assert store_alerts(chosen, body) in (None, 400)


@every_change_source
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(data=st.data())
def test_whatever_is_sent_changes_are_stored_or_the_body_is_refused(source: ChangeSource, data: st.DataObject) -> None:
    body = data.draw(spoilt(source.example.body))
    assert store_changes(source, body) in (None, 400)
    try:
        chosen = choose_change_source(parse(body).value, source.example.headers, None, None)
    except Problem:
        return
    assert store_changes(chosen, body) in (None, 400)


@every_source
def test_every_place_of_an_alert_bears_every_hostile_value(source: Source) -> None:
    for place in places(source.example.body):
        for text in HOSTILE:
            assert store_alerts(source, written(source.example.body, (place, text))) in (None, 400), (place, text[:60])


@every_change_source
def test_every_place_of_a_change_bears_every_hostile_value(source: ChangeSource) -> None:
    for place in places(source.example.body):
        for text in HOSTILE:
            assert store_changes(source, written(source.example.body, (place, text))) in (None, 400), (place, text[:60])

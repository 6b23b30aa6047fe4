"""One suite over every change source: its own example is the case, so a new source is tested by being there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.change_sources import CHANGE_SOURCES, choose, register
from services.ingest.change_sources.contract import ChangeSource, Reading
from services.ingest.changes.change import fact, record
from shared.callers.identity import Identity
from shared.problem import Problem
from shared.vocabulary import Role
from tests.contract.hostile_json import places, put
from tests.contract.test_sources import JSON

pytestmark = pytest.mark.contract

KEY = Identity(key_id="k", name="k", role=Role.INTEGRATION, integration_id="i")
every_source = pytest.mark.parametrize("source", CHANGE_SOURCES.values(), ids=CHANGE_SOURCES)


def read_or_refused(source: ChangeSource, body: Any) -> tuple[Reading, int | None]:
    try:
        return source.read(body, source.example.headers, source.example.at), None
    except Problem as problem:
        return Reading(), problem.status


@every_source
def test_its_example_is_read_as_it_says(source: ChangeSource) -> None:
    example = source.example
    reading = source.read(example.body, example.headers, example.at)
    assert len(reading.changes) == len(example.changes)
    for change, expected in zip(reading.changes, example.changes, strict=True):
        assert {name: getattr(change, name) for name in expected} == expected
    assert reading.reason is None


@every_source
def test_its_example_is_recognised_by_its_shape(source: ChangeSource) -> None:
    example = source.example
    assert choose(example.body, example.headers, None, None) is source
    assert choose(example.body, {}, None, None) is source
    assert choose(example.body, example.headers, source.id, "generic") is source


@every_source
def test_the_same_delivery_is_the_same_change(source: ChangeSource) -> None:
    example = source.example
    first, again = (source.read(example.body, {}, example.at).changes[0] for _ in range(2))
    assert record(first, None, KEY, example.at, "x").id == record(again, None, KEY, example.at, "y").id


@every_source
def test_what_changes_nothing_is_told_with_a_reason_and_no_error(source: ChangeSource) -> None:
    for headers, body in source.example.ignored:
        assert source.recognises(body, headers), body
        reading = source.read(body, headers, source.example.at)
        assert (reading.changes, bool(reading.reason)) == ((), True), body


@every_source
def test_a_body_that_is_not_of_its_shape_is_refused_with_the_pointer_of_the_fault(source: ChangeSource) -> None:
    for body, pointer in source.example.malformed:
        with pytest.raises(Problem) as refused:
            source.read(body, {}, source.example.at)
        assert (refused.value.status, [fault.pointer for fault in refused.value.errors]) == (400, [pointer])


@every_source
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_field_the_change_is_read_or_the_shape_is_refused(
    source: ChangeSource, data: st.DataObject
) -> None:
    example = source.example
    body = put(example.body, data.draw(st.sampled_from(places(example.body))), data.draw(JSON))
    chosen = choose(body, example.headers, None, None)
    for reader in (source, chosen):
        reading, refused = read_or_refused(reader, body)
        assert refused in (None, 400)
        if refused:
            continue
        assert reading.changes or reading.reason or body == []
        for change in reading.changes:
            kept = record(change, None, KEY, example.at, "new")
            assert change.summary
            assert fact(kept).model_dump_json().encode()


@every_source
def test_it_says_how_to_set_the_tool_up(source: ChangeSource) -> None:
    assert "{url}" in source.setup
    assert source.setup.format(url="URL", key="KEY")


def test_two_sources_of_one_id_fail_at_start() -> None:
    one = next(iter(CHANGE_SOURCES.values()))
    with pytest.raises(RuntimeError, match=one.id):
        register([one, one])


@pytest.mark.parametrize(
    "body, headers, named, kind, expected",
    [
        ({"service": "a", "version": "1"}, {}, "github", None, "generic"),
        ({"service": "a", "version": "1"}, {}, "spinnaker", "github", "generic"),
        ({"object_kind": "pipeline"}, {}, None, "gitlab", "gitlab"),
        ({"zen": "x"}, {"x-github-event": "ping"}, "gitlab", None, "github"),
        ({}, {}, None, None, "generic"),
    ],
    ids=["ours under a tool's name", "an unknown name", "by the integration", "by the header", "nothing known"],
)
def test_the_shape_decides_before_the_name(
    body: Any, headers: dict[str, str], named: str | None, kind: str | None, expected: str
) -> None:
    assert choose(body, headers, named, kind).id == expected

"""One suite over every source: its own example is the case, so a new source is tested by being there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.intake.message import Origin, decode, encode, stamp_alert
from services.ingest.normalisation.alert import ReceivedAlert
from services.ingest.normalisation.content import LABELS
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE
from services.ingest.sources import SOURCES, choose, register
from services.ingest.sources.contract import Source
from shared.problem import Problem
from tests.contract.hostile_json import places, put

pytestmark = pytest.mark.contract

every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=10,
)


def look(alert: ReceivedAlert, name: str) -> Any:
    return getattr(alert.content, name) if hasattr(alert.content, name) else getattr(alert, name)


def read_or_refused(source: Source, body: Any) -> tuple[list[ReceivedAlert], int | None]:
    try:
        return list(source.read(body, source.example.at)), None
    except Problem as problem:
        return [], problem.status


@every_source
def test_its_example_is_read_as_it_says(source: Source) -> None:
    alerts = list(source.read(source.example.body, source.example.at))

    assert len(alerts) == len(source.example.alerts)
    for alert, expected in zip(alerts, source.example.alerts, strict=True):
        assert {name: look(alert, name) for name in expected} == expected


@every_source
def test_its_example_is_recognised_by_its_shape(source: Source) -> None:
    assert choose(source.example.body, None, None) is source


@every_source
def test_it_is_chosen_by_name_whatever_the_body(source: Source) -> None:
    assert choose({"anything": 1}, source.id.upper(), None) is source


@every_source
def test_a_body_that_is_not_of_its_shape_is_refused_with_the_pointer_of_the_fault(source: Source) -> None:
    for body, pointer in source.example.malformed:
        with pytest.raises(Problem) as refused:
            list(source.read(body, source.example.at))
        assert (refused.value.status, [fault.pointer for fault in refused.value.errors]) == (400, [pointer])


@every_source
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_stands_in_a_field_the_alert_is_read_or_the_shape_is_refused(
    source: Source, data: st.DataObject
) -> None:
    body = put(source.example.body, data.draw(st.sampled_from(places(source.example.body))), data.draw(JSON))

    alerts, refused = read_or_refused(source, body)

    assert refused in (None, 400)
    message = encode(
        Origin(at=source.example.at), [stamp_alert(alert, "0" * 16 + "-aaaaaa", i) for i, alert in enumerate(alerts)]
    )
    taken = decode(message)
    assert [one.content for one in taken] == [alert.content for alert in alerts]
    for one in taken:
        assert one.content.title
        assert len(one.content.title) <= TITLE
        assert len(one.content.description) <= DESCRIPTION
        assert len(one.content.for_storage().labels) <= LABELS
        assert "\x00" not in "".join([one.key, one.content.title, *one.content.labels, *one.content.labels.values()])


@every_source
def test_its_form_asks_for_a_name_and_says_how_to_set_the_tool_up(source: Source) -> None:
    assert "name" in [field.name for field in source.fields]
    assert "{url}" in source.setup
    assert source.setup.format(url="URL", key="KEY")


def test_two_sources_of_one_id_fail_at_start() -> None:
    one = next(iter(SOURCES.values()))

    with pytest.raises(RuntimeError, match=one.id):
        register([one, one])


def test_an_unknown_source_is_refused_by_its_name() -> None:
    with pytest.raises(Problem) as refused:
        choose({}, "nagios2000", None)

    assert refused.value.status == 422
    assert "nagios2000" in refused.value.detail


def test_a_body_of_no_known_shape_is_read_as_its_integration_says() -> None:
    assert choose({"title": "x"}, None, "alertmanager").id == "generic"
    assert choose({"x": 1}, None, "alertmanager").id == "alertmanager"
    assert choose({"x": 1}, None, "not-built-yet").id == "generic"

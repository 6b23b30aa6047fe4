from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.changes.change import MOST, fact, faults, read_changes, read_pagerduty, record
from shared.callers.identity import Identity
from shared.problem import Problem
from shared.vocabulary import Role
from tests.unit.ingest.builders import T0, at_second

pytestmark = pytest.mark.unit

DEPLOY = {
    "service": "payments",
    "summary": "payments 2.4.1 was deployed",
    "version": "2.4.1",
    "environment": "production",
    "author": "sara",
    "url": "https://ci/812",
    "at": "2026-11-21T21:59:00Z",
}
EVENT = {
    "routing_key": "0" * 32,
    "payload": {
        "summary": "Build passed",
        "source": "ci",
        "timestamp": "2026-11-21T21:59:00Z",
        "custom_details": {"service": "payments", "version": 7, "log": "line 1\nline 2", "run_time": "12s"},
    },
    "links": [{"href": "https://ci/812", "text": "build"}],
}


def key(integration: str | None = None, *teams: str) -> Identity:
    return Identity(key_id="k", name="k", role=Role.INTEGRATION, teams=teams, integration_id=integration)


def one(**fields: Any) -> Any:
    return read_changes({**DEPLOY, **fields}, "generic", T0)[0]


def test_a_generic_change_is_read_as_it_is_told() -> None:
    change = one()
    assert (change.service, change.summary, change.version) == ("payments", "payments 2.4.1 was deployed", "2.4.1")
    assert (change.environment, change.author, change.url) == ("production", "sara", "https://ci/812")
    assert (change.at, change.source, change.mended) == (at_second(-60), "generic", ())


@pytest.mark.parametrize(
    "body, summary, noted",
    [
        ({"version": "2.4.1"}, "version 2.4.1", "summary: missing"),
        ({}, "a change", "summary: missing"),
        ({"title": "flag on"}, "flag on", None),
        ({"summary": "x", "at": "tomorrow"}, "x", "starts_at"),
        ({"summary": 7}, "7", "summary: a number became text"),
    ],
)
def test_what_is_odd_is_mended_and_noted(body: dict[str, Any], summary: str, noted: str | None) -> None:
    (change,) = read_changes(body, "generic", T0)
    assert (change.summary, change.at) == (summary, T0)
    assert bool(change.mended) is bool(noted)
    assert noted is None or change.mended[0].startswith(noted)


def test_pagerdutys_change_is_read_with_its_details() -> None:
    change = read_pagerduty(EVENT, T0)
    assert (change.summary, change.source, change.service, change.version) == (
        "Build passed",
        "pagerduty",
        "payments",
        "7",
    )
    assert change.labels == {"source": "ci", "run_time": "12s", "details": "log:\nline 1\nline 2"}
    assert (change.url, change.at) == ("https://ci/812", at_second(-60))


@pytest.mark.parametrize(
    "event, words",
    [
        ([], "not a JSON object"),
        ({}, "'payload' is missing"),
        ({"payload": {"summary": ""}}, "'payload.summary' is missing"),
        ({"payload": {"summary": "s" * 1025}}, "Length of 'payload.summary'"),
    ],
)
def test_what_pagerduty_refuses_is_refused_in_its_words(event: Any, words: str) -> None:
    (fault,) = faults(event)
    assert words in fault
    assert faults(EVENT) == []


@pytest.mark.parametrize(
    "first, second, is_same",
    [
        ({}, {}, True),
        ({}, {"version": "2.4.2"}, False),
        ({"at": None}, {"at": None}, False),
        ({"id": "1"}, {"id": "1", "summary": "told anew"}, True),
        ({"id": "1"}, {"id": "2"}, False),
    ],
    ids=["sent again", "another version", "without a time", "one id", "two ids"],
)
def test_two_changes_are_one_when(first: dict[str, Any], second: dict[str, Any], *, is_same: bool) -> None:
    made = [record(one(**fields), None, key(), T0, f"new{n}").id for n, fields in enumerate((first, second))]
    assert (made[0] == made[1]) is is_same


def test_ids_are_scoped_by_the_integration() -> None:
    assert record(one(), None, key("a"), T0, "x").id != record(one(), None, key("b"), T0, "x").id


def test_what_is_told_of_a_change_names_nobody() -> None:
    told = fact(record(one(), "payments", key("ci"), T0, "x"))
    assert "sara" not in told.model_dump_json()
    assert (told.service_id, told.service_claim, told.summary) == ("payments", "payments", DEPLOY["summary"])


@pytest.mark.parametrize("body, pointer", [(7, ""), ("x", ""), ([{}, 7], "/1")])
def test_what_is_no_change_is_refused_by_its_place(body: Any, pointer: str) -> None:
    with pytest.raises(Problem) as refused:
        read_changes(body, "generic", T0)
    assert (refused.value.status, refused.value.errors[0].pointer) == (400, pointer)


def test_too_many_at_once_are_refused() -> None:
    with pytest.raises(Problem) as refused:
        read_changes([{}] * (MOST + 1), "generic", T0)
    assert refused.value.status == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*DEPLOY, "id", "labels", "links", "source"]), JSON))
def test_whatever_a_change_says_it_is_kept(body: dict[str, Any]) -> None:
    (change,) = read_changes(body, "generic", T0)
    kept = record(change, None, key(), T0, "new")
    assert fact(kept).model_dump_json().encode()
    assert kept.order

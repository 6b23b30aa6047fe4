from __future__ import annotations

from typing import Any

import pytest

from services.ingest.redaction import redact
from services.ingest.sources.pagerduty import SOURCE, faults, read
from tests.unit.ingest.builders import T0

pytestmark = pytest.mark.unit

GOOD: dict[str, Any] = SOURCE.example.body


def with_payload(**fields: Any) -> dict[str, Any]:
    return GOOD | {"payload": GOOD["payload"] | fields}


@pytest.mark.parametrize(
    "event",
    [
        GOOD,
        {"event_action": "trigger", "payload": {"summary": "a", "source": "b", "severity": "info"}},
        {"event_action": "acknowledge", "dedup_key": "k"},
        {"event_action": "resolve", "dedup_key": "k" * 255, "payload": None},
        with_payload(summary="s" * 1024),
    ],
    ids=["everything", "least of a trigger", "acknowledge", "longest key", "longest summary"],
)
def test_what_pagerduty_takes_is_taken(event: dict[str, Any]) -> None:
    assert faults(event) == []


@pytest.mark.parametrize(
    "event, words",
    [
        ([GOOD], "not a JSON object"),
        ({**GOOD, "event_action": "open"}, "'event_action'"),
        ({**GOOD, "event_action": ["trigger"]}, "'event_action'"),
        ({"event_action": "resolve"}, "'dedup_key' is missing"),
        ({**GOOD, "dedup_key": 7}, "'dedup_key' is not a string"),
        ({**GOOD, "dedup_key": "k" * 256}, "Length of 'dedup_key'"),
        ({**GOOD, "payload": "x"}, "'payload' is missing"),
        (with_payload(summary=" "), "'payload.summary' is missing"),
        (with_payload(summary="s" * 1025), "Length of 'payload.summary'"),
        (with_payload(source=None), "'payload.source' is missing"),
        (with_payload(severity="high"), "'payload.severity' is invalid"),
    ],
)
def test_what_pagerduty_refuses_is_refused_in_its_words(event: Any, words: str) -> None:
    (fault,) = faults(event)
    assert words in fault


def test_a_trigger_without_a_key_is_always_another_alert_and_an_empty_key_is_none() -> None:
    (first,) = read({**GOOD, "dedup_key": ""}, T0)
    assert (first.key, first.each_is_new) == (None, True)


def test_what_alertmanager_says_of_its_group_is_kept_as_text_and_counts_as_labels() -> None:
    details = {"firing": "Labels:\n - alertname = Down\n", "resolved": "", "num_firing": "1", "num_resolved": "0"}
    (alert,) = read(with_payload(custom_details=details, timestamp=None), T0)
    assert alert.content.description == "firing:\nLabels:\n - alertname = Down"
    assert {"num_firing": "1", "num_resolved": "0", "resolved": ""}.items() <= alert.content.labels.items()
    assert alert.service is None


def test_details_that_are_no_object_are_the_description() -> None:
    (alert,) = read(with_payload(custom_details=["a", 1]), T0)
    assert alert.content.description == '["a",1]'


@pytest.mark.parametrize(
    "body, shown",
    [
        (b'{"routing_key": "secret", "a": "b"}', b'{"routing_key": "***", "a": "b"}'),
        (b'{"Routing_Key" :\n"sec\\"ret"', b'{"Routing_Key" :\n"***"'),
        (b'{"service_key":"secret', b'{"service_key":"***'),
        (b'{"apiKey":"secret"}', b'{"apiKey":"***"}'),
        (b'{"key": "not ours"}', b'{"key": "not ours"}'),
    ],
    ids=["plain", "escaped and unfinished", "cut short", "opsgenie", "another"],
)
def test_a_kept_body_shows_no_key(body: bytes, shown: bytes) -> None:
    assert redact(body) == shown

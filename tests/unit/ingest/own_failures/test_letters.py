"""Which dead letters call somebody, and what they are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ingest.normalisation.dedup_key import dedup_key
from services.ingest.own_failures.letters import READ_BYTES, Letter, Verdict, alert_for, judge, read_letter

NOW = datetime(2026, 11, 29, 5, tzinfo=UTC)
OWN = "ValueError: no such thing"


def letter(queue: str = "comms.pages", reason: str = OWN, services: tuple[str, ...] = ("payments",)) -> Letter:
    return Letter(queue=queue, reason=reason, type="page.requested.v1", services=frozenset(services))


@pytest.mark.parametrize(
    "found, incident_service, last, expected",
    [
        pytest.param(letter(), None, None, Verdict.ALERT, id="the first ever"),
        pytest.param(letter("ingest.intake"), None, None, Verdict.ALERT, id="accepted"),
        pytest.param(letter("incident.alerts.first"), None, None, Verdict.ALERT, id="an alert"),
        pytest.param(letter("oncall"), None, None, Verdict.ALERT, id="an incident"),
        pytest.param(letter("oncall.pages"), "payments", None, Verdict.ALERT, id="what became of a page"),
        pytest.param(letter("analytics"), None, None, Verdict.ELSEWHERE, id="not on the way"),
        pytest.param(letter("ingest.dead"), None, None, Verdict.ELSEWHERE, id="this very queue"),
        pytest.param(letter(""), None, None, Verdict.ELSEWHERE, id="nobody knows from where"),
        pytest.param(letter("ingest.raw", "Never: bad_body: x"), None, None, Verdict.SENDERS, id="a sender's fault"),
        pytest.param(letter("ingest.raw", OWN), None, None, Verdict.ALERT, id="what a sender sent, our fault"),
        pytest.param(letter("oncall", "Never: x"), None, None, Verdict.ALERT, id="refused by ourselves"),
        pytest.param(letter(services=("tocsin",)), None, None, Verdict.OWN_ALERT, id="about tocsin"),
        pytest.param(letter(services=()), "tocsin", None, Verdict.OWN_ALERT, id="of an incident of tocsin"),
        pytest.param(letter(services=("tocsin", "a")), None, None, Verdict.ALERT, id="about others too"),
        pytest.param(letter(), None, NOW - timedelta(minutes=59), Verdict.QUIET, id="within the hour"),
        pytest.param(letter(), None, NOW - timedelta(minutes=60), Verdict.ALERT, id="after an hour"),
    ],
)
def test_what_becomes_of_a_dead_letter(
    found: Letter, incident_service: str | None, last: datetime | None, expected: Verdict
) -> None:
    assert judge(found, incident_service, last, NOW) is expected


@pytest.mark.parametrize(
    "document, type_, services, incident",
    [
        pytest.param(
            {"type": "page.requested.v1", "data": {"incident": {"service_id": "Payments"}}},
            "page.requested.v1", {"payments"}, None, id="a page",
        ),
        pytest.param(
            {"type": "alert.opened.v1", "data": {"service_id": None, "service_claim": "tocsin"}},
            "alert.opened.v1", {"tocsin"}, None, id="an alert",
        ),
        pytest.param(
            {"type": "page.failed.v1", "data": {"incident_id": "INC-1"}}, "page.failed.v1", set(), "INC-1",
            id="a result",
        ),
        pytest.param(
            {"alerts": [{"claim": "tocsin"}, {"claim": "a"}, 5]}, "intake", {"tocsin", "a"}, None, id="alerts"
        ),
        pytest.param({"type": 7, "data": [1]}, "7", set(), None, id="nonsense"),
        pytest.param([1], "", set(), None, id="no object"),
    ],
)  # fmt: skip
def test_what_a_dead_letter_says(document: Any, type_: str, services: set[str], incident: str | None) -> None:
    found = read_letter(json.dumps(document).encode(), "comms.pages", OWN)
    assert found == Letter("comms.pages", OWN, type_, frozenset(services), incident)


@pytest.mark.parametrize("body", [b"\xff", b"", b"[" * 100_000, b" " * (READ_BYTES + 1)])
def test_any_bytes_are_a_dead_letter(body: bytes) -> None:
    assert read_letter(body, "comms.pages", OWN) == Letter("comms.pages", OWN, "", frozenset())


def test_the_alert_names_queue_type_reason_and_what_to_do() -> None:
    alert = alert_for(letter(reason="ValueError: \x00no"), None)
    assert "comms.pages" in alert.content.title
    for word in ("comms.pages", "page.requested.v1", "ValueError: no", "make dead-letters", "ARGS=replay"):
        assert word in alert.content.description
    assert (alert.service, alert.content.severity) == ("tocsin", "critical")


def test_an_alert_that_is_sent_again_is_the_same_and_one_an_hour_later_another() -> None:
    first, again, later = alert_for(letter(), None), alert_for(letter("oncall"), None), alert_for(letter(), NOW)
    assert dedup_key(first, "1") == dedup_key(again, "2") != dedup_key(later, "3")

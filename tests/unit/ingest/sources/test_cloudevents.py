from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.dedup_key import dedup_key
from services.ingest.sources.cloudevents import attributes, read
from tests.unit.ingest.builders import T0

pytestmark = pytest.mark.unit

ENVELOPE: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "/probes", "type": "org.example.disk.fired"}


def one(**fields: Any) -> ReceivedAlert:
    (alert,) = read(ENVELOPE | fields, T0)
    return alert


@pytest.mark.parametrize(
    "kind, status, action",
    [
        ("org.example.disk.fired", None, Action.TRIGGER),
        ("org.example.disk.Resolved", None, Action.RESOLVE),
        ("org.example.disk.acknowledged", None, Action.ACKNOWLEDGE),
        ("org.example.disk", None, Action.TRIGGER),
        ("org.example.disk.resolved", "firing", Action.TRIGGER),
    ],
    ids=["fired", "resolved", "acknowledged", "no word", "the data knows better"],
)
def test_what_happened_is_told_by_the_data_else_by_the_last_word_of_the_type(
    kind: str, status: str | None, action: Action
) -> None:
    assert one(type=kind, data={"status": status}).action is action


@pytest.mark.parametrize("fields", [{"subject": "db-1"}, {"data": {"title": "disk is full"}}, {"data": "95 %"}])
def test_the_end_of_an_alert_has_the_key_of_its_beginning(fields: dict[str, Any]) -> None:
    began, ended = one(**fields), one(**fields, type="org.example.disk.resolved", id="2")
    assert dedup_key(began, "s1") == dedup_key(ended, "s2")
    assert (began.action, ended.action) == (Action.TRIGGER, Action.RESOLVE)


def test_an_event_without_data_is_named_by_its_type_and_subject() -> None:
    alert = one(subject="db-1", service="payments", severity="P1", time="2026-11-21T21:59:00Z")
    assert alert.content.title == "org.example.disk: db-1"
    assert (alert.service, alert.content.severity) == ("payments", "critical")
    assert alert.starts_at is not None


def test_coded_data_is_read() -> None:
    coded = base64.b64encode(json.dumps({"title": "disk is full"}).encode()).decode()
    assert one(datacontenttype="application/json", data_base64=coded).content.title == "disk is full"
    assert one(data_base64=base64.b64encode(b"95 %").decode()).content.description == "95 %"
    assert one(data_base64="?").content.title == "org.example.disk"


def test_a_batch_is_as_many_alerts() -> None:
    assert [alert.key for alert in read([{**ENVELOPE, "subject": str(n)} for n in range(3)], T0)] == [
        "/probes#0",
        "/probes#1",
        "/probes#2",
    ]


@pytest.mark.parametrize(
    "headers, found",
    [
        ([("ce-type", "a"), ("CE-Subject", "d%C3%A9"), ("host", "x")], {"type": "a", "subject": "dé"}),
        ([("ce-specversion", "1.0")], {"specversion": "1.0"}),
        ([("ce-subject", "a")], None),
        ([], None),
    ],
)
def test_binary_mode_is_told_by_its_headers(headers: list[tuple[str, str]], found: dict[str, str] | None) -> None:
    assert attributes(headers) == found

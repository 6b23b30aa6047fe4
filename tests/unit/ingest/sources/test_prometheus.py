from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ingest.normalisation.alert import Action
from services.ingest.normalisation.fingerprint import LONGEST, fingerprint
from services.ingest.sources.prometheus import RESOLVE_AFTER, read
from tests.unit.ingest.builders import T0, at_second

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "labels, said_by_alertmanager",
    [
        (
            {"alertname": "DiskFull", "instance": "db-1:9100", "severity": "critical", "service": "payments"},
            "5a7d5cede72a5821",
        ),
        ({"b": "ディスク", "alertname": "دیسک"}, "8b108ae544ca7039"),
        ({"alertname": "x", "empty": ""}, "d240efc3896bf266"),
    ],
    ids=["plain", "not ASCII", "empty values do not count"],
)
def test_the_fingerprint_is_alertmanagers(labels: dict[str, str], said_by_alertmanager: str) -> None:
    assert fingerprint(labels) == said_by_alertmanager


def test_labels_of_any_size_and_type_have_a_fingerprint() -> None:
    long = {"a": "x" * LONGEST}
    assert fingerprint(long) == fingerprint(dict(long)) != fingerprint({"a": "x" * LONGEST + "y"})
    assert fingerprint({"a": {"b": 1}}) != fingerprint({"a": {"b": 2}})
    assert fingerprint({"a": "\ud800"})


ENDS = {
    "in the future": ({"endsAt": at_second(240).isoformat()}, Action.TRIGGER, at_second(240)),
    "in the past": ({"endsAt": at_second(-1).isoformat()}, Action.RESOLVE, None),
    "now": ({"endsAt": T0.isoformat()}, Action.RESOLVE, None),
    "not said": ({}, Action.TRIGGER, T0 + RESOLVE_AFTER),
    "the year 1": ({"endsAt": "0001-01-01T00:00:00Z"}, Action.TRIGGER, T0 + RESOLVE_AFTER),
    "no time": ({"endsAt": "soon"}, Action.TRIGGER, T0 + RESOLVE_AFTER),
    "far away": ({"endsAt": "9999-12-31T23:59:59Z"}, Action.TRIGGER, T0 + timedelta(days=400)),
}


@pytest.mark.parametrize("fields, action, until", ENDS.values(), ids=ENDS)
def test_an_alert_whose_end_is(fields: dict[str, Any], action: Action, until: Any) -> None:
    (alert,) = read([{"labels": {"alertname": "x"}, **fields}], T0)
    assert (alert.action, alert.until) == (action, until)


def test_half_of_a_pair_of_surrogates_in_very_long_labels_is_read() -> None:
    """UTF-8 has no place for it, and labels so long have a key of their own."""
    (alert,) = read([{"labels": {"alertname": "x", "note": LONGEST * "x" + "\ud83d"}}], T0)
    assert len(alert.key or "") == 16

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.automation.scripts.request import PlaceRequest
from services.automation.targets.target import Target, find_match, why_not_for
from shared.kept.entries import Entry

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 29, tzinfo=UTC)


def make_target(id: str = "web-1", **changes: Any) -> Entry[Target]:
    fields = {"name": id, "host": "h", "user": "u", "host_key": "k", "team": "a", "match": {"labels": {"host": id}}}
    return Entry(id=id, version=1, content=Target.model_validate(fields | changes), created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize(
    "labels, found",
    [
        pytest.param({"host": "web-1"}, "web-1", id="its label"),
        pytest.param({"host": "web-1", "dc": "x"}, "web-1", id="and others"),
        pytest.param({"host": "web-2"}, "no target", id="another value"),
        pytest.param({"Host": "web-1"}, "no target", id="another name"),
        pytest.param({}, "no target", id="no labels: one without a match is never meant"),
        pytest.param({"host": "two"}, "2 targets", id="two are refused"),
    ],
)
def test_an_alert_means_the_one_machine_whose_labels_it_has(labels: dict[str, str], found: str) -> None:
    two = {"match": {"labels": {"host": "two"}}}
    targets = [make_target(), make_target("any", match={}), make_target("t1", **two), make_target("t2", **two)]
    match = find_match(targets, labels)
    assert (match if isinstance(match, str) else match.id).find(found) >= 0


@pytest.mark.parametrize(
    "request_, changes, is_refused",
    [
        pytest.param(PlaceRequest("x", "r", "a"), {}, False, id="a runbook of its team"),
        pytest.param(PlaceRequest("x", "r", "a", "b"), {}, False, id="for another team's service"),
        pytest.param(PlaceRequest("x", "r", "b", "a"), {}, True, id="another team's runbook for its service"),
        pytest.param(PlaceRequest("x", "r", None, "a"), {}, False, id="everybody's runbook for its service"),
        pytest.param(PlaceRequest("x", "r", None, "b"), {}, True, id="everybody's runbook for another's"),
        pytest.param(PlaceRequest("x", "r", None, None), {}, True, id="nobody's at all"),
        pytest.param(PlaceRequest("x", "r", "a"), {"runbooks": ["r"]}, False, id="a runbook that it runs"),
        pytest.param(PlaceRequest("x", "q", "a"), {"runbooks": ["r"]}, True, id="one that it does not"),
        pytest.param(PlaceRequest("x", None, "a"), {"runbooks": ["r"]}, True, id="one without an id"),
        pytest.param(PlaceRequest("x", "r", "a"), {"runbooks": []}, True, id="it runs none"),
    ],
)
def test_a_machine_is_reached_within_its_team(
    request_: PlaceRequest, changes: dict[str, Any], is_refused: bool
) -> None:
    assert (why_not_for(make_target(**changes).content, request_) is not None) is is_refused

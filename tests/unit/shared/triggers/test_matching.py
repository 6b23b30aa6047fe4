"""Triggers: what of an incident and its alerts they are held against, and that all they say must hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.automation import Trigger
from shared.events.incidents import Paging, PagingAlert
from shared.triggers.matching import criteria_of, find_match, find_start, matched_alert, paging_alerts
from shared.vocabulary import Category, Severity
from tests.unit.automation.builders import make_alert, make_incident

pytestmark = pytest.mark.unit

DISK, OTHER = make_alert(), make_alert("alert-2", title="Swap", service_id="users", labels={"host": "db-2"})


@pytest.mark.parametrize(
    "trigger, alert",
    [
        pytest.param({"service_id": "payments"}, "alert-1", id="the incident's service"),
        pytest.param({"category": "failure", "severity": "high"}, "alert-1", id="category and severity"),
        pytest.param({"labels": {"alertname": "DiskFull"}}, "alert-1", id="a label of the first alert"),
        pytest.param({"labels": {"host": "db-2"}}, "alert-2", id="a label of the second"),
        pytest.param({"service_id": "payments", "labels": {"host": "db-2"}}, "alert-2", id="a label besides"),
        pytest.param({"service_id": "users", "labels": {"host": "db-2"}}, "alert-2", id="all of one alert"),
        pytest.param({"title_regex": "(?i)^disk of .* full$"}, "alert-1", id="the incident's title"),
        pytest.param({"title_regex": "^Swap$"}, "alert-2", id="an alert's title"),
    ],
)
def test_what_matches_says_by_which_alert(trigger: dict[str, object], alert: str) -> None:
    found = find_match([Trigger.model_validate(trigger)], make_incident(), [matched_alert(DISK), matched_alert(OTHER)])
    assert found is not None
    assert (found.trigger, found.alert_id) == (0, alert)


@pytest.mark.parametrize(
    "trigger",
    [
        pytest.param({}, id="it says nothing"),
        pytest.param({"service_id": "checkout"}, id="another service"),
        pytest.param({"service_id": "payments", "severity": "critical"}, id="one of two holds"),
        pytest.param({"labels": {"alertname": "DiskFull", "host": "db-2"}}, id="labels of two alerts"),
        pytest.param({"service_id": "users", "labels": {"host": "db-1"}}, id="one alert's service, another's label"),
        pytest.param({"labels": {"Host": "db-1"}}, id="another case"),
        pytest.param({"title_regex": "full$", "category": "security"}, id="a title, another category"),
    ],
)
def test_what_does_not_hold_of_one_thing_does_not_match(trigger: dict[str, object]) -> None:
    alerts = [matched_alert(DISK), matched_alert(OTHER)]
    assert find_match([Trigger.model_validate(trigger)], make_incident(), alerts) is None


def test_an_incident_by_hand_matches_by_its_own_words_alone() -> None:
    by_hand = make_incident(group_id=None)
    assert find_match([Trigger(labels={"host": "db-1"})], by_hand, []) is None
    found = find_match([Trigger(labels={"a": "b"}), Trigger(severity=Severity.HIGH)], by_hand, [])
    assert found is not None
    assert (found.trigger, found.alert_id, found.criteria) == (1, None, (("severity", "high"),))


TRIGGERS = st.builds(
    Trigger,
    service_id=st.sampled_from([None, "payments", "users"]),
    category=st.sampled_from([None, Category.FAILURE, Category.SECURITY]),
    severity=st.sampled_from([None, Severity.HIGH, Severity.LOW]),
    labels=st.dictionaries(st.sampled_from(["host", "alertname"]), st.sampled_from(["db-1", "db-2", "DiskFull"])),
    title_regex=st.sampled_from([None, "Disk", "Swap", "nothing"]),
)


@given(TRIGGERS)
def test_saying_less_never_matches_less(trigger: Trigger) -> None:
    alerts = [matched_alert(DISK), matched_alert(OTHER)]
    if find_match([trigger], make_incident(), alerts) is None:
        return
    for name in ("service_id", "category", "severity", "title_regex"):
        lesser = trigger.changed(**{name: None})
        assert not criteria_of(lesser) or find_match([lesser], make_incident(), alerts) is not None


@pytest.mark.parametrize(
    "team, changes, starts",
    [
        pytest.param(None, {}, True, id="nobody's, for all"),
        pytest.param("core", {"team": "core"}, True, id="its team's"),
        pytest.param("core", {"team": "shop"}, False, id="another team's"),
        pytest.param("core", {}, False, id="nobody's incident"),
        pytest.param(None, {"imported": True}, False, id="imported"),
        pytest.param(None, {"status": "resolved"}, False, id="over"),
    ],
)
def test_a_runbook_starts_for_open_incidents_of_its_team(
    team: str | None, changes: dict[str, Any], starts: bool
) -> None:
    found = find_start(team, [Trigger(service_id="payments")], make_incident(**changes), [])
    assert (found is not None) is starts


def test_the_alert_that_people_are_paged_for_is_what_others_hold_triggers_against() -> None:
    alert = PagingAlert(id="a", title="Swap", severity=Severity.LOW, category=Category.ERROR, labels={"host": "db-2"})
    incident = make_incident(paging=Paging(alert=alert))
    trigger = Trigger(labels={"host": "db-2"}, title_regex="^Swap$", service_id="payments")
    found = find_match([trigger], incident, paging_alerts(incident))
    assert found is not None
    assert found.alert_id == "a"
    assert paging_alerts(make_incident()) == []

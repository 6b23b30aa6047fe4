"""The JSON is what clients of Atlassian Statuspage read: exactly its members, of the types it documents.

Source: the "Status API v2" that every Statuspage publishes at `/api`.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.comms.status_pages.page import ComponentState, Impact, UpdateStatus
from services.comms.status_pages.post_update import take_update
from services.comms.status_pages.public import statuspage_json
from tests.unit.comms.status_pages.pages import COMPONENTS, NOON, ask, make_page

pytestmark = pytest.mark.contract

URL = "https://status.example"


class Exact(BaseModel):
    """No member more, none less."""

    model_config = ConfigDict(extra="forbid")


class ThePage(Exact):
    id: str
    name: str
    url: str
    time_zone: str
    updated_at: AwareDatetime


class TheStatus(Exact):
    indicator: str
    description: str


class AComponent(Exact):
    id: str
    name: str
    status: ComponentState
    created_at: AwareDatetime
    updated_at: AwareDatetime
    position: int
    description: str | None
    showcase: bool
    start_date: str | None
    group_id: str | None
    page_id: str
    group: bool
    only_show_if_degraded: bool
    components: list[str] = []


class Affected(Exact):
    code: str
    name: str
    old_status: ComponentState
    new_status: ComponentState


class AnUpdate(Exact):
    id: str
    status: UpdateStatus
    body: str
    incident_id: str
    created_at: AwareDatetime
    updated_at: AwareDatetime
    display_at: AwareDatetime
    affected_components: list[Affected] | None
    deliver_notifications: bool
    custom_tweet: str | None
    tweet_id: str | None


class AnIncident(Exact):
    id: str
    name: str
    status: UpdateStatus
    created_at: AwareDatetime
    updated_at: AwareDatetime
    monitoring_at: AwareDatetime | None
    resolved_at: AwareDatetime | None
    impact: str
    shortlink: str
    started_at: AwareDatetime
    page_id: str
    incident_updates: list[AnUpdate]
    components: list[AComponent]


class AMaintenance(AnIncident):
    scheduled_for: AwareDatetime
    scheduled_until: AwareDatetime | None


class Summary(Exact):
    page: ThePage
    components: list[AComponent]
    incidents: list[AnIncident]
    scheduled_maintenances: list[AMaintenance]
    status: TheStatus


def summary() -> dict[str, Any]:
    page = make_page(components=[COMPONENTS[0], COMPONENTS[1] | {"group": "Europe"}])
    page = take_update(page, ask(UpdateStatus.MONITORING, ("api", ComponentState.PARTIAL_OUTAGE)), NOON).page
    later = {"scheduled_for": NOON + timedelta(days=1), "scheduled_until": NOON + timedelta(days=2)}
    planned = ask(UpdateStatus.SCHEDULED, ("web", ComponentState.UNDER_MAINTENANCE), id="u2", **later)
    page = take_update(page, planned, NOON).page
    document: dict[str, Any] = json.loads(json.dumps(statuspage_json.summary(page, URL)))
    return document


def test_the_summary_has_exactly_the_members_that_clients_know() -> None:
    read = Summary.model_validate(summary())
    assert read.status.indicator == "major"
    assert [(one.name, one.group) for one in read.components] == [("API", False), ("Europe", True), ("Website", False)]
    assert read.components[1].components == ["web"]
    assert read.components[2].group_id == read.components[1].id
    assert read.incidents[0].monitoring_at == NOON
    assert read.scheduled_maintenances[0].impact == "maintenance"
    assert read.incidents[0].incident_updates[0].affected_components == [
        Affected(
            code="api", name="API", old_status=ComponentState.OPERATIONAL, new_status=ComponentState.PARTIAL_OUTAGE
        )
    ]


def test_times_have_milliseconds_and_a_z() -> None:
    assert summary()["page"]["updated_at"] == "2026-11-21T12:00:00.000Z"


@pytest.mark.parametrize(
    "state, impact, indicator",
    [
        (ComponentState.OPERATIONAL, None, "none"),
        (ComponentState.DEGRADED_PERFORMANCE, None, "minor"),
        (ComponentState.PARTIAL_OUTAGE, None, "major"),
        (ComponentState.MAJOR_OUTAGE, None, "critical"),
        (ComponentState.OPERATIONAL, Impact.MINOR, "minor"),
    ],
    ids=["fine", "slow", "partly down", "down", "an impact that no component shows"],
)
def test_the_indicator_is_the_worst_of_components_and_incidents(
    state: ComponentState, impact: Impact | None, indicator: str
) -> None:
    page = take_update(make_page(), ask(UpdateStatus.INVESTIGATING, ("api", state), impact=impact), NOON).page
    assert statuspage_json.status(page, URL)["status"]["indicator"] == indicator


def test_a_running_maintenance_is_the_indicator_when_all_else_is_fine() -> None:
    running = ask(UpdateStatus.IN_PROGRESS, ("api", ComponentState.UNDER_MAINTENANCE))
    page = take_update(make_page(), running, NOON).page
    assert statuspage_json.status(page, URL)["status"]["indicator"] == "maintenance"


@pytest.mark.parametrize(
    "document, members",
    [
        (statuspage_json.incidents(make_page(), [], URL), {"page", "incidents"}),
        (statuspage_json.maintenances(make_page(), [], URL), {"page", "scheduled_maintenances"}),
        (statuspage_json.components(make_page(), URL), {"page", "components"}),
        (statuspage_json.status(make_page(), URL), {"page", "status"}),
    ],
    ids=["incidents", "maintenances", "components", "status"],
)
def test_each_document_has_the_page_and_what_it_is_about(document: dict[str, Any], members: set[str]) -> None:
    assert document.keys() == members

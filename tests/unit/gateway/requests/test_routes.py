from __future__ import annotations

import pytest

from services.gateway.requests.routes import ROUTES, Need, Service, find_route, is_enough
from shared.vocabulary import Role

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "path,service",
    [
        pytest.param("/incidents/webhook", Service.INGEST, id="the webhook is no incident"),
        pytest.param("/incidents", Service.INCIDENT, id="the list of incidents"),
        pytest.param("/incidents/", Service.INCIDENT, id="a trailing slash changes nothing"),
        pytest.param("/incidents/INC-20261121-0001", Service.INCIDENT, id="one incident"),
        pytest.param("/incidents/INC-20261121-0001/timeline", Service.INCIDENT, id="its timeline"),
        pytest.param("/incidents/INC-20261121-0001/pages", Service.ONCALL, id="its pages are on-call's"),
        pytest.param("/incidents/INC-20261121-0001/explain", Service.ONCALL, id="so is why"),
        pytest.param("/incidents/INC-20261121-0001/war-room", Service.COMMS, id="its war room is comms'"),
        pytest.param("/incidents/INC-20261121-0001/stakeholders/notify", Service.COMMS, id="so are stakeholders"),
        pytest.param("/incidents/INC-20261121-0001/run-action", Service.AUTOMATION, id="its actions are automation's"),
        pytest.param("/incidents/webhook/pages", Service.ONCALL, id="an incident could be called webhook"),
        pytest.param("/services", Service.INCIDENT, id="the catalogue"),
        pytest.param("/services/graph", Service.INCIDENT, id="its graph"),
        pytest.param("/alerts", Service.INGEST, id="alerts"),
        pytest.param("/v2/enqueue", Service.INGEST, id="PagerDuty's shape"),
        pytest.param("/v2/alerts/x/close", Service.INGEST, id="Opsgenie's shape"),
        pytest.param("/api/v2/alerts", Service.INGEST, id="Alertmanager's own"),
        pytest.param("/metrics/samples", Service.INGEST, id="samples are no metrics of ours"),
        pytest.param("/metrics", Service.GATEWAY, id="metrics are"),
        pytest.param("/schedules/s1.ics", Service.ONCALL, id="a calendar"),
        pytest.param("/integrations", Service.GATEWAY, id="integrations are the gateway's"),
        pytest.param("/integrations/int_1", Service.GATEWAY, id="each of them"),
        pytest.param("/integrations/jira", Service.COMMS, id="Jira is comms'"),
        pytest.param("/integrations/slack/actions", Service.COMMS, id="Slack too"),
        pytest.param("/a/token", Service.INCIDENT, id="an acknowledge link"),
        pytest.param("/status-pages/updates", Service.COMMS, id="status pages"),
        pytest.param("/reports/sla", Service.ANALYTICS, id="reports"),
        pytest.param("/reports/slos.yaml", Service.INCIDENT, id="what was promised is the catalogue's"),
        pytest.param("/executions/x/steps/1/complete", Service.AUTOMATION, id="executions"),
        pytest.param("/", Service.GATEWAY, id="the first page"),
    ],
)
def test_a_path_belongs_to_one_service(path: str, service: Service) -> None:
    route = find_route(path)
    assert route is not None
    assert route.service is service


@pytest.mark.parametrize(
    "path", ["/nothing", "/incident", "/incidents-webhook", "/a", "/a//", "//incidents", "/a/b/c", "/api/v1/alerts", ""]
)
def test_what_is_not_in_the_table_is_not_public(path: str) -> None:
    assert find_route(path) is None


@pytest.mark.parametrize(
    "method,path,need",
    [
        pytest.param("GET", "/incidents", Need.VIEWER, id="whoever may see, sees"),
        pytest.param("HEAD", "/services", Need.VIEWER, id="HEAD is a look too"),
        pytest.param("POST", "/incidents", Need.RESPONDER, id="a responder opens incidents"),
        pytest.param("POST", "/incidents/x/ack", Need.RESPONDER, id="and takes them"),
        pytest.param("POST", "/incidents/x/timeline", Need.RESPONDER, id="and writes what happens"),
        pytest.param("POST", "/schedules/x/overrides", Need.RESPONDER, id="and stands in for somebody"),
        pytest.param("POST", "/schedules", Need.MANAGER, id="a manager plans"),
        pytest.param("PATCH", "/services/x", Need.MANAGER, id="and keeps the catalogue"),
        pytest.param("POST", "/integrations", Need.MANAGER, id="and lets tools deliver"),
        pytest.param("POST", "/api-keys", Need.ADMIN, id="an admin gives keys"),
        pytest.param("GET", "/api-keys", Need.ADMIN, id="and alone sees them"),
        pytest.param("POST", "/incidents/webhook", Need.WEBHOOK, id="tools deliver"),
        pytest.param("POST", "/heartbeats/x/beat", Need.WEBHOOK, id="and beat"),
        pytest.param("POST", "/heartbeats", Need.MANAGER, id="but do not make heartbeats"),
        pytest.param("POST", "/a/token", Need.ANYONE, id="a signed link is its own key"),
        pytest.param("POST", "/integrations/slack/actions", Need.ANYONE, id="Slack signs"),
        pytest.param("BREW", "/incidents", Need.RESPONDER, id="an unknown method counts as a change"),
    ],
)
def test_a_route_asks_for_the_least_role(method: str, path: str, need: Need) -> None:
    route = find_route(path)
    assert route is not None
    assert route.need(method) is need


@pytest.mark.parametrize(
    "role,enough",
    [
        (Role.ADMIN, {Need.ANYONE, Need.WEBHOOK, Need.VIEWER, Need.RESPONDER, Need.MANAGER, Need.ADMIN}),
        (Role.MANAGER, {Need.ANYONE, Need.WEBHOOK, Need.VIEWER, Need.RESPONDER, Need.MANAGER}),
        (Role.RESPONDER, {Need.ANYONE, Need.VIEWER, Need.RESPONDER}),
        (Role.VIEWER, {Need.ANYONE, Need.VIEWER}),
        (Role.INTEGRATION, {Need.ANYONE, Need.WEBHOOK}),
    ],
)
def test_a_role_includes_those_below_it_and_integrations_stand_apart(role: Role, enough: set[Need]) -> None:
    assert {need for need in Need if is_enough(role, need)} == enough


def test_every_line_of_the_table_can_be_reached() -> None:
    for route in ROUTES:
        example = route.pattern.replace("{}", "x").replace("/**", "")
        assert find_route(example) is route

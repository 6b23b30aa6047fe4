"""What cannot be taken is refused with a problem that names the fault; an alert that can be read never is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from shared.testing.harness import eventually
from tests.scenarios.world import World

JSON = {"content-type": "application/json"}
ELEVEN_MEGABYTES = b'{"title":"' + b"x" * 11_000_000 + b'"}'


@dataclass(frozen=True)
class Bad:
    """A request and the problem that answers it; `pointer` None: no field is at fault."""

    method: str
    path: str
    body: Any
    status: int
    pointer: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes | None:
        return self.body if self.body is None or isinstance(self.body, bytes) else json.dumps(self.body).encode()


LAYER: dict[str, Any] = {
    "name": "week",
    "starts_at": "2026-01-05T09:00:00",
    "rotation": {"unit": "week", "turn_length": 1, "every": 1},
    "participants": [],
}
SCHEDULE = {"name": "s", "time_zone": "Europe/Berlin", "layers": [LAYER]}
POLICY = {"name": "p", "steps": [{"targets": [{"type": "user", "id": "sara"}], "timeout_seconds": 300}]}
USER = {"name": "Sara", "email": "sara@example.org"}

BAD = {
    # not JSON, or not the kind of JSON that it must be
    "webhook: not JSON": Bad("POST", "/incidents/webhook", b'{"title": "x"', 400, ""),
    "webhook: nothing": Bad("POST", "/incidents/webhook", b"", 400),
    "webhook: a number": Bad("POST", "/incidents/webhook", 7, 400),
    "webhook: a number in a list": Bad("POST", "/incidents/webhook", [{"title": "x"}, 7], 400, "/1"),
    "webhook: Alertmanager without alerts": Bad(
        "POST", "/incidents/webhook?source=alertmanager", {"version": "4"}, 400
    ),
    "webhook: unknown source": Bad("POST", "/incidents/webhook?source=pigeon", {"title": "x"}, 422, "/source"),
    "incidents: not JSON": Bad("POST", "/incidents", b"{", 400, ""),
    "services: not JSON": Bad("POST", "/services", b"{]", 400, ""),
    "services: a list": Bad("POST", "/services", [], 400),
    # too large
    "webhook: 11 MB": Bad("POST", "/incidents/webhook", ELEVEN_MEGABYTES, 413),
    "incidents: 11 MB": Bad("POST", "/incidents", ELEVEN_MEGABYTES, 413),
    "users: 11 MB": Bad("POST", "/users", ELEVEN_MEGABYTES, 413),
    # a field is missing or of the wrong kind
    "services: no name": Bad("POST", "/services", {}, 422, "/name"),
    "services: name is a number": Bad("POST", "/services", {"name": 5}, 422, "/name"),
    "services: no such tier": Bad("POST", "/services", {"name": "x", "tier": 9}, 422, "/tier"),
    "services: target over 1": Bad("POST", "/services", {"name": "x", "slo": {"target": 2}}, 422, "/slo/target"),
    "incidents: no title": Bad("POST", "/incidents", {}, 422, "/title"),
    "incidents: no such severity": Bad("POST", "/incidents", {"title": "x", "severity": "awful"}, 422, "/severity"),
    "users: no e-mail": Bad("POST", "/users", {"name": "Sara"}, 422, "/email"),
    "users: no such zone": Bad("POST", "/users", USER | {"time_zone": "Mars/Base"}, 422, "/time_zone"),
    "users: no such channel": Bad(
        "POST",
        "/users",
        USER | {"contact_methods": [{"id": "a", "channel": "pigeon", "address": "x"}]},
        422,
        "/contact_methods/0/channel",
    ),
    "users: a rule for no method": Bad(
        "POST",
        "/users",
        USER | {"notification_rules": [{"urgency": "high", "contact_method_id": "none"}]},
        422,
        "/notification_rules/0/contact_method_id",
    ),
    "schedules: a layer without people": Bad("POST", "/schedules", SCHEDULE, 422, "/layers/0/participants"),
    "schedules: no such zone": Bad("POST", "/schedules", SCHEDULE | {"time_zone": "Berlin"}, 422, "/time_zone"),
    "schedules: no layers": Bad("POST", "/schedules", {"name": "s", "time_zone": "UTC"}, 422, "/layers"),
    "schedules: no such unit": Bad(
        "POST",
        "/schedules",
        SCHEDULE | {"layers": [LAYER | {"rotation": {"unit": "fortnight", "turn_length": 1, "every": 1}}]},
        422,
        "/layers/0/rotation/unit",
    ),
    "policies: no steps": Bad("POST", "/escalation-policies", {"name": "p"}, 422, "/steps"),
    "policies: timeout is text": Bad(
        "POST",
        "/escalation-policies",
        POLICY | {"steps": [{"targets": [], "timeout_seconds": "soon"}]},
        422,
        "/steps/0/timeout_seconds",
    ),
    # nothing there
    "incident: unknown": Bad("GET", "/incidents/INC-19990101-0001", None, 404),
    "incident: no text": Bad("GET", "/incidents/%00", None, 400),
    "ack: unknown": Bad("POST", "/incidents/INC-19990101-0001/ack", {}, 404),
    "status: unknown": Bad("PUT", "/incidents/INC-19990101-0001/status", {"status": "resolved"}, 404),
    "timeline: unknown": Bad("GET", "/incidents/INC-19990101-0001/timeline", None, 404),
    "service: unknown": Bad("GET", "/services/nobody-has-this", None, 404),
    "user: unknown": Bad("GET", "/users/nobody-has-this", None, 404),
    "schedule: unknown": Bad("GET", "/schedules/nobody-has-this/on-call", None, 404),
    "policy: unknown": Bad("GET", "/escalation-policies/nobody-has-this", None, 404),
    "path: unknown": Bad("GET", "/nothing/is/here", None, 404),
    "method: unknown": Bad("DELETE", "/incidents/webhook", None, 405),
    # what is asked for cannot be read
    "list: limit of none": Bad("GET", "/incidents?limit=0", None, 422, "/limit"),
    "list: limit of a thousand": Bad("GET", "/alerts?limit=1000", None, 422, "/limit"),
    "list: a cursor of somebody else": Bad("GET", "/incidents?cursor=hello", None, 400, "/cursor"),
    "list: no such status": Bad("GET", "/incidents?status=sleeping", None, 422),
    "schedule: no time": Bad("GET", "/schedules/nobody-has-this/on-call?at=yesterday", None, 422, "/at"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_what_is_wrong_is_said_as_a_problem_that_names_the_field(world: World, bad: Bad) -> None:
    answer = await world.api.request(bad.method, bad.path, content=bad.content, headers=JSON | bad.headers)
    problem = _problem(answer, bad.status)
    if bad.pointer is not None:
        assert bad.pointer in [fault["pointer"] for fault in problem["errors"]], problem


KEYS = {
    "no key": (None, 401),
    "an unknown key": ("tk_" + "0" * 32, 401),
    "only words": ("let me in", 401),
}


@pytest.mark.parametrize("key, status", KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("path", ["/incidents", "/incidents/webhook", "/services", "/alerts"])
async def test_who_shows_no_key_that_we_know_is_let_in_nowhere(
    world: World, path: str, key: str | None, status: int
) -> None:
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=world.api.base_url, headers=headers, trust_env=False) as stranger:
        answer = await stranger.post(path, json={"title": "x"})
    _problem(answer, status)


async def test_an_expired_key_is_as_good_as_none(world: World) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
    made = await world.post("/api-keys", {"name": "short", "role": "admin", "expires_at": soon})
    async with _caller(world, made["key"]) as visitor:
        assert (await visitor.get("/incidents")).status_code == 200
        await asyncio.sleep(2)
        problem = _problem(await visitor.get("/incidents"), 401)
    assert "expired" in problem["code"] + problem["detail"].lower()


async def test_a_revoked_key_is_refused_within_five_seconds(world: World) -> None:
    made = await world.post("/api-keys", {"name": "gone", "role": "responder"})
    async with _caller(world, made["key"]) as visitor:
        assert (await visitor.get("/incidents")).status_code == 200
        assert (await world.api.delete(f"/api-keys/{made['id']}")).status_code == 204
        await eventually(lambda: visitor.get("/incidents"), seconds=5, until=lambda answer: answer.status_code == 401)


async def test_a_viewer_reads_and_changes_nothing(world: World) -> None:
    made = await world.post("/api-keys", {"name": "eyes", "role": "viewer"})
    service = await world.service()
    await world.fire(service)
    incident = await world.incident(service)
    async with _caller(world, made["key"]) as viewer:
        assert (await viewer.get(f"/incidents/{incident['id']}")).status_code == 200
        _problem(await viewer.post(f"/incidents/{incident['id']}/ack", json={}), 403)
        _problem(await viewer.post("/services", json={"name": "x"}), 403)
    assert (await world.get(f"/incidents/{incident['id']}"))["status"] == "triggered"


async def test_an_integration_key_delivers_and_reads_nothing(world: World) -> None:
    integration = await world.integration()
    service = await world.service()
    async with _caller(world, integration["key"]) as tool:
        delivered = await tool.post("/incidents/webhook", json=world.alert(service))
        assert delivered.status_code == 202
        _problem(await tool.get("/incidents"), 403)
    await world.incident(service)


async def test_an_illegal_move_is_refused_and_names_where_from_and_where_to(world: World) -> None:
    made = await world.post("/incidents", {"title": "by hand"}, expect=201)
    path = f"/incidents/{made['id']}/status"
    await world.put(path, {"status": "resolved"})
    await world.put(path, {"status": "closed"})
    problem = _problem(await world.api.put(path, json={"status": "investigating"}), 409)
    assert "closed" in problem["detail"]
    assert "investigating" in problem["detail"]
    assert (await world.get(f"/incidents/{made['id']}"))["status"] == "closed"


async def test_a_wrong_word_for_a_status_names_the_field_and_changes_nothing(world: World) -> None:
    made = await world.post("/incidents", {"title": "by hand"}, expect=201)
    answer = await world.api.put(f"/incidents/{made['id']}/status", json={"status": "sleeping"})
    problem = _problem(answer, 422)
    assert "/status" in [fault["pointer"] for fault in problem["errors"]]
    assert (await world.get(f"/incidents/{made['id']}"))["status"] == "triggered"


async def test_an_edit_of_what_has_changed_meanwhile_is_refused(world: World) -> None:
    service = await world.service()
    first = await world.api.get(f"/services/{service}")
    await world.api.patch(f"/services/{service}", json={"description": "mine"})
    late = await world.api.patch(
        f"/services/{service}", json={"description": "yours"}, headers={"if-match": first.headers["etag"]}
    )
    _problem(late, 412)


MENDED: dict[str, dict[str, Any]] = {
    "ten thousand labels": {"labels": {f"label-{number}": "x" for number in range(10_000)}},
    "a clock ahead of ours": {"starts_at": "2031-01-01T00:00:00Z"},
    "a clock that stood still": {"starts_at": "1970-01-01T00:00:00Z"},
    "no time at all": {"starts_at": "teatime"},
    "an odd severity": {"severity": "apocalyptic"},
    "a severity of the wrong kind": {"severity": 5},
    "a title too long": {"title": "very " * 2000},
    "labels of the wrong kind": {"labels": ["a", "b"]},
    "every field of the wrong kind": {"description": 7, "links": "x", "category": [], "source": {}},
}


@pytest.mark.parametrize("odd", MENDED.values(), ids=MENDED.keys())
async def test_an_alert_that_can_be_read_is_taken_and_mended(world: World, odd: dict[str, Any]) -> None:
    service = await world.service()
    accepted = await world.fire(service, **odd)
    assert accepted["accepted"] == 1
    incident = await world.incident(service)
    assert incident["alerts"]["count"] == 1
    began = datetime.fromisoformat((await world.alerts(service=service))[0]["starts_at"])
    assert abs(datetime.now(UTC) - began) < timedelta(minutes=2)


async def test_an_alert_with_nothing_in_it_is_taken_too(world: World) -> None:
    accepted = await world.post("/incidents/webhook", {}, expect=202)
    assert accepted["accepted"] == 1


def _caller(world: World, key: str) -> httpx2.AsyncClient:
    headers = {"authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(base_url=world.api.base_url, headers=headers, trust_env=False)


def _problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.headers["content-type"]
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "code"} <= problem.keys()
    return problem

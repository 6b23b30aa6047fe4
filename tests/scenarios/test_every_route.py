"""Every route of the document with every kind of caller: who has no business there changes nothing and reads nothing.

The routes come from `/openapi.json`, so a new one is in this matrix by itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from shared.testing.harness import eventually
from tests.scenarios.matrix import Operation, Things, operations
from tests.scenarios.world import World

EVERYBODY = "everybody's: all keys of people read it"
READ_BY_OTHERS = {
    "GET /teams/{id}": EVERYBODY,
    "GET /users/{id}": "who works here is known to all; addresses are masked",
    "GET /users/{id}.ics": "holds only the shifts that the key may see",
    "GET /incident-roles/{role}": EVERYBODY,
    "GET /incident-checklists/{category}": EVERYBODY,
}
"""Routes with an id in the address that keys of another team may read, and why."""
WRITTEN_BY_OTHERS: dict[str, str] = {
    "POST /rehearsals": "it writes nothing, and shows of other teams' incidents not whom they page",
}
"""Routes that keys of another team may write, and why."""
NAMED_TO_OTHERS = {
    "GET /teams": EVERYBODY,
    "GET /incident-roles": EVERYBODY,
    "GET /users": "who works here is known to all; addresses are masked",
    "GET /runbooks/step-kinds": "its examples name a role that everybody has",
}
"""Lists in which ids of team A's things stand for all, and why."""
KEY_IN_BODY = {
    "POST /v2/enqueue": "the key stands in the body: one without is none of PagerDuty's",
    "POST /v2/change/enqueue": "the key stands in the body: one without is none of PagerDuty's",
}
"""Routes that answer 400 where no key is shown, and why."""
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+4vI+8EFIopuocSdMhQjp7ZRECH9uWK8F3xoAHhuRy"
"""Of no machine that there is."""
REFUSED = frozenset({403, 404})
READ_FIRST = {
    "POST /incidents/{id}/roles": "the role that the body made from the document names is none",
    "PUT /reports/slos.yaml": "a service that the key does not see is told as a fault of the file",
    "POST /status-pages/updates": "an incident that the key does not see is told as a fault of the body",
}
"""Writes that are refused as 422 before anybody asks whose the thing is, and why."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the rank is that of its role, None for who has no role of a person."""

    name: str
    key: str | None
    rank: int | None = None
    is_elsewhere: bool = False
    """It is limited to team B."""


RANKS = {"viewer": 0, "responder": 1, "manager": 2, "admin": 3}


async def test_every_route_with_every_caller(world: World) -> None:
    things, callers = await _two_teams(world)
    document = (await world.api.get("/openapi.json")).json()
    routes = list(operations(document, things))
    routes += [slashed(one) for one in routes if one.needs == "webhook" and one.is_write]
    cells = [(caller, one) for one in routes for caller in callers]
    assert len(cells) > 7 * 150, "the document is not whole"
    limit = asyncio.Semaphore(8)

    async with httpx2.AsyncClient(base_url=world.api.base_url, timeout=20, trust_env=False) as anybody:

        async def tried(caller: Caller, one: Operation) -> str | None:
            async with limit:
                status, text = await _call(anybody, caller, one)
                fault = _fault(caller, one, status, text, things)
                return f"{caller.name:14} {one.name:60} {status} {fault}" if fault else None

        found = [fault for fault in await asyncio.gather(*(tried(*cell) for cell in cells)) if fault]
    assert not found, f"{len(found)} of {len(cells)}:\n" + "\n".join(sorted(found))
    for path in ("/incidents/", "/services/", "/schedules/", "/escalation-policies/", "/users/", "/postmortems/"):
        assert (await world.api.get(path + things.in_paths[path])).status_code == 200, f"{path} is still there"


async def test_every_get_answers_head_alike_without_the_body(world: World) -> None:
    things, _ = await _two_teams(world)
    document = (await world.api.get("/openapi.json")).json()
    found: list[str] = []
    for one in operations(document, things):
        if one.is_write or one.path == "/stream":
            continue
        head, seen = await world.api.head(one.target), await world.api.get(one.target)
        alike = (head.status_code, head.headers.get("content-type")) == (
            seen.status_code,
            seen.headers.get("content-type"),
        )
        if not alike or head.content or seen.headers["x-content-type-options"] != "nosniff":
            found.append(f"{one.name}: {head.status_code} beside {seen.status_code}")
    assert not found, "\n".join(found)


def slashed(one: Operation) -> Operation:
    """The same with a slash at the end of its address, which is as good as without."""
    path, _, query = one.target.partition("?")
    return replace(one, target=f"{path}/" + (f"?{query}" if query else ""))


def _fault(caller: Caller, one: Operation, status: int, text: str, things: Things) -> str | None:
    """What is wrong with this answer; None when nothing is. The rules, from the strictest down."""
    if status >= 500:
        return f"never a 5xx: {text[:200]}"
    if one.needs == "anyone":
        return None
    if caller.key is None:
        return None if status == (400 if one.name in KEY_IN_BODY else 401) else "without a key it is 401"
    if caller.rank is None:
        if one.needs == "webhook" and one.is_write and status in (404, 405):
            return "nothing takes it"
        return None if one.needs == "webhook" or status == 403 else "an integration's key is for webhooks only"
    if one.needs == "webhook":
        return None if caller.rank >= RANKS["manager"] or status == 403 else "webhooks are for managers and tools"
    if caller.rank < RANKS[one.needs]:
        return None if status == 403 else f"needs {one.needs}"
    return _fault_of_team(one, status, text, things) if caller.is_elsewhere else None


def _fault_of_team(one: Operation, status: int, text: str, things: Things) -> str | None:
    """What is wrong with an answer to a key of team B whose role would be enough."""
    if one.is_write:
        if status in REFUSED or (status == 422 and one.name in READ_FIRST) or one.name in WRITTEN_BY_OTHERS:
            return None
        return f"it is another team's, or everybody's: {text[:200]}"
    if one.names_a_thing:
        return None if status in REFUSED or one.name in READ_BY_OTHERS else "it is another team's"
    if one.name in NAMED_TO_OTHERS:
        return None
    shown = sorted({key for key in things.in_paths.values() if len(key) > 8 and f'"{key}"' in text})
    return f"it tells of another team's {', '.join(shown)}" if shown else None


async def _call(client: httpx2.AsyncClient, caller: Caller, one: Operation) -> tuple[int, str]:
    headers = {} if caller.key is None else {"authorization": f"Bearer {caller.key}"}
    more: dict[str, Any] = {}
    if one.media_type is not None:
        headers["content-type"] = one.media_type
        if one.media_type == "application/json":
            more["json"] = one.body
        elif one.media_type == "application/x-www-form-urlencoded":
            more["data"] = one.body
        else:
            more["content"] = one.body if isinstance(one.body, str) else ""
    async with client.stream(one.method, one.target, headers=headers, **more) as answer:
        if "text/event-stream" in answer.headers.get("content-type", ""):
            return answer.status_code, ""
        return answer.status_code, (await answer.aread()).decode("utf-8", "replace")


async def _two_teams(world: World) -> tuple[Things, list[Caller]]:
    """Team A with one of everything, and the callers, most of them of team B."""
    alice, bob = await world.engineer("alice", ("email",)), await world.engineer("bob", ("email",))
    a, b = world.named("team-a"), world.named("team-b")
    for team, person in ((a, alice), (b, bob)):
        await world.post("/teams", {"id": team, "name": team, "members": [person.id]})
    schedule, policy, service = world.named("schedule"), world.named("policy"), world.named("service")
    layer = {
        "name": "week",
        "starts_at": "2026-01-05T09:00:00",
        "rotation": {"unit": "week", "turn_length": 1},
        "participants": [alice.id],
    }
    plan = {"id": schedule, "name": schedule, "team": a, "time_zone": "Europe/Berlin", "layers": [layer]}
    await world.post("/schedules", plan)
    steps = [{"targets": [{"type": "user", "id": alice.id}], "timeout_seconds": 300}]
    await world.post("/escalation-policies", {"id": policy, "name": policy, "team": a, "steps": steps})
    await world.post("/services", {"id": service, "name": service, "team": a, "escalation_policy_id": policy})
    other = world.named("other")
    await world.post("/services", {"id": other, "name": other, "team": a})
    await world.post(f"/services/{service}/dependencies", {"depends_on": [other]})
    await world.post("/events/change", {"service": service, "summary": "deploy"}, expect=202)
    changes = await eventually(lambda: world.get("/changes", service=service), until=lambda many: bool(many["items"]))
    change = changes["items"][0]["id"]
    await world.fire(service)
    incident = (await world.incident(service))["id"]
    (alert,) = (await world.get(f"/incidents/{incident}/alerts"))["items"]
    task = await world.post(f"/incidents/{incident}/tasks", {"title": "look"})
    ended = (await world.post("/incidents", {"title": "ended", "service_id": service, "severity": "low"}))["id"]
    await world.post(f"/incidents/{ended}/resolve")
    postmortem = (await world.post("/postmortems", {"incident_id": ended}))["id"]
    action = (await world.post(f"/postmortems/{postmortem}/actions", {"title": "mend"}))["id"]
    comment = (await world.post(f"/postmortems/{postmortem}/comments", {"text": "why"}))["id"]
    start = datetime.now(UTC) + timedelta(days=1)
    window = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
    override = (
        await world.post(f"/schedules/{schedule}/overrides", {"kind": "replace", "user_id": alice.id, **window})
    )["id"]
    slug = world.named("page")
    component = {"name": "Payments", "service_ids": [service]}
    await world.post("/status-pages", {"slug": slug, "name": "Acme", "team": a, "components": [component]})
    group = await world.post(
        "/stakeholder-groups", {"name": world.named("group"), "team": a, "members": ["boss@example.org"]}
    )
    template = await world.post("/templates", {"name": world.named("template"), "team": a, "subject": "x", "text": "x"})
    tool = await world.integration("generic", service_id=service)
    key = await world.post("/api-keys", {"name": "a", "role": "viewer", "teams": [a]})
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    planned = {"name": "outage", "scenario": "certificate", "service_id": service, "starts_at": tomorrow}
    drill = (await world.post("/drills", planned))["id"]
    (page,) = await world.until_pages(incident, lambda pages: len(pages) == 1)
    in_paths = {
        "/incidents/": incident, "/services/": service, "/alerts/": alert["id"], "/changes/": change,
        "/schedules/": schedule, "/escalation-policies/": policy, "/users/": alice.id, "/teams/": a,
        "/postmortems/": postmortem, "/actions/": action, "/comments/": comment, "/tasks/": task["id"],
        "/overrides/": override, "/status-pages/": slug, "/status/": slug, "/stakeholder-groups/": group["id"],
        "/templates/": template["id"], "/integrations/": tool["id"], "/api-keys/": key["id"],
        "/incident-roles/": "commander", "/roles/": "commander", "/dependencies/": other, "/participants/": alice.id,
        "/suspects/": change, "/v2/alerts/": alert["id"], "/revisions/": "1", "/incident-checklists/": "error",
        "/deliveries/": page["page_id"], "/drills/": drill, **await _automation_of(world, a, incident),
    }  # fmt: skip
    in_bodies = {
        "incident_id": incident, "service_id": service, "service": service, "user_id": alice.id, "team": a,
        "teams": [a], "into": ended, "to": [group["name"]], "template": template["name"], "members": [alice.id],
        "assignee_id": alice.id, "escalation_policy_id": policy,
        "time_zone": "Europe/Berlin", "start": window["start"], "end": window["end"],
    }  # fmt: skip
    things = Things(in_paths, in_bodies, {"user_id": alice.id, "team": a})

    async def made(role: str, *teams: str) -> str:
        return str((await world.post("/api-keys", {"name": role, "role": role, "teams": list(teams)}))["key"])

    manager = await made("manager", b)
    answer = await world.api.post("/integrations", json={"name": "b"}, headers={"authorization": f"Bearer {manager}"})
    tool_key = answer.json()["key"] if answer.is_success else (await world.integration())["key"]
    return things, [
        Caller("no key", None),
        Caller("integration B", tool_key),
        Caller("viewer", await made("viewer"), 0),
        Caller("viewer B", await made("viewer", b), 0, is_elsewhere=True),
        Caller("responder B", await made("responder", b), 1, is_elsewhere=True),
        Caller("manager B", manager, 2, is_elsewhere=True),
        Caller("admin B", await made("admin", b), 3, is_elsewhere=True),
    ]


async def _automation_of(world: World, team: str, incident: str) -> dict[str, str]:
    """A runbook of a team and its execution, as addresses name them."""
    look = {"type": "manual", "name": "look", "instructions": "look"}
    runbook = (await world.post("/runbooks", {"name": "look", "team": team, "steps": [look]}))["id"]
    order = {"runbook_id": runbook}
    execution = (await world.post(f"/incidents/{incident}/run-action", order, expect=202))["id"]
    machine = {
        "name": "db-1",
        "host": "192.0.2.1",
        "user": "tocsin",
        "host_key": HOST_KEY,
        "agent_socket": "/run/tocsin/agent",
        "team": team,
    }
    target = (await world.post("/runbook-targets", machine))["id"]
    asked = {"id": world.named("rule"), "name": "memory", "query": "memory", "limit": 90, "team": team}
    rule = (await world.post("/predictions/rules", asked))["id"]
    return {
        "/runbooks/": runbook,
        "/executions/": execution,
        "/steps/": "1",
        "/versions/": "1",
        "/runbook-targets/": target,
        "/predictions/rules/": rule,
    }

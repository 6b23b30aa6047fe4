"""The words of the scenarios: engineers, schedules, policies, services and alerts of one test.

Everything that a test makes carries the test's own suffix, so tests can share a stack and run side by side.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from deploy.local.stack import Stack
from shared.testing.harness import PLAIN, eventually
from shared.testing.mail_sink import Mail, MailSink
from shared.testing.webhook_sink import Post, WebhookSink

LATE_SECONDS = 2.5
"""How late a page may be on a busy machine; the promise while everything runs is far less."""


@dataclass(frozen=True, slots=True)
class Person:
    """An engineer and what reached them."""

    id: str
    address: str
    mails: Callable[[], list[Mail]]
    posts: Callable[[], list[Post]]

    async def mailed(self, *, seconds: float = 10) -> Mail:
        """The first mail, waiting for it."""
        return (await eventually(self.mails, seconds=seconds))[0]

    async def paged(
        self, times: int = 1, *, where: Callable[[dict[str, Any]], bool] = lambda _: True, seconds: float = 10
    ) -> Post:
        """The page number `times` that satisfies `where`, waiting for it."""

        def found() -> list[Post]:
            return [post for post in self.posts() if where(post.json())]

        return (await eventually(found, seconds=seconds, until=lambda posts: len(posts) >= times))[times - 1]


class World:
    """One test's team and the way it talks to Tocsin."""

    def __init__(self, api: httpx2.AsyncClient, mail: MailSink, hooks: WebhookSink) -> None:
        self.api = api
        self.mail = mail
        self.hooks = hooks
        self.suffix = secrets.token_hex(4)

    def named(self, name: str) -> str:
        """This test's own id for `name`."""
        return f"{name}-{self.suffix}"

    async def post(self, path: str, body: Any = None, *, expect: int | None = None, **more: Any) -> Any:
        """POST and read the answer. Raises `AssertionError` with the problem unless it is `expect` (default: 2xx)."""
        return _read(await self.api.post(path, json={} if body is None else body, **more), expect)

    async def put(self, path: str, body: Any, *, expect: int | None = None) -> Any:
        """As `post`."""
        return _read(await self.api.put(path, json=body), expect)

    async def get(self, path: str, **query: Any) -> Any:
        """As `post`, with this query."""
        return _read(await self.api.get(path, params=query or None), None)

    async def engineer(
        self,
        name: str,
        methods: Sequence[str] = ("email", "webhook"),
        *,
        after: dict[str, int] | None = None,
        hooks: WebhookSink | None = None,
    ) -> Person:
        """A person who wants to be told by all of `methods`, each at once or `after` so many seconds.

        `hooks` is where the person's webhook leads, when not to the receiver that all share.
        """
        person = self.named(name)
        address = f"{person}@example.org"
        hooks = hooks or self.hooks
        addresses = {"email": address, "webhook": hooks.url(person), "slack": slack_id(person)}
        await self.post(
            "/users",
            {
                "id": person,
                "name": name.title(),
                "email": address,
                "contact_methods": [
                    {"id": method, "channel": method, "address": addresses[method]} for method in methods
                ],
                "notification_rules": [
                    {"urgency": urgency, "after_seconds": (after or {}).get(method, 0), "contact_method_id": method}
                    for urgency in ("high", "low")
                    for method in methods
                ],
            },
        )
        return Person(person, address, lambda: self.mail.to(address), lambda: hooks.to(person))

    async def weekly(self, *people: Person) -> str:
        """A weekly schedule of these people, without a layer when there are none; returns its id."""
        schedule = self.named("weekly")
        layer = {
            "name": "week",
            "priority": 1,
            "starts_at": "2026-01-05T09:00:00",
            "rotation": {"unit": "week", "turn_length": 1, "every": 1},
            "participants": [person.id for person in people],
            "restrictions": [],
        }
        await self.post(
            "/schedules",
            {"id": schedule, "name": schedule, "time_zone": "Europe/Berlin", "layers": [layer] if people else []},
        )
        return schedule

    async def policy(self, *steps: tuple[Person | str, int], **more: Any) -> str:
        """A policy whose steps are (person or schedule id, timeout in seconds); returns its id."""
        policy: str = more.get("id") or self.named("policy")
        body = {
            "id": policy,
            "name": policy,
            "steps": [{"targets": [_target(who)], "timeout_seconds": timeout} for who, timeout in steps],
        }
        await self.post("/escalation-policies", body | more)
        return policy

    async def service(self, policy: str | None = None, name: str = "payments", **more: Any) -> str:
        """A service that follows this policy; returns its id."""
        service = self.named(name)
        await self.post("/services", {"id": service, "name": service, "escalation_policy_id": policy} | more)
        return service

    async def integration(self, kind: str = "generic", **more: Any) -> dict[str, Any]:
        """An integration with its key."""
        made: dict[str, Any] = await self.post("/integrations", {"name": self.named(kind), "kind": kind} | more)
        return made

    async def fire(self, service: str, key: str = "disk", **fields: Any) -> Any:
        """One generic alert; returns the answer."""
        return await self.post("/incidents/webhook", self.alert(service, key, **fields), expect=202)

    async def resolve(self, service: str, key: str = "disk", **fields: Any) -> Any:
        """The end of that alert."""
        return await self.fire(service, key, status="resolved", **fields)

    def alert(self, service: str, key: str = "disk", **fields: Any) -> dict[str, Any]:
        """The generic body of one alert."""
        base = {
            "title": f"{key} is in trouble",
            "severity": "critical",
            "status": "firing",
            "service": service,
            "dedup_key": self.named(key),
            "source": "check",
        }
        return base | fields

    async def incidents(self, service: str) -> list[dict[str, Any]]:
        """All incidents of a service, newest first."""
        items: list[dict[str, Any]] = (await self.get("/incidents", service_id=service, limit=200))["items"]
        return items

    async def incidents_like(self, words: str) -> list[dict[str, Any]]:
        """Incidents whose titles have these words, newest first."""
        items: list[dict[str, Any]] = (await self.get("/incidents", q=words, limit=200))["items"]
        return items

    async def incident(
        self, service: str, *, where: Callable[[dict[str, Any]], bool] = lambda _: True, seconds: float = 10
    ) -> dict[str, Any]:
        """The newest incident of a service that satisfies `where`, waiting for it."""

        async def ask() -> list[dict[str, Any]]:
            return [one for one in await self.incidents(service) if where(one)]

        newest: dict[str, Any] = (await eventually(ask, seconds=seconds))[0]
        return newest

    async def becomes(self, incident_id: str, status: str, *, seconds: float = 10) -> dict[str, Any]:
        """The incident once it has this status."""

        async def ask() -> dict[str, Any]:
            found: dict[str, Any] = await self.get(f"/incidents/{incident_id}")
            return found

        return await eventually(ask, seconds=seconds, until=lambda incident: incident["status"] == status)

    async def alerts(self, **query: Any) -> list[dict[str, Any]]:
        """What `GET /alerts` lists."""
        items: list[dict[str, Any]] = (await self.get("/alerts", **query))["items"]
        return items

    async def pages(self, incident_id: str) -> list[dict[str, Any]]:
        """What `GET /incidents/{id}/pages` lists."""
        items: list[dict[str, Any]] = (await self.get(f"/incidents/{incident_id}/pages"))["items"]
        return items

    async def until_pages(
        self, incident_id: str, until: Callable[[list[dict[str, Any]]], bool], *, seconds: float = 10
    ) -> list[dict[str, Any]]:
        """The pages of an incident once they are so."""
        return await eventually(lambda: self.pages(incident_id), seconds=seconds, until=until)

    async def until_told(self, incident_id: str, words: str, *, seconds: float = 10) -> str:
        """The first line of the incident's timeline that has these words in it or is of this kind."""

        async def ask() -> list[str]:
            lines = (await self.get(f"/incidents/{incident_id}/timeline"))["items"]
            return [line["text"] for line in lines if words in f"{line['kind']} {line['text']}".lower()]

        return (await eventually(ask, seconds=seconds))[0]

    async def on_call_team(self, *, timeout: int = 300, **more: Any) -> tuple[Person, Person, str]:
        """The usual team: an engineer through a weekly schedule, then the manager, on one service."""
        engineer, manager = await self.engineer("sara"), await self.engineer("mona")
        schedule = await self.weekly(engineer)
        policy = await self.policy((schedule, timeout), (manager, 300), **more)
        return engineer, manager, await self.service(policy)


@asynccontextmanager
async def world_of(stack: Stack, mail: MailSink, hooks: WebhookSink) -> AsyncIterator[World]:
    """A world on this stack, whose keys are its admin's."""
    async with httpx2.AsyncClient(
        base_url=stack.url,
        headers={"authorization": f"Bearer {stack.admin_key}"},
        timeout=20,
        trust_env=False,
        verify=PLAIN,
    ) as api:
        yield World(api, mail, hooks)


def slack_id(person: str) -> str:
    """How Slack calls this person."""
    return f"U{person.upper()}"


def _target(who: Person | str) -> dict[str, str]:
    return {"type": "user", "id": who.id} if isinstance(who, Person) else {"type": "schedule", "id": who}


def _read(answer: httpx2.Response, expect: int | None) -> Any:
    good = answer.status_code == expect if expect is not None else answer.is_success
    assert good, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:1000]}"
    return answer.json() if answer.content else None

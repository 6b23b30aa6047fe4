"""The gateway on real parts, before services that can be told to behave badly."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.gateway.app import build
from services.gateway.requests.routes import UPSTREAMS
from shared.callers.identity_tokens import IdentityReader
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.harness import PLAIN, Harness, eventually
from shared.testing.namespaces import Namespaces
from shared.vocabulary import Role
from tests.integration.gateway_upstream import Upstream, Writer

pytestmark = pytest.mark.integration


class Town:
    """A gateway, the services behind it, and clients of it."""

    def __init__(self, harness: Harness, upstreams: dict[str, list[Upstream]]) -> None:
        self.harness = harness
        self.upstreams = upstreams
        self.runtime: Runtime
        self._clients: list[httpx2.AsyncClient] = []

    @property
    def admin_key(self) -> str:
        return (self.harness.settings.run_dir / "admin.key").read_text().strip()

    def client(self, key: str | None = "", runtime: Runtime | None = None) -> httpx2.AsyncClient:
        """A client with this key (default: the admin's; None: without one)."""
        headers = {} if key is None else {"Authorization": f"Bearer {key or self.admin_key}"}
        base_url = f"http://127.0.0.1:{(runtime or self.runtime).port}"
        client = httpx2.AsyncClient(base_url=base_url, headers=headers, timeout=30, trust_env=False, verify=PLAIN)
        self._clients.append(client)
        return client

    async def key(self, role: str, **more: Any) -> tuple[str, str]:
        """A new API key: its text and its id."""
        answer = await self.client().post("/api-keys", json={"name": "test", "role": role, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["key"], answer.json()["id"]

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@pytest.fixture
def limits() -> dict[str, Any]:
    return {}


@pytest.fixture
async def town(
    parts: Settings, namespaces: Namespaces, tmp_path: Path, limits: dict[str, Any], *, log_is_read: bool
) -> AsyncIterator[Town]:
    upstreams = {service.value: [await Upstream(service.value).start()] for service in UPSTREAMS}
    upstreams["incident"].append(await Upstream("incident").start())
    settings = parts.model_copy(
        update={
            "run_dir": tmp_path / "run",
            "upstreams": {name: [one.url for one in several] for name, several in upstreams.items()},
            **limits,
        }
    )
    try:
        async with namespaces.harness(settings) as harness:
            if log_is_read:
                await harness.make_log()
            one = Town(harness, upstreams)
            try:
                one.runtime = await harness.start("gateway", build)
                yield one
            finally:
                await one.close()
    finally:
        for several in upstreams.values():
            for upstream in several:
                await upstream.stop()


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["x-request-id"]
    return answer.status_code, answer.json()["code"]


async def test_a_request_is_passed_on_with_who_calls_and_what_it_belongs_to(town: Town) -> None:
    text, key_id = await town.key("responder", user_id="u-mina", teams=["payments"])
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    answer = await town.client(text).post(
        "/incidents/INC-1/ack?x=%2F1",
        json={"note": "on it"},
        headers={"X-Tocsin-Identity": "forged", "X-Request-ID": "req-1", "traceparent": trace, "Cookie": "a=b"},
    )
    assert answer.status_code == 200
    assert answer.headers["x-request-id"] == "req-1"
    got = answer.json()["got"]
    assert got["target"] == "/incidents/INC-1/ack?x=%2F1"
    headers = got["headers"]
    tokens = IdentityReader(town.harness.settings.identity_readers, "incident")
    caller = tokens.read(headers["x-tocsin-identity"], town.runtime.clock.now())
    assert (caller.key_id, caller.role, caller.user_id, caller.teams) == (
        key_id,
        Role.RESPONDER,
        "u-mina",
        ("payments",),
    )
    assert headers["x-request-id"] == "req-1"
    assert headers["traceparent"].split("-")[1] == "a" * 32
    assert headers["content-length"] == str(got["size"])
    assert not {"authorization", "cookie"} & headers.keys()


async def test_who_may_not_is_told_why(town: Town) -> None:
    viewer, _ = await town.key("viewer")
    nobody = town.client(None)
    refused = await nobody.get("/incidents")
    assert code(refused) == (401, "no_key")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert code(await town.client("tk_wrong").get("/incidents")) == (401, "unknown_key")
    assert code(await town.client(viewer).post("/incidents/x/ack")) == (403, "role_too_low")
    assert code(await town.client(viewer).get("/api-keys")) == (403, "role_too_low")
    assert code(await nobody.get("/nothing")) == (404, "not_found")
    assert code(await nobody.get("/incidents/%00")) == (400, "malformed")
    assert code(await town.client().get("/incidents", headers={"X-Long": "x" * 70_000})) == (431, "head_too_large")
    assert (await nobody.post("/a/some-token")).status_code == 200
    assert (await town.client("tk_wrong").get("/a/some-token")).status_code == 200
    assert [one["target"] for several in town.upstreams.values() for one in several[0].got + several[-1].got].count(
        "/incidents/x/ack"
    ) == 0


async def test_a_large_body_streams_through_whole_whatever_its_framing(town: Town) -> None:
    body = secrets.token_bytes(5 * 1024 * 1024)
    digest = hashlib.sha256(body).hexdigest()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    for content in (body, pieces()):
        answer = await town.client().post("/incidents/webhook", content=content)
        assert answer.status_code == 200
        assert answer.json()["got"]["sha256"] == digest


async def test_a_body_over_the_limit_is_refused_before_a_service_has_all_of_it(town: Town) -> None:
    ingest = town.upstreams["ingest"][0]
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(400):
            sent += 100_000
            yield b"x" * 100_000

    whole = await town.client().post("/incidents/webhook", content=b"x" * 11_000_000)
    assert code(whole) == (413, "too_large")
    streamed = await town.client().post("/incidents/webhook", content=pieces())
    assert code(streamed) == (413, "too_large")
    assert ingest.got == []
    await eventually(lambda: ingest.broken_off == 1)
    assert (await town.client().post("/incidents/webhook", json={})).status_code == 200


async def test_a_sender_that_goes_away_takes_its_request_along(town: Town) -> None:
    ingest = town.upstreams["ingest"][0]
    _, writer = await asyncio.open_connection("127.0.0.1", town.runtime.port)
    head = f"POST /incidents/webhook HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {town.admin_key}\r\n"
    writer.write(head.encode() + b"Content-Length: 1000000\r\n\r\n" + b"x" * 600_000)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await eventually(lambda: ingest.broken_off == 1)
    assert ingest.got == []


async def test_replicas_take_turns_over_connections_that_are_kept(town: Town) -> None:
    client = town.client()
    for _ in range(20):
        assert (await client.get("/services")).status_code == 200
    first, second = town.upstreams["incident"]
    assert len(first.got) == len(second.got) == 10
    assert first.connections <= 2


async def test_a_dead_replica_costs_nobody_an_answer(town: Town) -> None:
    first, second = town.upstreams["incident"]
    await first.stop()
    for _ in range(10):
        assert (await town.client().post("/services", json={})).status_code == 200
    assert len(second.got) == 10
    await second.stop()
    answer = await town.client().get("/services")
    assert code(answer) == (503, "unavailable")
    assert answer.headers["retry-after"]


async def _break_off(writer: Writer) -> None:
    writer.transport.abort()


async def _break_off_midway(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.close()


async def _talk_nonsense(writer: Writer) -> None:
    writer.write(b"no http at all\r\n\r\n")
    await writer.drain()


async def _answer_in_chunks(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.write(b"6\r\n world\r\n0\r\n\r\n")
    await writer.drain()


async def _answer_nothing(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    await writer.drain()


async def test_a_look_is_repeated_when_its_connection_dies_and_a_change_is_not(town: Town) -> None:
    oncall = town.upstreams["oncall"][0]
    client = town.client()
    oncall.misbehave = [_break_off]
    assert (await client.get("/users")).status_code == 200
    assert len(oncall.got) == 2
    oncall.misbehave = [_break_off]
    assert code(await client.post("/users", json={})) == (503, "unavailable")
    assert len(oncall.got) == 3
    oncall.misbehave = [_talk_nonsense]
    assert code(await client.post("/users", json={})) == (503, "unavailable")
    assert (await client.post("/users", json={})).status_code == 200


async def test_half_an_answer_never_looks_like_a_whole_one(town: Town) -> None:
    town.upstreams["oncall"][0].misbehave = [_break_off_midway]
    with pytest.raises(httpx2.RemoteProtocolError):
        await town.client().get("/users")
    assert (await town.client().get("/users")).status_code == 200


async def test_answers_of_every_kind_come_through(town: Town) -> None:
    oncall = town.upstreams["oncall"][0]
    client = town.client()
    oncall.misbehave = [_answer_in_chunks, _answer_nothing]
    assert (await client.get("/users")).text == "hello world"
    assert (await client.delete("/users/x")).status_code == 204
    head = await client.head("/users")
    assert (head.status_code, head.content) == (200, b"")
    assert (await client.get("/users")).json()["from"] == "oncall"


@pytest.mark.slow
async def test_a_service_that_hangs_is_given_up_after_ten_seconds(town: Town) -> None:
    async def hang(_writer: Writer) -> None:
        await asyncio.sleep(11)

    town.upstreams["oncall"][0].misbehave = [hang]
    assert code(await town.client().get("/users")) == (504, "upstream_timeout")


@pytest.mark.parametrize("limits", [{"rate_limit": 5}], ids=["5 a second"])
async def test_too_much_is_429_but_503_for_who_would_lose_the_alert(town: Town) -> None:
    async def answers(client: httpx2.AsyncClient, path: str, **more: Any) -> set[tuple[int, str]]:
        every = await asyncio.gather(*(client.post(path, json={}, **more) for _ in range(40)))
        refused = [one for one in every if one.is_error]
        assert all(int(one.headers["retry-after"]) >= 1 for one in refused if one.status_code != 401)
        return {code(one) for one in refused}

    key, _ = await town.key("manager")
    assert await answers(town.client(key), "/incidents/webhook") == {(429, "rate_limited")}
    assert await answers(town.client(key), "/incidents/webhook?source=alertmanager") == {(503, "unavailable")}
    assert await answers(town.client(key), "/api/v2/alerts") == {(503, "unavailable")}
    prometheus = {"User-Agent": "Alertmanager/0.28.1"}
    assert await answers(town.client(key), "/incidents/webhook", headers=prometheus) == {(503, "unavailable")}
    assert await answers(town.client("wrong"), "/incidents") == {(401, "unknown_key"), (429, "rate_limited")}
    for _ in range(40):
        # whether all is ready is asked without a limit; on a busy machine it may just not be
        assert (await town.client(None).get("/readyz")).status_code != 429


async def test_the_gateway_is_ready_only_while_every_service_is(town: Town) -> None:
    client = town.client(None)
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    names = {"broker", "database", "admin_key", *(service.value for service in UPSTREAMS)}
    assert names <= answer.json()["parts"].keys()
    first, second = town.upstreams["incident"]
    await first.stop()
    await asyncio.sleep(1.5)
    assert (await client.get("/readyz")).status_code == 200, "one replica of two is enough"
    second.ready = False
    answer = await eventually(lambda: client.get("/readyz"), seconds=5, until=lambda a: a.status_code == 503)
    assert answer.json()["parts"]["incident"] is False
    await first.start()
    await eventually(lambda: client.get("/readyz"), seconds=5, until=lambda a: a.status_code == 200)


async def test_one_document_tells_of_all_services(town: Town) -> None:
    client = town.client(None)
    # ready, so the document is whole
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert paths["/services"]["get"]["x-tocsin-needs"] == "viewer"
    assert paths["/api-keys"]["post"]["x-tocsin-needs"] == "admin"
    docs = await client.get("/docs")
    assert "/services" in docs.text
    assert docs.headers["content-security-policy"]
    assert "What runs" in (await client.get("/")).text
    assert (await client.get("/healthz")).status_code == 200
    assert "tocsin_http_request_seconds" in (await client.get("/metrics")).text


async def test_a_wrong_method_on_the_gateways_own_paths_is_405(town: Town) -> None:
    assert code(await town.client().put("/api-keys")) == (405, "method_not_allowed")
    assert code(await town.client().get("/api-keys/none")) == (404, "not_found")


async def test_raw_nonsense_gets_an_answer_and_harms_nobody(town: Town) -> None:
    for nonsense in (
        b"GET /incidents/%zz HTTP/1.1\r\nHost: t\r\n\r\n",
        b"GET /incidents/\xff HTTP/1.1\r\nHost: t\r\n\r\n",
        b"GET /incidents HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
        b"POST /incidents HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n",
        b"GET http://other/incidents HTTP/1.1\r\nHost: t\r\n\r\n",
        b"NONSENSE\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", town.runtime.port)
        writer.write(nonsense)
        status = (await asyncio.wait_for(reader.readline(), 5)).split(b" ")[1]
        assert 400 <= int(status) < 500, nonsense
        writer.close()
    assert (await town.client().get("/incidents")).status_code == 200


async def test_problems_are_json_that_names_the_fault(town: Town) -> None:
    admin = town.client()
    broken = await admin.post("/api-keys", content=b"{", headers={"Content-Type": "application/json"})
    assert code(broken) == (400, "malformed")
    wrong = await admin.post("/api-keys", json={"name": "x", "role": "emperor"})
    assert code(wrong) == (422, "invalid")
    assert wrong.json()["errors"][0]["pointer"] == "/role"
    late = await admin.post("/api-keys", json={"name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"})
    assert late.json()["errors"][0]["pointer"] == "/expires_at"
    misspelt = await admin.post("/api-keys", json={"name": "x", "role": "viewer", "expire_at": "2030-01-01T00:00:00Z"})
    assert misspelt.json()["errors"][0]["pointer"] == "/expire_at"
    assert json.loads(broken.text)["title"] == "Bad Request"

"""The HTTP shell: who may call, how much may be sent, and how a refusal looks, whatever the request."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx2
import pytest
import structlog
from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, Field

from shared.callers.identity import HEADER, Identity
from shared.callers.identity_tokens import IdentityReader, IdentitySigner, make_private_key, public_key
from shared.clocks.clock import FixedClock
from shared.problem import conflict, not_found
from shared.telemetry import trace
from shared.vocabulary import Role
from shared.web import Caller, create_app
from shared.web.application import add_routes
from shared.web.shell import MAX_BODY_BYTES, Shell

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)
KEY = make_private_key()
TOKENS = IdentityReader([public_key(KEY)], "oncall")
IDENTITY = {HEADER: IdentitySigner(KEY).sign(Identity(key_id="k", name="n", role=Role.VIEWER), "oncall", NOW)}
IDENTITY_RAW = [(name.encode(), value.encode()) for name, value in IDENTITY.items()]


class Step(BaseModel):
    timeout_seconds: Annotated[int, Field(ge=1)]


class Policy(BaseModel):
    name: str
    steps: list[Step] = []
    labels: dict[str, int] = {}


def answering() -> APIRouter:
    routes = APIRouter()

    @routes.post("/policies", status_code=201)
    async def create(policy: Policy) -> Policy:
        return policy

    @routes.get("/policies")
    async def many(limit: Annotated[int, Query(le=200)] = 50) -> int:
        return limit

    @routes.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @routes.post("/anything")
    async def anything(body: Annotated[Any, Body()]) -> Any:
        return body

    @routes.get("/me")
    async def me(caller: Caller) -> str:
        return caller.name

    @routes.get("/trace")
    async def traced() -> str:
        context = trace.current()
        return context.traceparent if context else ""

    @routes.get("/open/link")
    async def link() -> Response:
        return Response("hello")

    return routes


def refusing() -> APIRouter:
    routes = APIRouter()

    @routes.get("/policies/{id}")
    async def one(id: str) -> None:
        raise not_found("policy", id)

    @routes.post("/move")
    async def move() -> None:
        raise conflict("illegal_move", "from closed to triggered", to="triggered")

    @routes.get("/down")
    async def down() -> None:
        raise ConnectionError("mongodb://tocsin:hunter2@127.0.0.1")

    @routes.get("/broken")
    async def broken() -> None:
        raise KeyError("hunter2")

    return routes


@pytest.fixture
async def anonymous() -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app("Test", {"database": lambda: True, "broker": lambda: parts["broker"]})
    add_routes(app, answering())
    add_routes(app, refusing())
    parts["broker"] = True
    shell = Shell(app, TOKENS, FixedClock(NOW), ("/open/",))
    transport = httpx2.ASGITransport(shell, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as one:
        yield one


@pytest.fixture
async def client(anonymous: httpx2.AsyncClient) -> httpx2.AsyncClient:
    anonymous.headers.update(IDENTITY)
    return anonymous


parts = {"broker": True}


def assert_problem(answer: httpx2.Response, status: int, code: str, pointers: list[str] | None = None) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith("/" + code)
    assert body["title"]
    assert body["detail"]
    if pointers is not None:
        assert [fault["pointer"] for fault in body["errors"]] == pointers


# --- who may call -----------------------------------------------------------------------------------------------------


async def test_a_call_that_did_not_come_by_the_gateway_is_refused(anonymous: httpx2.AsyncClient) -> None:
    assert_problem(await anonymous.get("/me"), 401, "not_the_gateway")
    assert_problem(await anonymous.get("/me", headers={HEADER: "forged"}), 401, "not_the_gateway")
    assert_problem(await anonymous.get("/nowhere"), 401, "not_the_gateway")


async def test_an_endpoint_learns_who_calls(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/me")).json() == "n"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/open/link"])
async def test_what_is_open_needs_no_identity(anonymous: httpx2.AsyncClient, path: str) -> None:
    assert (await anonymous.get(path)).status_code == 200


async def test_a_part_that_is_down_makes_the_process_unready_and_is_named(anonymous: httpx2.AsyncClient) -> None:
    parts["broker"] = False
    answer = await anonymous.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "parts": {"database": True, "broker": False}}


# --- how much may be sent ---------------------------------------------------------------------------------------------


async def test_a_body_announced_too_large_is_refused_before_it_is_read(client: httpx2.AsyncClient) -> None:
    read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield b"x"

    answer = await client.post("/raw", content=body(), headers={"content-length": str(MAX_BODY_BYTES + 1)})
    assert_problem(answer, 413, "too_large")
    assert not read
    assert answer.json()["limit_bytes"] == MAX_BODY_BYTES


@pytest.mark.parametrize("path", ["/raw", "/policies", "/anything"])
async def test_a_body_streamed_too_large_is_refused_where_it_passes_the_limit(
    client: httpx2.AsyncClient, path: str
) -> None:
    sent = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1024 * 1024
            yield b" " * 1024 * 1024

    assert_problem(await client.post(path, content=stream()), 413, "too_large")
    assert sent <= MAX_BODY_BYTES + 2 * 1024 * 1024


async def test_a_body_of_exactly_the_limit_is_taken(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/raw", content=b"x" * MAX_BODY_BYTES)).json() == MAX_BODY_BYTES


@pytest.mark.parametrize("length", ["-1", "many", "²", "9" * 5000])
async def test_a_length_that_is_none_breaks_nothing(client: httpx2.AsyncClient, length: str) -> None:
    request = client.build_request("POST", "/raw", content=b"abc")
    request.headers = httpx2.Headers([(b"content-length", length.encode("latin-1")), *IDENTITY_RAW])
    answer = await client.send(request)
    assert answer.status_code in (200, 413)


# --- how a refusal looks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method, path, body, status, code, pointers",
    [
        pytest.param("GET", "/nowhere", None, 404, "not_found", [], id="no such path"),
        pytest.param("GET", "/policies/x", None, 404, "not_found", [], id="no such thing"),
        pytest.param("DELETE", "/policies", None, 405, "method_not_allowed", [], id="a method it does not have"),
        pytest.param("POST", "/policies", b'{"name": ', 400, "malformed", [""], id="cut-off JSON"),
        pytest.param("POST", "/policies", b"\xff\xfe", 400, "malformed", None, id="no text"),
        pytest.param("POST", "/policies", b"[1]", 400, "malformed", [""], id="a list for an object"),
        pytest.param("POST", "/policies", b'"x"', 400, "malformed", [""], id="a text for an object"),
        pytest.param("POST", "/policies", b"", 422, "invalid", [""], id="no body"),
        pytest.param("POST", "/policies", b"{}", 422, "invalid", ["/name"], id="a required field missing"),
        pytest.param("POST", "/policies", b'{"name": 7}', 422, "invalid", ["/name"], id="another type"),
        pytest.param(
            "POST",
            "/policies",
            b'{"name": "x", "steps": [{"timeout_seconds": 1}, {"timeout_seconds": 0}], "labels": {"a/b~c": "x"}}',
            422,
            "invalid",
            ["/steps/1/timeout_seconds", "/labels/a~1b~0c"],
            id="faults deep inside",
        ),
        pytest.param("GET", "/policies?limit=x", None, 422, "invalid", ["/limit"], id="a query that is no number"),
        pytest.param("GET", "/policies?limit=201", None, 422, "invalid", ["/limit"], id="a query too large"),
        pytest.param("POST", "/move", None, 409, "illegal_move", [], id="a refusal of the domain"),
        pytest.param("GET", "/down", None, 503, "unavailable", [], id="a part is down"),
        pytest.param("GET", "/broken", None, 500, "internal", [], id="a fault of ours"),
    ],
)
async def test_a_refusal_is_a_problem_that_names_what_is_wrong(
    client: httpx2.AsyncClient,
    *,
    method: str,
    path: str,
    body: bytes | None,
    status: int,
    code: str,
    pointers: list[str] | None,
) -> None:
    headers = {"content-type": "application/json"} if body is not None else {}
    with structlog.testing.capture_logs() as lines:
        answer = await client.request(method, path, content=body, headers=headers)
    assert [line["log_level"] for line in lines] == {500: ["error"], 503: ["warning"]}.get(status, [])
    assert_problem(answer, status, code, pointers)
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    "kind, status, code",
    [
        pytest.param("application/xml", 415, "unsupported_media_type", id="XML"),
        pytest.param("application/x-www-form-urlencoded", 415, "unsupported_media_type", id="a form"),
        pytest.param("application/merge-patch+json; charset=utf-8", 400, "malformed", id="a kind of JSON"),
    ],
)
async def test_a_body_that_is_no_json_is_refused_by_its_kind(
    client: httpx2.AsyncClient, kind: str, status: int, code: str
) -> None:
    assert_problem(await client.post("/policies", content=b"<a/>", headers={"content-type": kind}), status, code)


async def test_a_method_that_is_not_there_names_those_that_are(client: httpx2.AsyncClient) -> None:
    assert "POST" in (await client.put("/policies")).headers["allow"]


async def test_absurdly_deep_json_is_no_fault_of_ours(client: httpx2.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/anything", content=b"[" * 100_000, headers=headers)
    assert_problem(answer, 400, "malformed")


async def test_being_down_says_when_to_come_again(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/down")).headers["retry-after"] == "1"


# --- what a request belongs to ----------------------------------------------------------------------------------------


async def test_a_request_keeps_the_id_it_came_with(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/me", headers={"x-request-id": "req-1"})
    assert answer.headers["x-request-id"] == "req-1"


@pytest.mark.parametrize("given", ["", "a b", "x" * 101, "é"])
async def test_a_request_without_a_sound_id_gets_one(client: httpx2.AsyncClient, given: str) -> None:
    answer = await client.get("/me", headers=[(b"x-request-id", given.encode("latin-1"))])
    assert re.fullmatch(r"[0-9a-z]{26}", answer.headers["x-request-id"])


async def test_a_refused_request_has_an_id_too(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.get("/me", headers={"x-request-id": "req-2"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (401, "req-2")


async def test_the_trace_of_the_caller_goes_on(client: httpx2.AsyncClient) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await client.get("/trace", headers={"traceparent": parent})
    assert answer.json()[:36] == parent[:36]
    assert answer.json() != parent


async def test_metrics_count_by_route_and_never_by_id(client: httpx2.AsyncClient) -> None:
    await client.get("/policies/secret-id")
    text = (await client.get("/metrics")).text
    assert 'route="/policies/{id}",status="404"' in text
    assert "secret-id" not in text

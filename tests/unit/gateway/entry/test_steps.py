"""The steps of a request by themselves: its body is read once, it is counted, and signed for the service it goes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.types import Message

from services.gateway.entry.incoming_body import IncomingBody
from services.gateway.entry.limits import RequestLimits
from services.gateway.entry.token_cache import TOKEN_FOR, TokenCache
from services.gateway.request import Call, read_call
from services.gateway.requests.routes import Service
from shared.callers.identity_tokens import IdentityReader, IdentitySigner, make_private_key, public_key
from shared.clocks.clock import FixedClock
from shared.problem import Problem
from shared.vocabulary import Role
from tests.unit.gateway.builders import NOW, make_key

pytestmark = pytest.mark.unit


def call(path: str = "/incidents", user_agent: bytes = b"curl") -> Call:
    scope = {
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"user-agent", user_agent), (b"content-length", b"4")],
        "client": ("192.0.2.7", 1),
    }
    return read_call(scope, "r1")


async def test_a_body_is_read_once_by_whoever_needs_it_first() -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b"bo", "more_body": True},
        {"type": "http.request", "body": b"dy", "more_body": False},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    body = IncomingBody(call().headers, receive)
    first = await body.read(100)
    assert b"".join(first.parts) == b"body"
    assert await body.read(1, 1) is first


async def test_a_body_that_is_too_long_is_refused() -> None:
    async def receive() -> Message:
        raise AssertionError("what is announced as too long is not waited for")

    with pytest.raises(Problem) as refused:
        await IncomingBody(call().headers, receive).read(3, 3)
    assert refused.value.status == 413


@pytest.mark.parametrize(
    "request_, status",
    [
        pytest.param(call(), 429, id="anybody"),
        pytest.param(call("/api/v2/alerts"), 503, id="at Alertmanager's API"),
        pytest.param(call("/incidents/webhook", b"Alertmanager/0.27"), 503, id="Alertmanager repeats after 503 only"),
    ],
)
def test_one_request_too_many_is_told_when_to_come_again(request_: Call, status: int) -> None:
    limits = RequestLimits(rate=0.1)
    limits.count_address(request_)
    limits.count_key(request_, "k1")
    counts: list[Callable[[], None]] = [
        lambda: limits.count_address(request_),
        lambda: limits.count_key(request_, "k1"),
    ]
    for count in counts:
        with pytest.raises(Problem) as refused:
            count()
        assert refused.value.status == status
        assert int(refused.value.headers["Retry-After"]) == pytest.approx(10, abs=1)
    limits.count_key(request_, "k2")


def test_a_signed_identity_is_used_again_until_it_is_old_or_its_key_changed() -> None:
    private, clock = make_private_key(), FixedClock(NOW)
    tokens, key = TokenCache(IdentitySigner(private), clock), make_key()
    first = tokens.token(key, Service.INCIDENT)
    assert tokens.token(key, Service.INCIDENT) is first
    reader = IdentityReader([public_key(private)], Service.INCIDENT)
    assert reader.read(first.decode(), NOW).key_id == key.id
    with pytest.raises(Problem):
        IdentityReader([public_key(private)], Service.ONCALL).read(first.decode(), NOW)

    changed = replace(key, role=Role.VIEWER, version=2)
    told = reader.read(tokens.token(changed, Service.INCIDENT).decode(), NOW)
    assert told.role is Role.VIEWER

    second = tokens.token(key, Service.INCIDENT)
    clock.advance(seconds=(TOKEN_FOR - timedelta(seconds=1)).total_seconds())
    assert tokens.token(key, Service.INCIDENT) is second
    clock.advance(seconds=1)
    assert tokens.token(key, Service.INCIDENT) != second

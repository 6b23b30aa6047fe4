"""Other vendors' clients read a refusal as they know it."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.keys.key import Refusal
from services.gateway.refusals.formats import Dialect, dialect_of, format_refusal, has_key_in_body, read_routing_key
from shared.problem import Problem, unavailable

pytestmark = pytest.mark.unit

NO_KEY = Problem(401, Refusal.NO_KEY, "This needs a key.", headers={"WWW-Authenticate": "Bearer"})
UNKNOWN = Problem(401, Refusal.UNKNOWN_KEY, "Nobody knows this key.", headers={"WWW-Authenticate": "Bearer"})
REVOKED = Problem(401, Refusal.REVOKED_KEY, "This key was revoked.")
FORBIDDEN = Problem(403, Refusal.ROLE_TOO_LOW, "Not so far.")
TOO_LARGE = Problem(413, "too_large", "Too large.")
LIMITED = Problem(429, "rate_limited", "Too many.", headers={"Retry-After": "3"})


@pytest.mark.parametrize(
    "path,dialect",
    [
        pytest.param("/v2/enqueue", Dialect.PAGERDUTY, id="PagerDuty's alerts"),
        pytest.param("/v2/change/enqueue", Dialect.PAGERDUTY, id="PagerDuty's changes"),
        pytest.param("/v2/alerts", Dialect.OPSGENIE, id="Opsgenie's alerts"),
        pytest.param("/v2/alerts/x/close", Dialect.OPSGENIE, id="and what becomes of them"),
        pytest.param("/v2/alertsome", Dialect.TOCSIN, id="another word"),
        pytest.param("/api/v2/alerts", Dialect.TOCSIN, id="Alertmanager reads no body"),
        pytest.param("/incidents", Dialect.TOCSIN, id="our own"),
    ],
)
def test_the_path_tells_whose_clients_call(path: str, dialect: Dialect) -> None:
    assert dialect_of(path) is dialect


def test_only_a_post_bears_its_key_in_the_body() -> None:
    assert has_key_in_body("POST", "/v2/enqueue")
    assert not has_key_in_body("GET", "/v2/enqueue")
    assert not has_key_in_body("POST", "/v2/alerts")


@pytest.mark.parametrize(
    "body,key",
    [
        pytest.param(b'{"routing_key": "k1"}', "k1", id="there"),
        pytest.param(b'{"routing_key": " k1 "}', "k1", id="with spaces"),
        pytest.param(b'{"routing_key": ""}', None, id="empty"),
        pytest.param(b'{"routing_key": 5}', None, id="no text"),
        pytest.param(b"{}", None, id="missing"),
    ],
)
def test_the_key_is_the_bodys_routing_key(body: bytes, key: str | None) -> None:
    assert read_routing_key(body) == key


@given(st.binary(max_size=200))
def test_a_body_of_any_bytes_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Problem):
        assert isinstance(read_routing_key(body), str | None)


def test_a_body_nested_without_end_is_refused() -> None:
    with pytest.raises(Problem):
        read_routing_key(b"[" * 400_000)


@pytest.mark.parametrize(
    "problem,status,document",
    [
        pytest.param(
            NO_KEY,
            400,
            {
                "status": "invalid event",
                "message": "Event object is invalid",
                "errors": ["'routing_key' is missing or blank"],
            },
            id="no key",
        ),
        pytest.param(UNKNOWN, 400, {"errors": ["Invalid routing key"]}, id="an unknown key"),
        pytest.param(REVOKED, 400, {"errors": ["Invalid routing key"]}, id="a revoked key"),
        pytest.param(FORBIDDEN, 403, {"errors": ["Not so far."]}, id="a key of a person"),
        pytest.param(TOO_LARGE, 413, {"status": "invalid event"}, id="too large"),
        pytest.param(LIMITED, 429, {"status": "throttle exceeded"}, id="too many"),
        pytest.param(unavailable("Later."), 503, {"message": "Later."}, id="a part is down"),
    ],
)
def test_pagerdutys_clients_are_told_in_its_words(problem: Problem, status: int, document: dict[str, Any]) -> None:
    said = format_refusal(problem, Dialect.PAGERDUTY, "r1")
    assert (said.status, said.content_type) == (status, "application/json")
    assert document.items() <= said.document.items()
    assert "WWW-Authenticate" not in said.headers


@pytest.mark.parametrize(
    "problem,status,document",
    [
        pytest.param(
            UNKNOWN, 401, {"message": "Could not authenticate", "took": 0.0, "requestId": "r1"}, id="a wrong key"
        ),
        pytest.param(NO_KEY, 401, {"message": "Could not authenticate"}, id="no key"),
        pytest.param(FORBIDDEN, 403, {"message": "Not so far.", "code": 40301}, id="a key of a person"),
        pytest.param(LIMITED, 429, {"message": "Too many."}, id="too many"),
    ],
)
def test_opsgenies_clients_are_told_in_its_words(problem: Problem, status: int, document: dict[str, Any]) -> None:
    said = format_refusal(problem, Dialect.OPSGENIE, "r1")
    assert (said.status, said.content_type) == (status, "application/json")
    assert document.items() <= said.document.items()


def test_how_long_to_wait_is_told_in_every_manner() -> None:
    assert all(format_refusal(LIMITED, dialect, "r1").headers["Retry-After"] == "3" for dialect in Dialect)


def test_everybody_else_gets_a_problem_document() -> None:
    said = format_refusal(UNKNOWN, Dialect.TOCSIN, "r1")
    assert (said.status, said.content_type) == (401, "application/problem+json")
    assert said.document == UNKNOWN.body()


@pytest.mark.parametrize(
    "body",
    [
        b'{"routing_key": "k", "payload": {"summary": "cut \\ud83d"}}',
        b'\xef\xbb\xbf{"routing_key": " k ", "payload": {"summary": NaN}}',
        b'{"routing_key": "k", "payload": {"summary": "S\xfcd\nand a line break"}}',
    ],
    ids=["half a surrogate pair", "byte order mark and NaN", "Latin-1 and a raw line break"],
)
def test_the_key_is_found_in_whatever_ingest_can_read(body: bytes) -> None:
    assert read_routing_key(body) == "k"


def test_a_key_that_can_be_none_is_one_that_nobody_knows() -> None:
    assert read_routing_key(b'{"routing_key": "\\ud83d"}') == "?"

import json
from collections.abc import Callable
from typing import Any

import pytest

from incident_manager.client.errors import BadAnswer, BadInput, NotFound, RouteMissing, TocsinError, Unreachable
from incident_manager.client.gateway import MOST_BYTES, Gateway, segment
from incident_manager.client.incident_manager import IncidentManager
from incident_manager.profiles.settings import Settings
from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply, Request

pytestmark = pytest.mark.integration


def told(status: int, value: Any, **headers: str) -> Reply:
    return Reply(status, {"content-type": "application/json", **headers}, json.dumps(value).encode())


def gateway(stub: HttpStub, **more: Any) -> Gateway:
    return Gateway(Settings(stub.url, "key"), **more)


BUSY = told(503, {"detail": "overloaded", "code": "unavailable"})
GONE = told(404, {"detail": "no such thing", "code": "not_found"})


def test_what_a_busy_gateway_did_not_do_is_asked_again_under_the_same_key() -> None:
    with HttpStub([BUSY, BUSY, told(201, {"id": "INC-1"})]) as stub, gateway(stub) as one:
        assert IncidentManager.on(one).create_incident("error", "high", "t") == "INC-1"
    assert len({request.headers["idempotency-key"] for request in stub.requests}) == 1
    assert {request.headers["authorization"] for request in stub.requests} == {"Bearer key"}


def test_what_is_not_safe_to_repeat_is_asked_once() -> None:
    with HttpStub([BUSY]) as stub, gateway(stub) as one, pytest.raises(Unreachable, match="overloaded"):
        one.write("PATCH", "/services/a", {})
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    "answer, kind",
    [
        pytest.param(Reply(200, {}, b"<html>"), BadAnswer, id="no JSON"),
        pytest.param(Reply(200, {}, b'{"items": 3}'), BadAnswer, id="no list"),
        pytest.param(Reply(301, {"location": "http://127.0.0.1:1/"}), BadAnswer, id="a redirect is not followed"),
        pytest.param(Reply(200, {"content-encoding": "gzip"}, b"no gzip"), BadAnswer, id="no gzip"),
        pytest.param(GONE, NotFound, id="not there"),
    ],
)  # fmt: skip
def test_odd_answers_are_errors_of_ours(answer: Reply, kind: type[TocsinError]) -> None:
    with HttpStub([answer]) as stub, gateway(stub) as one, pytest.raises(kind):
        list(one.pages("/incidents"))


def test_an_answer_without_an_end_is_refused() -> None:
    with HttpStub([Reply(200, {}, b" " * (MOST_BYTES + 1))]) as stub, gateway(stub) as one, pytest.raises(BadAnswer):
        one.get("/incidents")


def test_nobody_listens() -> None:
    with HttpStub([BUSY]) as stub:
        url = stub.url
    with Gateway(Settings(url, "key")) as one, pytest.raises(Unreachable, match="can't be reached"):
        one.get("/incidents")


def test_a_list_is_followed_to_its_end() -> None:
    def answer(request: Request) -> Reply:
        is_first = "cursor" not in request.path
        return told(
            200, {"items": [{"n": 1}, {"n": 2}] if is_first else [{"n": 3}], "next_cursor": "x" if is_first else None}
        )

    with HttpStub([answer]) as stub, gateway(stub) as one:
        assert list(one.pages("/incidents", status="open", q=None)) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert [request.path for request in stub.requests] == [
        "/incidents?limit=200&status=open", "/incidents?limit=200&status=open&cursor=x",
    ]  # fmt: skip


def test_a_call_that_the_gateway_does_not_know_is_told_from_a_thing_that_is_not_there() -> None:
    with HttpStub([GONE]) as stub, gateway(stub) as one, pytest.raises(RouteMissing, match="/knowledge-base/search"):
        one.must_know("/knowledge-base/search", q="db")


def test_what_is_long_is_read_as_it_comes() -> None:
    with HttpStub([Reply(200, {}, b"a\nb\n\nc")]) as stub, gateway(stub) as one:
        assert b"".join(one.pieces("/history/export", "application/x-ndjson")) == b"a\nb\n\nc"
    assert stub.requests[0].headers["accept"] == "application/x-ndjson"


@pytest.mark.parametrize("id_", ["", ".", "..", "\ud800"])
def test_what_can_be_no_part_of_a_path_is_no_id(id_: str) -> None:
    with pytest.raises(BadInput):
        segment(id_)


def test_an_id_stays_one_part_of_the_path() -> None:
    with HttpStub([GONE]) as stub, gateway(stub) as one, pytest.raises(NotFound):
        IncidentManager.on(one).get_incident("a/../b?c#d")
    assert stub.requests[0].path == "/incidents/a%2F..%2Fb%3Fc%23d"


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda m: m.create_incident("error", "high", "a\ud800"), id="a body"),
        pytest.param(lambda m: list(m.list_incidents(q="\ud800")), id="a query"),
    ],
)
def test_what_is_no_text_is_said_and_not_sent(call: Callable[[IncidentManager], object]) -> None:
    with HttpStub([GONE]) as stub, gateway(stub) as one, pytest.raises(BadInput):
        call(IncidentManager.on(one))
    assert stub.requests == []

"""A history is sent through what goes wrong for a minute, and ends at once where nothing ever went well."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from incident_manager.client.errors import Conflict, Unreachable
from incident_manager.client.gateway import STILL_UNDER_WAY, Gateway
from incident_manager.history.row import Row
from incident_manager.history.sending import PAUSES_SECONDS, ROWS_A_CALL, Tally, send
from incident_manager.profiles.settings import Settings
from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply, Request

pytestmark = pytest.mark.integration
BUSY = Reply(503, {"content-type": "application/json"}, json.dumps({"detail": "busy", "code": "unavailable"}).encode())
UNDER_WAY = Reply(
    409, {"content-type": "application/json"}, json.dumps({"detail": "wait", "code": STILL_UNDER_WAY}).encode()
)
REFUSED = Reply(409, {"content-type": "application/json"}, json.dumps({"detail": "no", "code": "conflict"}).encode())


def takes_all(request: Request) -> Reply:
    count = len(json.loads(request.body)["incidents"])
    told = {"read": count, "imported": count, "already_there": 0, "rejected": [], "noted": []}
    return Reply(200, {"content-type": "application/json"}, json.dumps(told).encode())


def rows(count: int) -> Iterator[Row]:
    return (Row(n, {"title": f"n{n}", "created_at": "2024-01-01T00:00:00Z"}) for n in range(1, count + 1))


def sent(stub: HttpStub, count: int, pauses: list[float]) -> Tally:
    tally = Tally()
    with Gateway(Settings(stub.url, "key"), tries=1) as gateway:
        send(gateway, rows(count), dict, tally, lambda *_: None, pause=pauses.append)
    return tally


@pytest.mark.parametrize("trouble", [BUSY, UNDER_WAY], ids=["overloaded", "the first try is still under way"])
def test_what_goes_wrong_for_a_minute_ends_no_import(trouble: Reply) -> None:
    pauses: list[float] = []
    with HttpStub([takes_all, trouble, trouble, trouble, takes_all]) as stub:
        tally = sent(stub, 2 * ROWS_A_CALL, pauses)
        keys = [request.headers["idempotency-key"] for request in stub.requests]
    assert (tally.read, tally.imported, tally.rejected) == (2 * ROWS_A_CALL, 2 * ROWS_A_CALL, [])
    assert pauses == list(PAUSES_SECONDS[:3])
    assert len(set(keys)) == len(keys) == 5


def test_what_goes_wrong_for_longer_ends_it_with_what_is_in() -> None:
    pauses: list[float] = []
    tally = Tally()
    with (
        HttpStub([takes_all, BUSY]) as stub,
        Gateway(Settings(stub.url, "key"), tries=1) as gateway,
        pytest.raises(Unreachable),
    ):
        send(gateway, rows(2 * ROWS_A_CALL), dict, tally, lambda *_: None, pause=pauses.append)
    assert tally.imported == ROWS_A_CALL
    assert pauses == list(PAUSES_SECONDS)


@pytest.mark.parametrize(
    "answers, kind",
    [
        pytest.param([BUSY], Unreachable, id="nothing went well yet"),
        pytest.param([takes_all, REFUSED], Conflict, id="another conflict"),
    ],
)
def test_what_no_patience_mends_is_said_at_once(answers: list[Reply], kind: type[Exception]) -> None:
    pauses: list[float] = []
    with HttpStub(answers) as stub, pytest.raises(kind):
        sent(stub, 2 * ROWS_A_CALL, pauses)
    assert pauses == []

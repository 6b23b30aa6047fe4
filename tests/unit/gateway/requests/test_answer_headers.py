from __future__ import annotations

import pytest

from services.gateway.requests.answer_headers import guard_headers
from services.gateway.requests.routes import find_route

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "path,said,https,added",
    [
        pytest.param("/users", [], False, {b"cache-control": b"no-store"}, id="what needs a key is not stored"),
        pytest.param("/api-keys", [], False, {b"cache-control": b"no-store"}, id="nor what shows one"),
        pytest.param("/session", [], False, {b"cache-control": b"no-store"}, id="nor a session"),
        pytest.param("/a/signed", [], False, {b"cache-control": b"no-store"}, id="nor what a signed link opens"),
        pytest.param("/status/shop", [], False, {}, id="public pages may be"),
        pytest.param("/users", [(b"cache-control", b"private")], False, {}, id="a service that says how knows better"),
        pytest.param("/nowhere", [], False, {}, id="there is nothing to store"),
        pytest.param(
            "/status/shop", [], True, {b"strict-transport-security": b"max-age=31536000"}, id="by https always by https"
        ),
    ],
)
def test_answers_are_guarded(
    path: str, said: list[tuple[bytes, bytes]], https: bool, added: dict[bytes, bytes]
) -> None:
    assert guard_headers(said, find_route(path), https=https) == [
        *said,
        (b"x-content-type-options", b"nosniff"),
        *added.items(),
    ]


def test_what_is_said_already_is_not_said_twice() -> None:
    said = [(b"x-content-type-options", b"nosniff")]
    assert guard_headers(said, None, https=False) == said

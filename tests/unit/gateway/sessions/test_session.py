"""A cookie stands for a key, for a while, and a write by cookie needs more than the cookie."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.gateway.requests.routes import find_route
from services.gateway.sessions.session import (
    ABSOLUTE,
    CSRF_HEADER,
    IDLE,
    SEEN_EVERY,
    Csrf,
    Session,
    cookie,
    is_over,
    is_to_be_noted,
    new_session,
    token_in,
)
from tests.unit.gateway.builders import NOW

pytestmark = pytest.mark.unit

TOKEN = "ab" * 32
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "seen_at,now,over",
    [
        pytest.param(NOW, NOW + IDLE - SECOND, False, id="used a while ago"),
        pytest.param(NOW, NOW + IDLE, True, id="not used for too long"),
        pytest.param(NOW + ABSOLUTE - SECOND, NOW + ABSOLUTE - SECOND, False, id="used all the time"),
        pytest.param(NOW + ABSOLUTE - SECOND, NOW + ABSOLUTE, True, id="too old however much it is used"),
    ],
)
def test_a_session_ends_by_itself(seen_at: datetime, now: datetime, over: bool) -> None:
    assert is_over(Session("s", "k", NOW, seen_at), now) is over


def test_use_is_noted_now_and_then() -> None:
    session = new_session(TOKEN, "k", NOW)
    assert not is_to_be_noted(session, NOW + SEEN_EVERY - SECOND)
    assert is_to_be_noted(session, NOW + SEEN_EVERY)


def test_what_is_kept_of_a_session_is_not_its_token() -> None:
    assert TOKEN not in repr(new_session(TOKEN, "k", NOW))


@pytest.mark.parametrize(
    "header,token",
    [
        pytest.param(f"tocsin_session={TOKEN}", TOKEN, id="alone"),
        pytest.param(f"a=b; tocsin_session={TOKEN}; c=d", TOKEN, id="among others"),
        pytest.param("tocsin_session=short", None, id="too short"),
        pytest.param(f"tocsin_session={'é' * 64}", None, id="of other letters"),
        pytest.param(f"xtocsin_session={TOKEN}", None, id="another cookie"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_cookie_is_found_among_others(header: str, token: str | None) -> None:
    assert token_in([(b"accept", b"*/*"), (b"cookie", header.encode("latin-1"))], secure=False) == token


def test_by_https_only_the_cookie_that_no_neighbour_can_set_counts() -> None:
    plain, hosts = f"tocsin_session={TOKEN}", f"__Host-tocsin_session={'cd' * 32}"
    assert token_in([(b"cookie", plain.encode())], secure=True) is None
    assert token_in([(b"cookie", f"{plain}; {hosts}".encode())], secure=True) == "cd" * 32
    assert token_in([(b"cookie", hosts.encode())], secure=False) is None


def test_a_csrf_token_is_good_for_its_session_only() -> None:
    csrf = Csrf("secret")
    shown = [(CSRF_HEADER, csrf.of(TOKEN).encode())]
    assert csrf.is_shown(TOKEN, shown)
    assert not csrf.is_shown("cd" * 32, shown)
    assert not csrf.is_shown(TOKEN, [])
    assert not Csrf("other").is_shown(TOKEN, shown)


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites() -> None:
    plain = cookie(TOKEN, secure=False, seconds=60)
    assert plain == f"tocsin_session={TOKEN}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict"
    assert cookie(TOKEN, secure=True, seconds=60) == f"__Host-{plain}; Secure"


@pytest.mark.parametrize(
    "method,path,takes",
    [
        pytest.param("GET", "/incidents", True, id="reading"),
        pytest.param("POST", "/incidents", True, id="writing"),
        pytest.param("GET", "/session", True, id="who am I"),
        pytest.param("POST", "/session", False, id="signing in"),
        pytest.param("POST", "/incidents/webhook", False, id="no browser delivers alerts"),
        pytest.param("GET", "/readyz", False, id="public"),
    ],
)
def test_where_a_cookie_counts(method: str, path: str, takes: bool) -> None:
    route = find_route(path)
    assert route is not None
    assert route.takes_cookies(method) is takes

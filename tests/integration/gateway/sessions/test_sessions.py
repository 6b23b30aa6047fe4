"""Browser sessions on real parts."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx2
import pytest

from services.gateway.app import build
from services.gateway.keys.key import digest_of
from services.gateway.sessions.session import IDLE, Session
from services.gateway.sessions.store import SessionStore
from shared.testing.harness import eventually
from tests.integration.gateway.test_gateway import Town, code, limits, town

pytestmark = pytest.mark.integration

__all__ = ["limits", "town"]


async def sign_in(town: Town, key: str, **more: Any) -> tuple[httpx2.AsyncClient, dict[str, str]]:
    """A browser that is signed in, and the header that its writes show."""
    browser = town.client(None, **more)
    answer = await browser.post("/session", json={"key": key})
    assert answer.status_code == 201, answer.text
    return browser, {"X-Tocsin-CSRF": answer.json()["csrf_token"]}


async def test_a_browser_shows_its_key_once_and_its_writes_show_a_token(town: Town) -> None:
    text, _ = await town.key("responder", user_id="mina", teams=[])
    browser, csrf = await sign_in(town, text)
    assert (await browser.get("/incidents")).status_code == 200
    assert code(await browser.post("/incidents/x/ack", json={})) == (403, "csrf")
    assert code(await browser.post("/incidents/x/ack", json={}, headers={"X-Tocsin-CSRF": "0" * 64})) == (403, "csrf")
    passed_on = await browser.post("/incidents/x/ack", json={}, headers=csrf)
    assert passed_on.status_code == 200
    assert "cookie" not in passed_on.json()["got"]["headers"]
    who = (await browser.get("/session")).json()
    assert (who["role"], who["user_id"], who["csrf_token"]) == ("responder", "mina", csrf["X-Tocsin-CSRF"])
    assert code(await browser.post("/services", json={}, headers=csrf)) == (403, "role_too_low")


async def test_signing_in_needs_a_good_key_of_a_person(town: Town) -> None:
    browser = town.client(None)
    assert code(await browser.post("/session", json={"key": "wrong"})) == (401, "unknown_key")
    tool = (await town.client().post("/integrations", json={"name": "cron"})).json()["key"]
    assert code(await browser.post("/session", json={"key": tool})) == (403, "webhooks_only")
    assert code(await browser.post("/session", json={})) == (422, "invalid")
    assert code(await browser.get("/incidents")) == (401, "no_key")
    browser.cookies.set("tocsin_session", "0" * 64)
    assert code(await browser.get("/incidents")) == (401, "session_over")


@pytest.mark.parametrize("limits", [{"public_url": "https://tocsin.example"}], ids=["behind https"])
async def test_behind_https_the_cookie_never_travels_in_the_clear(town: Town) -> None:
    answer = await town.client(None).post("/session", json={"key": town.admin_key})
    made = answer.headers["set-cookie"]
    assert made.startswith("__Host-tocsin_session=")
    assert made.endswith("; HttpOnly; SameSite=Strict; Secure")
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    cookie = made.partition(";")[0]
    assert (await town.client(None).get("/session", headers={"Cookie": cookie})).status_code == 200
    plain = cookie.removeprefix("__Host-")
    assert code(await town.client(None).get("/session", headers={"Cookie": plain})) == (401, "no_key")


async def test_signing_out_ends_the_session_at_every_replica(town: Town) -> None:
    other = await town.harness.start("gateway", build, instance="gateway.2")
    browser, csrf = await sign_in(town, town.admin_key)
    elsewhere = town.client(None, other)
    elsewhere.cookies.set("tocsin_session", browser.cookies["tocsin_session"])
    assert (await elsewhere.get("/incidents")).status_code == 200
    assert code(await browser.delete("/session")) == (403, "csrf")
    assert (await browser.delete("/session", headers=csrf)).status_code == 204
    assert "tocsin_session" not in browser.cookies
    refused = await eventually(
        partial(elsewhere.get, "/incidents"), seconds=5, until=lambda answer: answer.status_code == 401
    )
    assert code(refused) == (401, "session_over")
    assert (await browser.delete("/session")).status_code == 204, "nobody is signed in any more"


async def test_a_revoked_key_ends_its_sessions_everywhere(town: Town) -> None:
    other = await town.harness.start("gateway", build, instance="gateway.2")
    text, key_id = await town.key("viewer")
    browser, _ = await sign_in(town, text, runtime=other)
    assert (await browser.get("/incidents")).status_code == 200
    await town.client().delete(f"/api-keys/{key_id}")
    refused = await eventually(
        partial(browser.get, "/incidents"), seconds=5, until=lambda answer: answer.status_code == 401
    )
    assert code(refused) == (401, "revoked_key")


async def test_a_session_that_nobody_uses_ends(town: Town) -> None:
    now = town.runtime.clock.now()
    store = SessionStore(town.runtime)
    token = "ab" * 32
    await store.add(Session(digest_of(token), digest_of(town.admin_key), now - IDLE, now - IDLE))
    browser = town.client(None)
    browser.cookies.set("tocsin_session", token)
    assert code(await browser.get("/incidents")) == (401, "session_over")

"""Keys on real parts: what is made works at once everywhere, what is revoked stops within five seconds everywhere."""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import timedelta
from functools import partial

import pytest

from services.gateway.app import build
from services.gateway.keys.key import digest_of
from shared.callers.identity_tokens import IdentityReader
from shared.events import make
from shared.events.control import KeyFact, ReplayRequest
from shared.events.oncall import UserErased
from shared.testing.harness import eventually
from tests.integration.gateway.test_gateway import Town, code, limits, town
from tests.integration.gateway_upstream import Writer

pytestmark = pytest.mark.integration

__all__ = ["limits", "town"]


async def test_a_key_is_shown_once_and_listed_without_itself(town: Town) -> None:
    admin = town.client()
    texts = [(await town.key("viewer", name=f"key {n}"))[0] for n in range(3)]
    assert all(text.startswith("tk_") and len(text) == 35 for text in texts)
    first = (await admin.get("/api-keys?limit=2")).json()
    rest = (await admin.get("/api-keys", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    items = first["items"] + rest["items"]
    assert [item["name"] for item in items] == ["key 2", "key 1", "key 0", "admin"]
    assert rest["next_cursor"] is None
    assert not any("key" in item or "digest" in item for item in items)
    assert (await admin.get(f"/api-keys/{items[0]['id']}")).json() == items[0]


async def test_a_key_made_on_one_replica_works_on_the_other_at_once_and_stops_there_within_five_seconds(
    town: Town,
) -> None:
    other = await town.harness.start("gateway", build, instance="gateway.2")
    text, key_id = await town.key("viewer")
    here, there = town.client(text), town.client(text, other)
    assert (await there.get("/incidents")).status_code == 200
    assert (await here.get("/incidents")).status_code == 200
    assert (await town.client().delete(f"/api-keys/{key_id}")).status_code == 204
    assert code(await here.get("/incidents")) == (401, "revoked_key")
    await eventually(lambda: there.get("/incidents"), seconds=5, until=lambda answer: answer.status_code == 401)
    assert (await town.client().delete(f"/api-keys/{key_id}")).status_code == 204, "once more changes nothing"


async def test_a_key_ends_at_its_time(town: Town) -> None:
    soon = town.runtime.clock.now() + timedelta(seconds=1)
    text, _ = await town.key("viewer", expires_at=soon.isoformat())
    client = town.client(text)
    assert (await client.get("/incidents")).status_code == 200
    await asyncio.sleep(1.1)
    assert code(await client.get("/incidents")) == (401, "expired_key")


async def test_the_admin_key_outlives_restarts(town: Town) -> None:
    before = town.admin_key
    await town.harness.stop(town.runtime)
    town.runtime = await town.harness.start("gateway", build)
    assert town.admin_key == before
    assert (await town.client(before).get("/api-keys")).status_code == 200


async def test_an_integrations_key_delivers_for_its_service_and_nothing_else(town: Town) -> None:
    made = await town.client().post(
        "/integrations", json={"name": "Prometheus", "kind": "alertmanager", "service_id": "payments"}
    )
    assert made.status_code == 201
    integration = made.json()
    key = integration["key"]
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")
    assert made.headers["location"] == f"/integrations/{integration['id']}"
    assert integration["url"].endswith(f"/incidents/webhook?source=alertmanager&key={key}")
    nobody = town.client(None)
    delivered = await nobody.post(f"/incidents/webhook?source=alertmanager&key={key}", json={})
    assert delivered.status_code == 200
    got = delivered.json()["got"]
    assert got["target"] == "/incidents/webhook?source=alertmanager"
    tokens = IdentityReader(town.harness.settings.identity_readers, "ingest")
    caller = tokens.read(got["headers"]["x-tocsin-identity"], town.runtime.clock.now())
    assert (caller.integration_id, caller.integration_kind) == (integration["id"], "alertmanager")
    assert caller.integration_service_id == "payments"
    assert (await nobody.post("/incidents/webhook", headers={"X-Tocsin-Key": key}, json={})).status_code == 200
    assert code(await town.client(key).get("/incidents")) == (403, "webhooks_only")
    assert code(await nobody.get(f"/incidents?key={key}")) == (401, "no_key")


async def test_integrations_are_listed_and_end(town: Town) -> None:
    admin = town.client()
    made = (await admin.post("/integrations", json={"name": "cron"})).json()
    shown = {name: value for name, value in made.items() if name not in ("key", "url", "signing_secret")}
    listed = (await admin.get("/integrations")).json()["items"]
    assert [{name: value for name, value in item.items() if name != "url"} for item in listed] == [shown]
    assert made["key"] not in listed[0]["url"]
    assert code(await admin.get(f"/api-keys/{made['id']}")) == (404, "not_found"), "it is no API key"
    assert (await admin.delete(f"/integrations/{made['id']}")).status_code == 204
    assert code(await admin.get(f"/integrations/{made['id']}")) == (404, "not_found")
    assert (await admin.get("/integrations")).json()["items"] == []
    assert code(await town.client(made["key"]).post("/incidents/webhook", json={})) == (401, "revoked_key")


async def test_others_hear_of_a_key_by_its_digest_also_when_they_ask_again(town: Town) -> None:
    made = (await town.client().post("/integrations", json={"name": "cron", "service_id": "s1"})).json()
    event = await town.harness.event("key.changed.v1", lambda one: one.subject == made["id"])
    assert isinstance(event.data, KeyFact)
    assert event.data.digest == digest_of(made["key"])
    assert (event.data.integration_service_id, event.sequence) == ("s1", 1)
    assert made["key"] not in event.encode().decode()
    await town.client().delete(f"/integrations/{made['id']}")
    ended = await town.harness.event("key.changed.v1", lambda one: one.subject == made["id"] and one.sequence == 2)
    assert isinstance(ended.data, KeyFact)
    assert ended.data.revoked
    heard = await replayed(town)
    assert {one for one in heard if one[0] == made["id"]} == {(made["id"], 2)}
    assert len(heard) == 2, "the integration's and the admin's"


async def replayed(town: Town) -> set[tuple[str, int]]:
    """Ask the owner of keys again, by way of a queue of another service, and read what came there."""
    request = make(
        "replay.requested.v1",
        subject=f"test-{secrets.token_hex(4)}",
        sequence=1,
        time=town.runtime.clock.now(),
        data=ReplayRequest(types=["key.changed.v1"], reply_to="comms.people"),
    )
    seen: set[tuple[str, int]] = set()

    async def take(deliveries: object) -> None:
        seen.update((one.payload.subject, one.payload.sequence) for one in deliveries)  # type: ignore[attr-defined]

    asker = await town.harness.start("comms", lambda runtime: runtime.consume_events("comms.people", take))
    await town.harness.publish(request)
    await eventually(lambda: len(seen) >= 2)
    await town.harness.stop(asker)
    return seen


async def test_a_person_who_is_erased_takes_their_keys_along(town: Town) -> None:
    text, _ = await town.key("responder", user_id="u1")
    other, _ = await town.key("responder", user_id="u2")
    assert (await town.client(text).get("/incidents")).status_code == 200
    now = town.runtime.clock.now()
    gone = make("user.erased.v1", subject="u1", sequence=2, time=now, data=UserErased(id="u1"))
    await town.harness.publish(gone, gone)
    client = town.client(text)
    await eventually(lambda: client.get("/incidents"), seconds=5, until=lambda answer: answer.status_code == 401)
    assert (await town.client(other).get("/incidents")).status_code == 200


async def test_a_rotated_keys_old_secret_works_everywhere_until_the_grace_ends(town: Town) -> None:
    other = await town.harness.start("gateway", build, instance="gateway.2")
    old, key_id = await town.key("viewer")
    assert (await town.client(old, other).get("/incidents")).status_code == 200
    made = await town.client().post(f"/api-keys/{key_id}/rotate", json={"grace_seconds": 4})
    assert made.status_code == 200
    new = made.json()["key"]
    for runtime in (town.runtime, other):
        for text in (old, new):
            assert (await town.client(text, runtime).get("/incidents")).status_code == 200
    for runtime in (town.runtime, other):
        ask = partial(town.client(old, runtime).get, "/incidents")
        refused = await eventually(ask, seconds=9, until=lambda answer: answer.status_code == 401)
        assert code(refused) == (401, "rotated_key")
        assert (await town.client(new, runtime).get("/incidents")).status_code == 200
    await town.client().delete(f"/api-keys/{key_id}")
    assert code(await town.client(new).get("/incidents")) == (401, "revoked_key")
    assert code(await town.client().post(f"/api-keys/{key_id}/rotate")) == (409, "key_ended")


async def test_an_integrations_key_is_rotated_without_a_grace(town: Town) -> None:
    made = (await town.client().post("/integrations", json={"name": "cron"})).json()
    rotated = await town.client().post(f"/integrations/{made['id']}/rotate", json={"grace_seconds": 0})
    assert rotated.json()["url"].endswith(rotated.json()["key"])
    assert len(rotated.json()["key"]) == 32
    assert (await town.client(rotated.json()["key"]).post("/incidents/webhook", json={})).status_code == 200
    assert code(await town.client(made["key"]).post("/incidents/webhook", json={})) == (401, "rotated_key")
    former = await town.harness.event("key.changed.v1", lambda one: one.subject == f"{made['id']}.former")
    assert isinstance(former.data, KeyFact)
    assert former.data.digest == digest_of(made["key"])
    assert former.data.expires_at is not None
    assert former.data.expires_at <= former.time, "there was no grace"


async def test_the_installations_own_key_is_not_rotated_behind_its_files_back(town: Town) -> None:
    admin = (await town.client().get("/api-keys")).json()["items"][0]
    assert code(await town.client().post(f"/api-keys/{admin['id']}/rotate", json={})) == (409, "installation_key")
    long = await town.client().post(f"/api-keys/{admin['id']}/rotate", json={"grace_seconds": 10**9})
    assert code(long) == (422, "invalid")
    assert code(await town.client().delete(f"/api-keys/{admin['id']}")) == (409, "installation_key")


async def test_renewing_the_installations_key_ends_the_one_before_everywhere(town: Town) -> None:
    """As told: remove the file, start again. Whoever got hold of the old one is out, on every replica."""
    other = await town.harness.start("gateway", build, instance="gateway.2")
    leaked = town.admin_key
    made, _ = await town.key("viewer")
    session = await town.client().post("/session", json={"key": leaked})
    assert session.is_success, session.text
    await town.harness.stop(town.runtime)
    (town.harness.settings.run_dir / "admin.key").unlink()
    town.runtime = await town.harness.start("gateway", build)
    assert code(await town.client(leaked).get("/api-keys")) == (401, "revoked_key")
    there = town.client(leaked, other)
    await eventually(lambda: there.get("/api-keys"), seconds=5, until=lambda answer: answer.status_code == 401)
    browser = town.client(None)
    browser.cookies = session.cookies
    assert (await browser.get("/session")).status_code == 401
    assert (await town.client(made).get("/incidents")).status_code == 200, "keys that people made stay"
    listed = (await town.client().get("/api-keys")).json()["items"]
    assert [one["revoked_at"] is None for one in listed if one["name"] == "admin"] == [True, False]


async def test_an_admin_of_a_team_has_to_do_with_its_teams_keys_only(town: Town) -> None:
    text, key_id = await town.key("admin", teams=["red"])
    blue, blue_id = await town.key("viewer", teams=["blue"])
    red = town.client(text)
    assert [item["id"] for item in (await red.get("/api-keys")).json()["items"]] == [key_id]
    assert code(await red.get(f"/api-keys/{blue_id}")) == (404, "not_found")
    assert code(await red.delete(f"/api-keys/{blue_id}")) == (404, "not_found")
    for teams in ([], ["blue"], ["red", "blue"]):
        wide = await red.post("/api-keys", json={"name": "x", "role": "admin", "teams": teams})
        assert code(wide) == (403, "forbidden")
    made = await red.post("/api-keys", json={"name": "x", "role": "viewer", "teams": ["red"]})
    assert made.status_code == 201
    assert code(await red.post("/integrations", json={"name": "x"})) == (422, "invalid")
    assert (await red.post("/integrations", json={"name": "x", "service_id": "shop"})).status_code == 201
    assert (await town.client(blue).get("/incidents")).status_code == 200


async def test_an_admin_of_a_team_makes_keys_for_its_people_only(town: Town) -> None:
    text, _ = await town.key("admin", teams=["b"])
    admin_b = town.client(text)

    def is_in(*teams: str) -> None:
        body = json.dumps({"id": "bob", "teams": teams}).encode()

        async def say(writer: Writer) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()

        town.upstreams["oncall"][0].misbehave.append(say)

    new = {"name": "x", "role": "responder", "teams": ["b"], "user_id": "bob"}
    is_in("a")
    assert code(await admin_b.post("/api-keys", json=new)) == (403, "forbidden")
    assert code(await admin_b.post("/api-keys", json=new)) == (403, "forbidden"), "nobody knows that person"
    is_in("a", "b")
    assert (await admin_b.post("/api-keys", json=new)).status_code == 201
    _, foreign = await town.key("responder", teams=["b"], user_id="alice")
    is_in("a")
    assert code(await admin_b.post(f"/api-keys/{foreign}/rotate")) == (403, "forbidden")
    await town.upstreams["oncall"][0].stop()
    assert code(await admin_b.post("/api-keys", json=new)) == (503, "unavailable")
    assert (await town.client().post("/api-keys", json=new)).status_code == 201, "who may all asks nobody"


async def test_who_deletes_a_person_ends_no_key_that_may_do_more(town: Town) -> None:
    manager, _ = await town.key("manager")
    of_team, _ = await town.key("manager", teams=["b"])
    await town.key("admin", user_id="ada")
    await town.key("viewer", user_id="vera", teams=["a"])
    for text, person, status in (
        (manager, "ada", 403),
        (of_team, "vera", 403),
        (manager, "vera", 200),
        (of_team, "nobody", 200),
        ("", "ada", 200),
    ):
        assert (await town.client(text).delete(f"/users/{person}")).status_code == status, person
    gone = [one["target"] for one in town.upstreams["oncall"][0].got]
    assert gone == ["/users/vera", "/users/nobody", "/users/ada"]

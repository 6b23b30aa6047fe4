"""Targets over HTTP on real parts: who registers them, whose they are, what is never shown, and what a check says."""

from __future__ import annotations

import json
from typing import Any

import asyncssh
import httpx2
import pytest
from pymongo import monitoring

from services.automation.app import build
from services.automation.sandbox.sandbox import Sandbox
from services.automation.scripts.choice import ChosenPlace, NoPlace
from services.automation.scripts.request import PlaceRequest
from services.automation.targets.places import Places
from services.automation.targets.ssh_client import SshClient
from services.automation.targets.store import TARGETS, Targets
from services.automation.targets.wiring import SECRETS
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.secrecy.sealing import Seal
from shared.testing.harness import Harness
from shared.testing.peers.sshd import Sshd
from shared.testing.plans import Heard
from shared.vocabulary import Role
from tests.integration.automation.script_runs import make_job, run
from tests.integration.automation.targets.conftest import LOOPBACK

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
KEY = asyncssh.generate_private_key("ssh-ed25519")
PRIVATE = KEY.export_private_key("openssh").decode()
PUBLIC = KEY.export_public_key("openssh").decode().strip()
TARGET: dict[str, Any] = {
    "id": "web-1",
    "name": "Web 1",
    "host": "127.0.0.1",
    "user": "deploy",
    "host_key": f"{PUBLIC} root@web-1",
    "private_key": PRIVATE,
    "match": {"labels": {"host": "web-1"}},
    "team": "team-a",
}


@pytest.fixture
async def automation(harness: Harness) -> Runtime:
    harness.settings = harness.settings.model_copy(update={"outbound_allow": ["127.0.0.0/8"]})
    return await harness.start("automation", build)


def as_(harness: Harness, runtime: Runtime, role: Role, *teams: str) -> httpx2.AsyncClient:
    return harness.client(runtime, Identity(key_id=role, name=role, role=role, teams=teams))


async def made(api: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/runbook-targets", json={**TARGET, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_target_is_registered_read_changed_and_forgotten_and_its_key_never_shown(
    harness: Harness, automation: Runtime
) -> None:
    api = harness.client(automation)
    target = await made(api)
    assert target["host_key"] == " ".join(PUBLIC.split()[:2])
    assert (target["has_private_key"], target["key_fingerprint"]) == (True, KEY.get_fingerprint())
    changed = await api.patch("/runbook-targets/web-1", json={"port": 2222}, headers={"If-Match": '"1"'})
    assert (changed.json()["port"], changed.json()["has_private_key"], changed.headers["ETag"]) == (2222, True, '"2"')
    assert (await api.patch("/runbook-targets/web-1", json={"port": 1}, headers={"If-Match": '"1"'})).status_code == 412
    listed = (await api.get("/runbook-targets")).json()
    assert [one["id"] for one in listed["items"]] == ["web-1"]
    secret = PRIVATE.splitlines()[2]
    for answer in (target, changed.json(), listed, (await api.get("/runbook-targets/web-1")).json()):
        assert secret not in json.dumps(answer)
        assert "sealed_key" not in json.dumps(answer)
    stored = await automation.database.collection(TARGETS).find_one({"_id": "web-1"})
    assert secret not in str(stored)
    assert (await api.delete("/runbook-targets/web-1")).status_code == 204
    assert (await api.get("/runbook-targets/web-1")).status_code == 404
    assert "ssh" not in str(await automation.database.collection(TARGETS).find_one({"_id": "web-1"}))


@pytest.mark.parametrize(
    "changes, pointer",
    [
        pytest.param({"host_key": "ssh-ed25519 nonsense"}, "/host_key", id="no host key"),
        pytest.param({"private_key": "-----BEGIN nothing"}, "/private_key", id="no key"),
        pytest.param(
            {"private_key": KEY.export_private_key("pkcs8-pem", passphrase="x").decode()},
            "/private_key",
            id="a passphrase",
        ),
        pytest.param({"private_key": None}, "/private_key", id="neither key nor agent"),
        pytest.param({"agent_socket": "/run/agent"}, "/agent_socket", id="both"),
        pytest.param({"host": "a b"}, "/host", id="no host"),
        pytest.param({"host": "-oProxyCommand=x y"}, "/host", id="an option for a host"),
        pytest.param({"user": "-l"}, "/user", id="an option for a user"),
        pytest.param({"port": 0}, "/port", id="no port"),
        pytest.param({"team": ""}, "/team", id="nobody's"),
        pytest.param({"match": {"label": {}}}, "/match/label", id="a criterion that there is not"),
        pytest.param({"sealed_key": "x"}, "/sealed_key", id="what is not said by callers"),
    ],
)
async def test_what_is_wrong_is_pointed_at(
    harness: Harness, automation: Runtime, changes: dict[str, Any], pointer: str
) -> None:
    answer = await harness.client(automation).post("/runbook-targets", json={**TARGET, **changes})
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [pointer])
    assert "BEGIN" not in answer.text


async def test_admins_write_targets_of_their_teams_and_responders_read_them(
    harness: Harness, automation: Runtime
) -> None:
    everybody = harness.client(automation)
    await made(everybody)
    of_b = as_(harness, automation, Role.ADMIN, "team-b")
    assert (await of_b.post("/runbook-targets", json={**TARGET, "id": "x"})).status_code == 403
    own = {**TARGET, "id": "b-1", "team": "team-b"}
    assert (await of_b.post("/runbook-targets", json=own)).status_code == 201
    agent = {**own, "id": "b-2", "private_key": None, "agent_socket": "/run/agent"}
    assert (await of_b.post("/runbook-targets", json=agent)).status_code == 403
    assert (await of_b.patch("/runbook-targets/b-1", json={"team": "team-a"})).status_code == 403
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/check")):
        answer = await of_b.request(method, f"/runbook-targets/web-1{path}", json={} if method == "PATCH" else None)
        assert answer.status_code == 404, (method, path)
    reader = as_(harness, automation, Role.RESPONDER, "team-b")
    assert [one["id"] for one in (await reader.get("/runbook-targets")).json()["items"]] == ["b-1"]
    manager = as_(harness, automation, Role.MANAGER)
    for answer in (
        await manager.post("/runbook-targets", json={**TARGET, "id": "y"}),
        await manager.patch("/runbook-targets/web-1", json={"port": 1}),
        await manager.delete("/runbook-targets/web-1"),
        await manager.post("/runbook-targets/web-1/check"),
        await as_(harness, automation, Role.VIEWER).get("/runbook-targets"),
    ):
        assert answer.status_code == 403


async def test_a_check_logs_in_or_says_why_not(harness: Harness, automation: Runtime, sshd: Sshd) -> None:
    api = harness.client(automation)
    right = {"port": sshd.port, "user": sshd.user, "host_key": sshd.host_key, "private_key": sshd.private_key}
    await made(api, **right)
    answer = (await api.post("/runbook-targets/web-1/check")).json()
    assert (answer["ok"], answer["why"]) == (True, None)
    for changes, why in (
        ({"host_key": PUBLIC}, "host_key_changed"),
        ({"host_key": sshd.host_key, "private_key": PRIVATE}, "not_logged_in"),
        ({"host": "10.0.0.1"}, "refused_address"),
        ({"host": "127.0.0.1", "private_key": None, "agent_socket": "/nowhere/agent"}, "no_key"),
    ):
        patched = await api.patch("/runbook-targets/web-1", json=changes)
        assert patched.status_code == 200, patched.text
        answer = (await api.post("/runbook-targets/web-1/check")).json()
        assert (answer["ok"], answer["why"]) == (False, why), answer


async def test_a_place_is_chosen_by_id_or_by_labels_within_its_team(
    harness: Harness, automation: Runtime, sshd: Sshd
) -> None:
    api = harness.client(automation)
    right = {"port": sshd.port, "user": sshd.user, "host_key": sshd.host_key, "private_key": sshd.private_key}
    await made(api, **right)
    await made(api, **right, id="only", runbooks=["disk-full"], match={})
    await made(api, **right, id="two-a", match={"labels": {"host": "two"}})
    await made(api, **right, id="two-b", match={"labels": {"host": "two", "dc": "x"}})
    targets, seal = Targets(automation), Seal(automation.settings.secret_key, SECRETS)
    places = Places(Sandbox(), targets, SshClient(LOOPBACK), seal)

    async def choose(on: str, **request: Any) -> ChosenPlace | NoPlace:
        return await places.choose(PlaceRequest(on, **request))

    chosen = await choose("match", service_team="team-a", labels={"host": "web-1", "x": "y"})
    assert isinstance(chosen, ChosenPlace)
    assert (await run(chosen.place, make_job("echo there")))[1] == "there\n"
    assert isinstance(await choose("web-1", runbook_team="team-a"), ChosenPlace)
    assert isinstance(await choose("web-1", service_team="team-a"), ChosenPlace)
    assert isinstance(await choose("only", runbook_team="team-a", runbook_id="disk-full"), ChosenPlace)
    assert isinstance(await choose("match", service_team="team-a", labels={"host": "two", "dc": "y"}), ChosenPlace)
    for on, request, word in (
        ("match", {"service_team": "team-b", "labels": {"host": "web-1"}}, "no target"),
        ("match", {"labels": {"host": "web-1"}}, "no team"),
        ("match", {"service_team": "team-a", "labels": {"host": "two", "dc": "x"}}, "2 targets"),
        ("match", {"service_team": "team-a", "runbook_team": "team-b", "labels": {"host": "web-1"}}, "another team"),
        ("web-1", {"runbook_team": "team-b", "service_team": "team-a"}, "another team"),
        ("web-1", {}, "another team"),
        ("only", {"runbook_team": "team-a", "runbook_id": "other"}, "only some runbooks"),
        ("nobody", {"runbook_team": "team-a"}, "no target called"),
    ):
        refused = await choose(on, **request)
        assert isinstance(refused, NoPlace), (on, request)
        assert word in refused.why
    assert await places.why_unknown("web-1", "team-a") is None
    assert await places.why_unknown("web-1", None) is None
    assert await places.why_unknown("web-1", "team-b") is not None


async def test_a_key_is_read_after_the_secret_was_changed_and_said_to_be_lost_when_the_old_one_is_gone(
    harness: Harness, automation: Runtime
) -> None:
    await made(harness.client(automation))
    old, new = automation.settings.secret_key, "n" * 32
    for secret, is_there in ((f"{new},{old}", True), (new, False)):
        places = Places(Sandbox(), Targets(automation), SshClient(), Seal(secret, SECRETS))
        chosen = await places.choose(PlaceRequest("web-1", runbook_team="team-a"))
        assert isinstance(chosen, ChosenPlace) is is_there
        assert is_there or "TOCSIN_SECRET_KEY" in getattr(chosen, "why", "")


async def test_targets_are_found_by_indexes(harness: Harness) -> None:
    HEARD.asked.clear()
    HEARD.database = f"{harness.settings.namespace}_automation"
    runtime = await harness.start("automation", build)
    api = harness.client(runtime)
    await made(api)
    HEARD.asked.clear()
    await api.get("/runbook-targets")
    await api.get("/runbook-targets/web-1")
    await Targets(runtime).of_team("team-a")
    await Targets(runtime).get("web-1")
    HEARD.database = ""
    assert {next(iter(one.query)) for one in HEARD.asked if one.collection == TARGETS} >= {
        "place",
        "content.team",
        "_id",
    }
    assert await HEARD.scans(runtime.database) == []

"""Stakeholders on real parts: groups, templates, updates by mail, their ledger, and who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.comms.app import build
from shared.callers.identity import Identity
from shared.events.incidents import IncidentFact, RoleHolder
from shared.runtime import Runtime
from shared.testing.due import look_for_due
from shared.testing.harness import Harness, eventually
from shared.testing.mail_sink import MailSink
from shared.vocabulary import IncidentStatus, Role
from tests.unit.comms.builders import incident_told, make_incident, user_changed

pytestmark = pytest.mark.integration

INCIDENT = "INC-20261121-0001"
NOTIFY = f"/incidents/{INCIDENT}/stakeholders/notify"


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
async def stage(harness: Harness, mails: MailSink) -> Harness:
    harness.settings = harness.settings.model_copy(
        update={"smtp_url": mails.url, "mail_from": "Tocsin <tocsin@example.org>"}
    )
    return harness


def of_role(stage: Harness, runtime: Runtime, role: Role, *teams: str) -> httpx2.AsyncClient:
    return stage.client(runtime, Identity(key_id=role, name=role, role=role, teams=teams))


async def post(api: httpx2.AsyncClient, path: str, body: Any, status: int) -> Any:
    answer = await api.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def told(stage: Harness, fact: IncidentFact | None = None, sequence: int = 1) -> Runtime:
    runtime = await stage.start("comms", build)
    await stage.publish(incident_told(fact or make_incident(), sequence))
    return runtime


async def test_a_commander_mails_a_group_by_the_built_in_template_in_one_thread(
    stage: Harness, mails: MailSink
) -> None:
    runtime = await told(stage)
    manager, responder = of_role(stage, runtime, Role.MANAGER), of_role(stage, runtime, Role.RESPONDER)
    group = {"name": "Management", "members": ["ceo@example.org", "CEO@example.org", "cto@example.org"], "locale": "fa"}
    made = await post(manager, "/stakeholder-groups", group, 201)
    assert made["members"] == ["CEO@example.org", "cto@example.org"]
    sent = await post(responder, NOTIFY, {"template": "default", "to": ["Management"], "message": "در حال کاریم"}, 202)
    await post(responder, NOTIFY, {"template": "default", "to": [made["id"]]}, 202)
    await eventually(lambda: len(mails.to("cto@example.org")) == 2 and len(mails.to("CEO@example.org")) == 2)
    first, second = (mail.message for mail in mails.to("cto@example.org"))
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert first["References"] != mails.to("CEO@example.org")[0].message["References"]
    assert (first["Subject"], first["Message-ID"] != second["Message-ID"]) == (second["Subject"], True)
    assert 'dir="rtl"' in mails.to("cto@example.org")[0].html()
    noted = await stage.event("communication.noted.v1")
    assert (noted.data.incident_id, "Management" in noted.data.text) == (INCIDENT, True)  # type: ignore[attr-defined]

    async def ledger() -> Any:
        return (await responder.get(f"/incidents/{INCIDENT}/stakeholders")).json()["items"]

    items = await eventually(
        ledger, until=lambda items: {one["state"] for item in items for one in item["deliveries"]} == {"delivered"}
    )
    assert {one["id"] for one in items[1]["deliveries"]} == set(sent["delivery_ids"])
    assert items[1]["deliveries"][1]["address"] == "c…@example.org"
    one = (await responder.get(f"/deliveries/{sent['delivery_ids'][0]}")).json()
    assert (one["kind"], one["incident_id"]) == ("stakeholders", INCIDENT)


async def test_a_preview_shows_all_and_sends_nothing(stage: Harness, mails: MailSink) -> None:
    runtime = await told(stage)
    body = {"template": "default", "to": ["a@example.org"], "preview": True, "locale": "ja"}
    shown = await post(of_role(stage, runtime, Role.RESPONDER), NOTIFY, body, 200)
    assert 'lang="ja"' in shown["html"]
    assert make_incident().title in shown["subject"]
    assert shown["text"]
    ledger = await stage.client(runtime).get(f"/incidents/{INCIDENT}/stakeholders")
    assert ledger.json()["items"] == []
    assert not mails.mails


@pytest.mark.parametrize(
    "body, pointer",
    [
        pytest.param({"template": "nothing", "to": ["a@example.org"]}, "/template", id="an unknown template"),
        pytest.param({"to": ["a@example.org", "nobody"]}, "/to/1", id="an unknown group"),
        pytest.param({"to": ["a@example.org", "b@"]}, "/to/1", id="no address"),
        pytest.param({"to": []}, "/to", id="nobody"),
    ],
)
async def test_what_can_not_be_sent_is_refused_whole(
    stage: Harness, mails: MailSink, body: dict[str, Any], pointer: str
) -> None:
    runtime = await told(stage)
    refused = await post(of_role(stage, runtime, Role.RESPONDER), NOTIFY, body, 422)
    assert [fault["pointer"] for fault in refused["errors"]] == [pointer]
    assert not await runtime.database.collection("letters").find({}).to_list()
    assert not mails.mails


@pytest.mark.parametrize("fields", [{"drill_id": "drill-1"}, {"imported": True}], ids=["a drill", "an import"])
async def test_nothing_of_a_drill_or_an_import_leaves_the_house(
    stage: Harness, mails: MailSink, fields: dict[str, Any]
) -> None:
    runtime = await told(stage, make_incident(**fields))
    await post(of_role(stage, runtime, Role.ADMIN), NOTIFY, {"to": ["a@example.org"]}, 409)
    assert not await runtime.database.collection("letters").find({}).to_list()


async def test_templates_are_checked_versioned_and_used(stage: Harness, mails: MailSink) -> None:
    runtime = await told(stage)
    manager = of_role(stage, runtime, Role.MANAGER)
    refused = await post(manager, "/templates", {"name": "x", "subject": "ok", "text": "{% if %}"}, 422)
    assert refused["errors"][0]["pointer"] == "/text"
    body = {"name": "short", "subject": "News: {{ incident.title }}", "markdown": "**{{ message }}**"}
    made = await post(manager, "/templates", body, 201)
    edited = await manager.patch(f"/templates/{made['id']}", json={"subject": "New"}, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    assert (await manager.patch(f"/templates/{made['id']}", json={}, headers={"If-Match": '"1"'})).status_code == 412

    async def first() -> Any:
        return (await manager.get(f"/templates/{made['id']}", params={"version": 1})).json().get("subject")

    await eventually(first, until=lambda subject: subject == "News: {{ incident.title }}")
    await post(manager, NOTIFY, {"template": "short", "to": ["a@example.org"], "message": "all *well*"}, 202)
    await eventually(lambda: mails.to("a@example.org"))
    (mail,) = mails.to("a@example.org")
    assert mail.subject == "New"
    assert "<strong" in mail.html()
    assert (await manager.delete(f"/templates/{made['id']}")).status_code == 204
    await post(manager, NOTIFY, {"template": "short", "to": ["a@example.org"]}, 422)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ 1|round(4000000, 'ceil') }}", id="a huge power"),
        pytest.param("{{ 'x'|round(9, 'ceil') }}", id="a text repeated"),
        pytest.param("{{ '%999999999d' is odd }}", id="a text formatted"),
        pytest.param("{{ " + "9" * 5000 + " }}", id="a number of 5 000 digits"),
        pytest.param("{{ incident" + ".a" * 3000 + " }}", id="3 000 attributes"),
        pytest.param("{{ message" + "|upper" * 3000 + " }}", id="3 000 filters"),
        pytest.param("{{ '\\ud800' }}", id="half a character"),
    ],
)
async def test_a_template_that_would_cost_much_is_refused_and_not_kept(stage: Harness, source: str) -> None:
    manager = of_role(stage, await stage.start("comms", build), Role.MANAGER, "team-b")
    fine = {"id": "t", "name": "fine", "team": "team-b", "subject": "s", "text": "{{ 2.345|round(2) }}"}
    await post(manager, "/templates", fine, 201)
    for field in ("text", "markdown"):
        body = {"name": "x", "team": "team-b", "subject": "s", field: source}
        refused = await post(manager, "/templates", body, 422)
        assert [fault["pointer"] for fault in refused["errors"]] == [f"/{field}"]
    assert (await manager.patch("/templates/t", json={"text": source})).status_code == 422
    kept = (await manager.get("/templates")).json()["items"]
    assert [(one["id"], one["version"], one["text"]) for one in kept] == [("t", 1, fine["text"])]


async def test_who_may_keep_groups_and_send(stage: Harness) -> None:
    runtime = await told(stage)
    group = {"id": "g1", "name": "Board", "members": ["a@example.org"], "team": "payments"}
    await post(of_role(stage, runtime, Role.RESPONDER), "/stakeholder-groups", group, 403)
    await post(of_role(stage, runtime, Role.MANAGER, "search"), "/stakeholder-groups", group, 403)
    await post(of_role(stage, runtime, Role.MANAGER, "payments"), "/stakeholder-groups", group, 201)
    await post(of_role(stage, runtime, Role.ADMIN), "/stakeholder-groups", group, 409)
    assert (await of_role(stage, runtime, Role.MANAGER, "search").get("/stakeholder-groups/g1")).status_code == 404
    seen = await of_role(stage, runtime, Role.VIEWER).get("/stakeholder-groups/g1")
    assert (seen.status_code, seen.json()["members"]) == (200, [])
    await post(of_role(stage, runtime, Role.VIEWER), NOTIFY, {"to": ["Board"]}, 403)
    await post(of_role(stage, runtime, Role.RESPONDER, "search"), NOTIFY, {"to": ["Board"]}, 422)
    await post(of_role(stage, runtime, Role.RESPONDER), "/incidents/INC-1/stakeholders/notify", {"to": ["Board"]}, 404)


async def test_who_speaks_for_an_incident_is_reminded_when_stakeholders_hear_nothing(
    stage: Harness, mails: MailSink
) -> None:
    fact = make_incident(roles=[RoleHolder(role="communications", user_id="sara")])
    runtime = await told(stage, fact)
    await stage.publish(user_changed())
    await post(of_role(stage, runtime, Role.RESPONDER), NOTIFY, {"to": ["a@example.org"]}, 202)
    updates = runtime.database.collection("stakeholder_updates")
    await eventually(lambda: updates.find_one({"phase": "watching"}))
    (update,) = await updates.find({}).to_list()
    assert update["due_at"] - update["at"] == timedelta(hours=1)
    await updates.update_one({"_id": update["_id"]}, {"$set": {"due_at": update["at"]}})
    look_for_due(runtime)
    await eventually(lambda: mails.to("sara@example.org"))
    assert "waiting for news" in mails.to("sara@example.org")[0].text()
    await stage.publish(incident_told(fact.model_copy(update={"status": IncidentStatus.RESOLVED}), 2))
    await updates.update_one({"_id": update["_id"]}, {"$set": {"due_at": update["at"]}})
    look_for_due(runtime)
    await eventually(lambda: updates.find_one({"phase": "over"}))

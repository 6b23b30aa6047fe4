"""Approvals by signed link and from messages, on real parts: who may, what a click does, and what no click does."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx2
import pytest

from services.automation.people.store import People
from shared.events import Event, make
from shared.events.automation import ApprovalAnswer, ExecutionFact
from shared.events.oncall import TeamFact, UserErased, UserFact
from shared.secrecy.approval_links import ApprovalClaim, make_approval_token
from shared.testing.harness import PLAIN, Harness, eventually
from shared.vocabulary import Channel, Role
from tests.integration.automation.stage import Stage, open_stage
from tests.unit.automation.builders import step

pytestmark = pytest.mark.integration

HTML = {"accept": "text/html"}


def person(name: str, role: Role = Role.RESPONDER, sequence: int = 1) -> Event:
    fact = UserFact(id=name, name=name.title(), email=f"{name}@example.org", role=role)
    return make("user.changed.v1", subject=name, sequence=sequence, time=datetime.now(UTC), data=fact)


def team(*members: str) -> Event:
    fact = TeamFact(id="payments", name="Payments", members=list(members))
    return make("team.changed.v1", subject="payments", sequence=1, time=datetime.now(UTC), data=fact)


async def _is_known(stage: Stage, names: tuple[str, ...]) -> bool:
    found = await People(stage.runtime).roles(names)
    return len(found) == len(names)


@pytest.fixture
async def stage(harness: Harness) -> Stage:
    stage = await open_stage(harness)
    await harness.publish(
        person("sara"), person("kenji"), person("mina"), person("ada", Role.ADMIN), person("vera", Role.VIEWER),
        team("sara", "kenji", "vera"),
    )  # fmt: skip
    await eventually(partial(_is_known, stage, ("sara", "kenji", "mina", "ada", "vera")), until=bool)
    return stage


async def asked(stage: Stage, *, seconds: int = 600, by: str = "sara") -> tuple[str, ExecutionFact]:
    """An execution of a dangerous script that waits for an approval, and what was told of it."""
    runbook = await stage.runbook(step("script", script="true", dangerous=True, approval_seconds=seconds))
    incident = await stage.incident(team="payments")
    id_ = str((await stage.run(runbook, incident, by=stage.as_(by)))["id"])
    return id_, await waiting_fact(stage, id_)


async def waiting_fact(stage: Stage, id_: str, number: int = 1) -> ExecutionFact:
    """The newest thing that was told of its waiting."""

    def told() -> list[ExecutionFact]:
        events = [one for one in stage.harness.events if one.type == "execution.waiting.v1" and one.subject == id_]
        return [one.data for one in events if isinstance(one.data, ExecutionFact)]

    return (await eventually(told, until=lambda found: len(found) >= number))[-1]


def link(stage: Stage, fact: ExecutionFact, who: str, locale: str = "en") -> str:
    """The path of somebody's link."""
    assert fact.waiting is not None
    claim = ApprovalClaim(fact.id, fact.waiting.n, fact.waiting.until, who, locale)
    return f"/approvals/{make_approval_token(stage.runtime.settings.secret_key, claim)}"


def nobody(stage: Stage) -> httpx2.AsyncClient:
    """A browser without a key."""
    return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{stage.runtime.port}", trust_env=False, verify=PLAIN)


async def settled(stage: Stage, id_: str, number: int = 1) -> list[dict[str, Any]]:
    """What was told of its approvals."""

    def told() -> list[dict[str, Any]]:
        events = [one for one in stage.harness.events if one.type == "approval.settled.v1" and one.subject == id_]
        return [one.data.model_dump() for one in events]

    return await eventually(told, until=lambda found: len(found) >= number)


async def test_the_team_is_asked_but_not_who_started_it_and_no_viewer(stage: Stage) -> None:
    _, fact = await asked(stage)
    assert fact.waiting is not None
    assert fact.waiting.approvers == ["kenji"]


async def test_where_nobody_else_may_managers_and_admins_are_asked(stage: Stage) -> None:
    runbook = await stage.runbook(step("approval", question="May it?"))
    incident = await stage.incident()
    id_ = str((await stage.run(runbook, incident, by=stage.as_("sara")))["id"])
    fact = await waiting_fact(stage, id_)
    assert fact.waiting is not None
    assert fact.waiting.approvers == ["ada"]


@pytest.mark.parametrize("locale, word", [("en", "Approve"), ("ja", "承認する"), ("fa", "تأیید")])
async def test_a_link_shows_a_page_that_changes_nothing_and_its_button_approves(
    stage: Stage, locale: str, word: str
) -> None:
    id_, fact = await asked(stage)
    path = link(stage, fact, "kenji", locale)
    async with nobody(stage) as browser:
        page = await browser.get(path, headers=HTML)
        assert (page.status_code, word in page.text, page.text.count("<button")) == (200, True, 2)
        assert "script-src" not in page.headers["content-security-policy"]
        assert (await stage.read(id_))["state"] == "waiting"
        done = await browser.post(f"{path}/approve", headers=HTML)
        assert (done.status_code, "<button" in done.text) == (200, False)
        again = await browser.post(f"{path}/reject", headers=HTML)
        assert (again.status_code, "kenji" in again.text) == (409, True)
        seen = await browser.get(path, headers=HTML)
        assert (seen.status_code, "<button" in seen.text) == (409, False)
    ended = await stage.until(id_)
    assert (ended["state"], ended["steps"][0]["approved_by"]["user_id"]) == ("succeeded", "kenji")
    (told,) = await settled(stage, id_)
    assert (told["outcome"], told["user_id"]) == ("approved", "kenji")


async def test_a_link_rejects_and_the_step_has_failed(stage: Stage) -> None:
    id_, fact = await asked(stage)
    async with nobody(stage) as browser:
        answer = await browser.post(f"{link(stage, fact, 'kenji')}/reject")
    assert (answer.status_code, answer.json()["state"]) == (200, "failed")
    assert (await stage.read(id_))["reason"] == "rejected"


@pytest.mark.parametrize(
    "who, status, code",
    [
        pytest.param("sara", 403, "own_approval", id="who started it"),
        pytest.param("mina", 403, "forbidden", id="somebody who has nothing to do with it"),
        pytest.param("vera", 403, "forbidden", id="a viewer of the team"),
        pytest.param("ghost", 410, "person_gone", id="somebody who is not here"),
        pytest.param("", 404, "not_found", id="a button's claim, which is nobody's link"),
    ],
)
async def test_who_may_not_approve_is_told_why(stage: Stage, who: str, status: int, code: str) -> None:
    id_, fact = await asked(stage)
    path = link(stage, fact, who)
    async with nobody(stage) as browser:
        answer = await browser.post(f"{path}/approve")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        page = await browser.post(f"{path}/approve", headers=HTML)
        assert (page.status_code, "<button" in page.text) == (status, False)
        assert (await browser.post(f"/approvals/{'x' * 50}/approve")).status_code == 404
    assert (await stage.read(id_))["state"] == "waiting"


async def test_who_started_it_may_reject_it_by_link(stage: Stage) -> None:
    id_, fact = await asked(stage)
    async with nobody(stage) as browser:
        assert (await browser.post(f"{link(stage, fact, 'sara')}/reject")).status_code == 200
    assert (await stage.read(id_))["state"] == "failed"


async def test_a_role_that_was_taken_away_meanwhile_and_a_person_who_went_answer_no_more(stage: Stage) -> None:
    id_, fact = await asked(stage)
    path = f"{link(stage, fact, 'kenji')}/approve"
    async with nobody(stage) as browser:

        async def posted() -> tuple[int, str]:
            answer = await browser.post(path)
            return answer.status_code, answer.json().get("code", "")

        await stage.harness.publish(person("kenji", Role.VIEWER, sequence=2))
        people = People(stage.runtime)
        await eventually(partial(people.roles, ["kenji"]), until=lambda found: found.get("kenji") is Role.VIEWER)
        assert await posted() == (403, "forbidden")
        gone = UserErased(id="kenji")
        await stage.harness.publish(
            make("user.erased.v1", subject="kenji", sequence=3, time=datetime.now(UTC), data=gone)
        )
        await eventually(partial(people.roles, ["kenji"]), until=lambda found: not found)
        assert await posted() == (410, "person_gone")
    assert (await stage.read(id_))["state"] == "waiting"


async def test_an_expired_approval_says_so_and_its_link_shows_no_button(stage: Stage) -> None:
    id_, fact = await asked(stage, seconds=1)
    ended = await stage.until(id_)
    assert (ended["state"], ended["reason"]) == ("failed", "approval_expired")
    async with nobody(stage) as browser:
        page = await browser.get(link(stage, fact, "kenji"), headers=HTML)
        assert (page.status_code, "<button" in page.text) == (409, False)
        assert (await browser.post(f"{link(stage, fact, 'kenji')}/approve")).status_code == 409
    (told,) = await settled(stage, id_)
    assert (told["outcome"], told["user_id"]) == ("expired", None)


async def test_the_link_of_a_first_waiting_says_nothing_of_a_second(stage: Stage) -> None:
    id_, first = await asked(stage)
    async with nobody(stage) as browser:
        old = link(stage, first, "kenji")
        assert (await browser.post(f"{old}/reject")).status_code == 200
        again = await stage.as_("mina").post(f"/executions/{id_}/retry")
        assert again.status_code == 202, again.text
        second = await waiting_fact(stage, id_, 2)
        assert (await browser.post(f"{old}/approve")).status_code == 409
        assert (await browser.post(f"{link(stage, second, 'kenji')}/approve")).status_code == 200
    assert (await stage.until(id_))["state"] == "succeeded"


def pressed(fact: ExecutionFact, who: str, id_: str, *, approve: bool = True) -> Event:
    """What comms tells of a press."""
    assert fact.waiting is not None
    now = datetime.now(UTC)
    data = ApprovalAnswer(
        id=id_, execution_id=fact.id, n=fact.waiting.n, until=fact.waiting.until, approve=approve, user_id=who,
        via=Channel.SLACK, at=now,
    )  # fmt: skip
    return make("approval.given.v1", subject=fact.id, sequence=1, time=now, data=data, id=id_)


async def test_what_is_pressed_in_a_message_is_decided_by_the_same_rules_and_told_back(stage: Stage) -> None:
    id_, fact = await asked(stage)
    await stage.harness.publish(pressed(fact, "sara", "apa-1"))
    (refused,) = await settled(stage, id_)
    assert (refused["outcome"], refused["code"], refused["answer_id"]) == ("refused", "own_approval", "apa-1")
    await stage.harness.publish(pressed(fact, "kenji", "apa-2"), pressed(fact, "kenji", "apa-2"))
    ended = await stage.until(id_)
    assert (ended["state"], ended["steps"][0]["approved_by"]["user_id"]) == ("succeeded", "kenji")
    await stage.harness.publish(pressed(fact, "kenji", "apa-3"))
    told = await settled(stage, id_, 3)
    assert [(one["outcome"], one["answer_id"], one["code"]) for one in told] == [
        ("refused", "apa-1", "own_approval"),
        ("approved", "apa-2", ""),
        ("refused", "apa-3", "not_waiting"),
    ]

"""What every ticket system promises, held against Jira's two kinds: a Cloud of ours, and the package jira820."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from services.comms.delivery.outcome import OutcomeKind
from services.comms.tickets.project import JiraIn, create_place
from services.comms.tickets.systems import connect_all, modules
from services.comms.tickets.systems.contract import Access, Draft, NotDone, Owner, Provider
from services.comms.tickets.ticket import content_of
from shared.events.actions import ActionState
from shared.events.communication import TicketState
from shared.outside.outbound import Outbound
from shared.testing.peers import jira, jira820
from shared.testing.plain_http import Reply
from tests.unit.comms.tickets.builders import NOW, make_action

pytestmark = pytest.mark.contract

NOW_REAL = datetime.now(UTC)


@dataclass(frozen=True)
class System:
    """A ticket system that runs: how it is reached, and what it holds."""

    access: Access
    fields: Callable[[str], dict[str, Any]]
    remove: Callable[[str], object]


@pytest.fixture(scope="module")
def data_center() -> Iterator[jira820.Jira820]:
    with jira820.Jira820() as server:
        yield server


@pytest.fixture(params=["cloud", "data center"])
def system(request: pytest.FixtureRequest, data_center: jira820.Jira820) -> Iterator[System]:
    if request.param == "data center":
        yield System(
            access(data_center.url, project_key=jira820.PROJECT, email="", api_version=2),
            data_center.issue,
            data_center.delete,
        )
        return
    with jira.JiraServer() as cloud:
        yield System(access(cloud.url), lambda key: cloud.issues[key].fields, cloud.issues.pop)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    outbound = Outbound(["127.0.0.0/8"])
    yield connect_all(outbound)["jira"]
    await outbound.close()


def access(url: str, **changes: Any) -> Access:
    members = {"base_url": url, "email": jira.EMAIL, "api_token": jira.TOKEN, "project_key": jira.PROJECT} | changes
    return Access(create_place(JiraIn(**members), "sealed", "sealed", NOW), jira.TOKEN)


def draft(action_id: str = "act_1", **changes: Any) -> Draft:
    action = make_action(id=action_id, **changes)
    return Draft(action_id, content_of(action), Owner("sara"), "https://tocsin.example.org/postmortems/pm_1", "o1")


async def refusal(provider: Provider, where: Access) -> NotDone:
    with pytest.raises(NotDone) as raised:
        await provider.create(where, draft(), NOW_REAL)
    return raised.value


def test_every_module_is_a_provider() -> None:
    assert [module.PROVIDER for module in modules()] == ["jira"]


async def test_a_ticket_is_made_with_what_the_action_says(provider: Provider, system: System) -> None:
    seen = await provider.create(system.access, draft(), NOW_REAL)
    fields = system.fields(seen.key)
    assert (seen.state, seen.url) == (TicketState.OPEN, f"{system.access.place.base_url}/browse/{seen.key}")
    assert fields["summary"] == "Rotate logs daily ログ"
    assert "فوری" in str(fields["description"])
    assert "tocsin" in fields["labels"]


async def test_a_ticket_is_found_by_its_action(provider: Provider, system: System) -> None:
    made_one = await provider.create(system.access, draft("act_found"), NOW_REAL)
    found = await provider.find(system.access, "act_found", NOW_REAL)
    assert found is not None
    assert found.key == made_one.key
    assert await provider.find(system.access, "act_nobodys", NOW_REAL) is None


async def test_a_ticket_says_what_it_was_edited_to(provider: Provider, system: System) -> None:
    seen = await provider.create(system.access, draft(), NOW_REAL)
    await provider.edit(system.access, seen.key, draft(title='Rotate "hourly" \\ ログ'), NOW_REAL)
    assert system.fields(seen.key)["summary"] == 'Rotate "hourly" \\ ログ'


@pytest.mark.parametrize("state", [ActionState.IN_PROGRESS, ActionState.DONE, ActionState.DROPPED])
async def test_a_ticket_goes_where_the_action_stands_and_back(
    provider: Provider, system: System, state: ActionState
) -> None:
    expected = TicketState.IN_PROGRESS if state is ActionState.IN_PROGRESS else TicketState.DONE
    seen = await provider.create(system.access, draft(), NOW_REAL)
    moved = await provider.move(system.access, seen.key, state, "o2", NOW_REAL)
    looked = await provider.look(system.access, [seen.key], NOW_REAL)
    assert (moved.state, looked[seen.key].state) == (expected, expected)
    await provider.move(system.access, seen.key, ActionState.OPEN, "o3", NOW_REAL)
    assert (await provider.look(system.access, [seen.key], NOW_REAL))[seen.key].state is TicketState.OPEN


async def test_tickets_are_looked_at_together_and_those_that_are_gone_are_missing(
    provider: Provider, system: System
) -> None:
    first, second = [await provider.create(system.access, draft(f"act_{n}"), NOW_REAL) for n in (1, 2)]
    system.remove(first.key)
    assert set(await provider.look(system.access, [first.key, second.key], NOW_REAL)) == {second.key}


async def test_editing_what_is_gone_says_so(provider: Provider, system: System) -> None:
    seen = await provider.create(system.access, draft(), NOW_REAL)
    system.remove(seen.key)
    with pytest.raises(NotDone) as raised:
        await provider.edit(system.access, seen.key, draft(title="other"), NOW_REAL)
    assert raised.value.missing


@pytest.mark.parametrize(
    "answer, kind, wait",
    [
        pytest.param(Reply(503, {}, b"down"), OutcomeKind.DOWN, None, id="5xx"),
        pytest.param(Reply(429, {"retry-after": "7"}), OutcomeKind.BUSY, 7.0, id="429 with Retry-After"),
        pytest.param(Reply(401, {}), OutcomeKind.BUSY, 300.0, id="a token that people must mend"),
        pytest.param(Reply(302, {"location": "https://evil.example"}), OutcomeKind.REFUSED, None, id="a redirect"),
        pytest.param(Reply(201, {}, b"\xff\xfe"), OutcomeKind.DOWN, None, id="an answer that is no JSON"),
        pytest.param(Reply(201, {}, b"[" * 100_000), OutcomeKind.DOWN, None, id="an answer that is a trap"),
        pytest.param(Reply(201, {}, b" " * 3_000_000), OutcomeKind.REFUSED, None, id="an answer without end"),
    ],
)
async def test_a_bad_answer_is_an_outcome(
    provider: Provider, answer: Reply, kind: OutcomeKind, wait: float | None
) -> None:
    with jira.JiraServer() as cloud:
        cloud.trouble += [answer]
        failure = await refusal(provider, access(cloud.url, user_map={"sara": "acc-sara"}))
    assert (failure.outcome.kind, failure.outcome.retry_after_seconds) == (kind, wait)


async def test_a_silent_system_is_down_in_time(provider: Provider) -> None:
    with jira.JiraServer() as cloud:
        cloud.trouble += [30.0]
        began = time.monotonic()
        failure = await refusal(provider, access(cloud.url, user_map={"sara": "acc-sara"}))
    assert failure.outcome.kind is OutcomeKind.DOWN
    assert time.monotonic() - began < 20


async def test_an_address_inside_the_house_is_refused_unless_it_is_allowed() -> None:
    guarded = Outbound()
    with jira.JiraServer() as cloud:
        failure = await refusal(connect_all(guarded)["jira"], access(cloud.url))
        assert cloud.calls == []
    await guarded.close()
    assert failure.outcome.kind is OutcomeKind.REFUSED

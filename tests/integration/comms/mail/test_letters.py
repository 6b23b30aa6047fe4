"""Letters on real parts: what happened becomes one mail to the right person, whatever fails on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.comms.app import build
from services.comms.delivery.delivery_state import DeliveryState, Reason
from services.comms.delivery.store import Filters
from services.comms.mail.message import Lane, LetterKind, PostedLetter, apply_move, take_up
from services.comms.mail.store.letters import LETTERS, Letters
from services.comms.people.store.erased import ErasedPeople
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.command import RoleAssigned
from shared.events.oncall import AuditFact, Finding
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.harness import Harness, eventually
from shared.testing.mail_sink import MailSink
from shared.vocabulary import Role
from tests.integration.counting import counted
from tests.integration.idle import idle, make_indexes
from tests.unit.comms.builders import NOON, make_letter, user_changed, user_erased

pytestmark = pytest.mark.integration

RESPONDER = Identity(key_id="responder", name="responder", role=Role.RESPONDER)


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


@pytest.fixture
async def letters(apart: Settings) -> AsyncIterator[Letters]:
    async with idle("comms", apart) as runtime:
        letters = Letters(runtime)
        await make_indexes(runtime)
        yield letters


def role_assigned(user_id: str = "sara", event_id: str = "event-1") -> Event:
    fact = RoleAssigned(
        incident_id="INC-20261121-0001",
        title="پرداخت کند است",
        role="commander",
        role_name="Commander",
        duties=["Lead the response"],
        user_id=user_id,
        by="kenji",
        at=datetime.now(UTC),
    )
    now = datetime.now(UTC)
    return make("role.assigned.v1", subject=fact.incident_id, sequence=1, time=now, data=fact, id=event_id)


def audit_made() -> Event:
    gap = Finding(kind="gap", sentence="A gap.", schedule_id="weekly", start=NOON, end=NOON + timedelta(hours=2))
    fact = AuditFact(
        team_id="payments",
        members=["sara", "kenji", "mina"],
        made_at=NOON,
        until=NOON + timedelta(days=30),
        findings=[gap],
    )
    return make("audit.made.v1", subject="payments", sequence=2, time=datetime.now(UTC), data=fact, id="audit-1")


async def shown(stage: Harness, runtime: Runtime, **filters: str) -> list[dict[str, object]]:
    answer = await stage.client(runtime).get("/deliveries", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def test_an_audit_reaches_everybody_of_the_team_by_mail_once_but_whoever_was_erased(
    stage: Harness, mails: MailSink
) -> None:
    runtime = await stage.start("comms", build)
    await stage.publish(user_changed("sara"), user_changed("kenji", locale="ja"), user_changed("mina"))
    await stage.publish(user_erased("mina"))
    await eventually(lambda: ErasedPeople(runtime).among(["mina"]))
    await stage.publish(audit_made(), audit_made())
    await eventually(lambda: mails.to("sara@example.org") and mails.to("kenji@example.org"))
    items = await eventually(lambda: shown(stage, runtime), until=lambda found: len(found) == 3)
    await eventually(
        lambda: shown(stage, runtime),
        until=lambda found: {one["state"] for one in found} == {"delivered", "cancelled"},
    )
    assert len(items) == 3
    (sara,), (kenji,) = mails.to("sara@example.org"), mails.to("kenji@example.org")
    assert "Nobody is on call by weekly" in sara.text()
    assert "担当者がいません" in kenji.text()
    assert mails.to("mina@example.org") == []


async def test_who_takes_over_a_role_is_told_once_with_the_duties(stage: Harness, mails: MailSink) -> None:
    runtime = await stage.start("comms", build)
    await stage.publish(user_changed("sara", locale="fa", name="سارا"), role_assigned(), role_assigned())
    await eventually(lambda: mails.to("sara@example.org"))
    await stage.publish(role_assigned(), role_assigned("sara", "event-2"))
    await eventually(lambda: len(mails.to("sara@example.org")) == 2)
    first = mails.to("sara@example.org")[0]
    assert "- Lead the response" in first.text()
    assert 'dir="rtl"' in first.html()
    items = await eventually(
        lambda: shown(stage, runtime, kind="notice"),
        until=lambda items: {item["state"] for item in items} == {"delivered"},
    )
    assert len(items) == 2
    assert first.message["Message-ID"] in {f"<{item['id']}@example.org>" for item in items}
    one = (await stage.client(runtime, RESPONDER).get(f"/deliveries/{items[0]['id']}")).json()
    assert (one["user_id"], one["address"], one["kind"]) == ("sara", "", "notice")


async def test_a_person_who_is_not_known_yet_is_waited_for(stage: Harness, mails: MailSink) -> None:
    runtime = await stage.start("comms", build)
    await stage.publish(role_assigned())
    await eventually(
        lambda: shown(stage, runtime), until=lambda items: [i["reason"] for i in items] == ["unknown_person"]
    )
    await stage.publish(user_changed())
    await eventually(lambda: mails.to("sara@example.org"))


async def test_an_erased_person_gets_no_letter_and_leaves_no_trace(stage: Harness, mails: MailSink) -> None:
    runtime = await stage.start("comms", build)
    mails.refuse("sara@example.org", "451 4.7.1 later")
    await stage.publish(user_changed("sara", name="Sara Ahmadi"), role_assigned())
    await eventually(
        lambda: shown(stage, runtime), until=lambda items: [i["reason"] for i in items] == ["destination_busy"]
    )
    await stage.publish(user_erased())
    await eventually(lambda: shown(stage, runtime), until=lambda items: [i["reason"] for i in items] == ["erased"])

    async def kept() -> str:
        return repr([await runtime.database.collection(name).find({}).to_list() for name in (LETTERS, "people")])

    await eventually(kept, until=lambda found: "Ahmadi" not in found and "sara@example.org" not in found)


async def test_a_refused_letter_fails_with_the_servers_words(stage: Harness, mails: MailSink) -> None:
    runtime = await stage.start("comms", build)
    mails.refuse("sara@example.org")
    await stage.publish(user_changed(), role_assigned())
    items = await eventually(lambda: shown(stage, runtime, state="failed"))
    assert (items[0]["reason"], "550" in str(items[0]["detail"])) == ("refused", True)


@pytest.mark.parametrize("state, reason", [("delivered", "handed_over"), ("failed", "refused")])
async def test_what_became_of_a_letter_is_counted(stage: Harness, mails: MailSink, state: str, reason: str) -> None:
    labels = {"kind": "notice", "state": state, "reason": reason}
    before = counted("tocsin_letters_total", **labels)
    runtime = await stage.start("comms", build)
    if state == "failed":
        mails.refuse("sara@example.org")
    await stage.publish(user_changed(), role_assigned())
    await eventually(lambda: shown(stage, runtime, state=state))
    await eventually(lambda: counted("tocsin_letters_total", **labels) == before + 1)


async def test_what_a_killed_process_held_is_sent_again_as_the_same_mail(letters: Letters) -> None:
    now = datetime.now(UTC)
    assert await letters.post([make_letter(), make_letter("let-2")]) == {"let-1", "let-2"}
    assert await letters.post([make_letter()]) == set()
    (one, other) = await letters.due(Lane.FIRST, now + timedelta(seconds=1), 10)
    move = take_up(one, now + timedelta(seconds=1))
    assert move is not None
    taken = [(one, apply_move(one, move, now))]
    assert await letters.settle(taken) == set()
    assert await letters.settle(taken) == {one.id}
    assert [found.id for found in await letters.due(Lane.FIRST, now + timedelta(seconds=2), 10)] == [other.id]
    later = now + timedelta(seconds=60)
    assert {found.id for found in await letters.due(Lane.FIRST, later, 10)} == {one.id, other.id}


async def test_lists_are_newest_first_and_narrowed(letters: Letters) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    written = [
        make_letter(f"let-{n}", requested_at=now - timedelta(minutes=n), incident_id="INC-1" if n % 2 else None)
        for n in range(5)
    ]
    await letters.post(written)

    def ids(found: list[PostedLetter]) -> list[str]:
        return [one.id for one in found]

    assert ids(await letters.page(Filters(), None, 10, None)) == ["let-0", "let-1", "let-2", "let-3", "let-4"]
    assert ids(await letters.page(Filters(incident_id="INC-1"), None, 10, None)) == ["let-1", "let-3"]
    assert ids(await letters.page(Filters(), LetterKind.SUBSCRIPTION, 10, None)) == []
    assert ids(await letters.page(Filters(state=DeliveryState.QUEUED), None, 2, (now, "let-0"))) == ["let-1", "let-2"]
    assert {one.reason for one in await letters.of_incident("INC-1", LetterKind.NOTICE, 10)} == {Reason.REQUESTED}

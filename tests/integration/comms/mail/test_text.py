"""Mail whose title, name or address somebody made up: it is mailed as written, or ends alone and at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.comms.app import build
from services.comms.delivery.delivery_state import DeliveryState
from services.comms.delivery.outcome import OutcomeKind
from shared.events.oncall import PageFact
from shared.testing.harness import Harness, eventually
from shared.testing.mail_sink import MailSink
from shared.vocabulary import Channel
from tests.integration.comms.paging.test_paging import deliveries_of, state_of
from tests.unit.comms.builders import make_page, page_requested, user_erased

pytestmark = pytest.mark.integration

INJECTION = (
    "=?utf-8?q?x=0D=0AReply-To:_evil@evil.example=0D=0AContent-Type:_text/plain=0D=0A=0D=0ASign_in:_http://evil/?="
)
HOSTILE = [INJECTION, "disk full =?utf-8?b?/w==?=", "支払い 支払い 支払い", "=?utf-8?q?hi?= there", "پایگاه داده"]


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
async def stage(harness: Harness, mails: MailSink) -> Harness:
    harness.settings = harness.settings.model_copy(update={"smtp_url": mails.url, "mail_from": "t@example.org"})
    return harness


def mail_page(page_id: str, address: str = "sara@example.org", **changes: object) -> PageFact:
    return make_page(page_id, channel=Channel.EMAIL, address=address, requested_at=datetime.now(UTC), **changes)


async def test_a_title_is_mailed_as_it_was_written_whatever_it_looks_like(stage: Harness, mails: MailSink) -> None:
    await stage.start("comms", build)
    pages = [mail_page(f"p{number}", title=title, name=title) for number, title in enumerate(HOSTILE)]
    await stage.publish(*(page_requested(page) for page in pages))
    await eventually(lambda: mails.to("sara@example.org"), until=lambda found: len(found) == len(HOSTILE))
    subjects = {mail.subject for mail in mails.to("sara@example.org")}
    assert {title for title in HOSTILE if any(title in one for one in subjects)} == set(HOSTILE)
    for mail in mails.to("sara@example.org"):
        assert mail.message["Reply-To"] is None
        assert mail.message.get_content_type() == "multipart/alternative"
        assert "/a/" in mail.text()


async def test_what_can_not_be_addressed_ends_alone_and_holds_nobody_back(stage: Harness, mails: MailSink) -> None:
    """More of them than it takes to open a circuit: the server is well, and the next mail goes out at once."""
    runtime = await stage.start("comms", build)
    odd = [mail_page(f"odd{number}", "a@[x") for number in range(8)]
    await stage.publish(*(page_requested(page) for page in odd))
    for page in odd:
        told = await stage.event("page.failed.v1", lambda event, page=page: event.subject == page.page_id)  # type: ignore[misc]
        assert told.data.permanent  # type: ignore[attr-defined]
    await stage.publish(page_requested(mail_page("well")))
    await stage.event("page.delivered.v1", seconds=10)
    assert await state_of(runtime, "well") is DeliveryState.DELIVERED or mails.to("sara@example.org")


async def test_an_international_domain_is_mailed_in_its_ascii_form(stage: Harness, mails: MailSink) -> None:
    await stage.start("comms", build)
    await stage.publish(page_requested(mail_page("p1", "nadia@bücher.example")))
    await stage.event("page.delivered.v1")
    (mail,) = mails.to("nadia@xn--bcher-kva.example")
    assert "nadia@xn--bcher-kva.example" in str(mail.message["To"])


async def test_the_servers_words_are_kept_without_the_address_and_forgotten_with_the_person(
    stage: Harness, mails: MailSink
) -> None:
    mails.refuse("sara@example.org", "550 5.1.1 <sara@example.org>: user SARA@example.org unknown here")
    runtime = await stage.start("comms", build)
    await stage.publish(page_requested(mail_page("p1")))
    await stage.event("page.failed.v1")

    async def stored() -> str:
        found = (await deliveries_of(runtime).by_ids(["p1"]))["p1"]
        return found.detail if found.state is DeliveryState.FAILED else ""

    detail = await eventually(stored)
    assert detail == "SMTP 550 5.1.1 <[address]>: user [address] unknown here"
    one = (await deliveries_of(runtime).by_ids(["p1"]))["p1"]
    assert [(attempt.result, attempt.detail) for attempt in one.history] == [(OutcomeKind.REFUSED, detail)]
    await stage.publish(user_erased("sara"))

    async def forgotten() -> bool:
        one = (await deliveries_of(runtime).by_ids(["p1"]))["p1"]
        return (one.page.user.name, one.page.method.address, one.detail, one.history) == ("", "", "", [])

    await eventually(forgotten)

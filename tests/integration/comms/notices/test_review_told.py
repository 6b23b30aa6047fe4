"""A review reaches who ordered it by mail, in their language, with its chart as a picture, each once."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest

from services.comms.app import build
from shared.events import make
from shared.events.analytics.reviews import ReviewChart, ReviewFact
from shared.testing.facts.reviews import review
from shared.testing.harness import Harness, eventually
from shared.testing.mail_sink import MailSink
from tests.unit.comms.builders import user_changed

pytestmark = pytest.mark.integration


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


def told(fact: ReviewFact) -> Any:
    return make("review.made.v1", subject=fact.id, sequence=1, time=fact.made_at, data=fact)


def pictures(message: Message) -> list[tuple[str, bytes]]:
    """(content id, bytes) of each."""
    parts = (one for one in message.walk() if one.get_content_type() == "image/png")
    return [(str(one["Content-ID"]), bytes(one.get_payload(decode=True))) for one in parts]


async def test_who_ordered_it_gets_it_once_with_its_chart(harness: Harness, mails: MailSink) -> None:
    harness.settings = harness.settings.model_copy(update={"smtp_url": mails.url, "mail_from": "t@example.org"})
    await harness.start("comms", build)
    await harness.publish(user_changed("sara"), user_changed("omid", locale="fa"))
    event = told(review().changed(people=["sara", "omid"]))
    await harness.publish(event, event)
    await eventually(lambda: mails.to("sara@example.org") and mails.to("omid@example.org"))
    await harness.publish(told(review().changed(id="weekly-2026-W49", chart=ReviewChart())))
    await eventually(lambda: len(mails.to("sara@example.org")) == 2)
    (omid,) = mails.to("omid@example.org")
    sara, bare = sorted(mails.to("sara@example.org"), key=lambda one: -len(pictures(one.message)))
    assert sara.message["Subject"] == "Weekly review"
    ((name, png),) = pictures(sara.message)
    assert (name, png[:8]) == ("<picture>", b"\x89PNG\r\n\x1a\n")
    assert 'src="cid:picture"' in sara.html()
    assert '<a href="https://tocsin.example.org/incidents/INC-1">Disk full</a>' in sara.html()
    assert "# Weekly review" not in sara.text()
    assert "بازبینی هفته" in omid.html()
    assert 'dir="rtl"' in omid.html()
    assert (pictures(bare.message), "cid:" in bare.html()) == ([], False)

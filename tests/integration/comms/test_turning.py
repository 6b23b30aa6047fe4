"""What takes comms long to write is written beside its event loop: pages and acknowledgements do not wait for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.comms.app import build
from services.comms.mail.markdown import MARKDOWN_LIMIT
from services.comms.mail.store.letters import Letters
from services.comms.mail.template import LetterForms
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.subscribers.mail import SubscriberMail
from services.comms.status_pages.subscribers.mailer import Mailing
from services.comms.status_pages.subscribers.store import Subscribers
from services.comms.status_pages.subscribers.subscriber import Subscriber
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.turning import watched_loop
from tests.unit.comms.builders import incident_told, make_incident

pytestmark = pytest.mark.integration

DEAREST = "![" * (MARKDOWN_LIMIT // 2)
"""Each bracket may be the beginning of a picture."""
NOTIFY = "/incidents/INC-20261121-0001/stakeholders/notify"


@pytest.fixture
async def comms(harness: Harness) -> Runtime:
    return await harness.start("comms", build)


@pytest.fixture
async def client(harness: Harness, comms: Runtime) -> httpx2.AsyncClient:
    return harness.client(comms)


async def done(client: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any]) -> Any:
    answer = await client.request(method, path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_template_is_tried_and_a_mail_is_written_beside_the_loop(
    harness: Harness, client: httpx2.AsyncClient
) -> None:
    await harness.publish(incident_told(make_incident(), 1))
    template = {"id": "dear", "name": "Dear", "subject": "s", "markdown": DEAREST}
    async with watched_loop() as watch:
        await done(client, "POST", "/templates", template)
        assert watch.share < 0.5
    async with watched_loop() as watch:
        await done(client, "PATCH", "/templates/dear", {"subject": "t"})
        assert watch.share < 0.5

    async def is_known() -> bool:
        return (await client.post(NOTIFY, json={"to": ["a@example.org"], "preview": True})).is_success

    await eventually(is_known)
    async with watched_loop() as watch:
        shown = await done(client, "POST", NOTIFY, {"template": "dear", "to": ["a@example.org"], "preview": True})
        assert watch.share < 0.5
    assert (shown["subject"], "![![" in shown["html"]) == ("t", True)


async def test_an_update_is_written_for_a_hundred_subscribers_beside_the_loop(
    harness: Harness, comms: Runtime, client: httpx2.AsyncClient
) -> None:
    await done(client, "POST", "/status-pages", {"slug": "acme", "name": "Acme", "components": []})
    pages, subscribers = StatusPages(comms), Subscribers(comms)
    await done(client, "POST", "/status-pages/updates", update_of("<&" * 5000))
    page = await pages.get("acme")
    assert page is not None
    (post,) = page.open
    mail = SubscriberMail(LetterForms(), "https://tocsin.example", "k" * 32)
    letters = Letters(comms)
    mailing = Mailing(subscribers, pages, letters, mail, comms.clock)
    early = datetime.now(UTC) - timedelta(days=1)
    readers = [
        Subscriber(id=f"s{n}", page=page.key, address=f"r{n}@example.org", asked_at=early, confirmed_at=early)
        for n in range(100)
    ]
    due = {"_id": post.updates[0].id, "post_id": post.id}
    async with watched_loop() as watch:
        written = await mailing._letters_of(page, due, readers)
        assert watch.share < 0.5
    assert len({letter.id for letter in written}) == 100


def update_of(message: str) -> dict[str, Any]:
    return {"page": "acme", "status": "investigating", "message": message, "components": []}

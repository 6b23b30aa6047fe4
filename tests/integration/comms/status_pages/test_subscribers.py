"""Subscribers on real parts: double opt-in, each update once, one press to leave."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest

from services.comms.app import build
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import PLAIN, Harness, eventually
from shared.testing.mail_sink import Mail, MailSink
from shared.vocabulary import Role

pytestmark = pytest.mark.integration

SARA = "sara@example.org"
MANAGER = Identity(key_id="manager", name="manager", role=Role.MANAGER)


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


class Desk:
    def __init__(self, harness: Harness, runtime: Runtime, mails: MailSink) -> None:
        self.harness = harness
        self.runtime = runtime
        self.mails = mails
        self.api = harness.client(runtime)
        self.public = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{runtime.port}", timeout=30, trust_env=False, verify=PLAIN
        )

    async def mail_to(self, address: str, number: int = 1) -> Mail:
        found = await eventually(lambda: self.mails.to(address), until=lambda got: len(got) >= number, seconds=20)
        return found[number - 1]

    async def update(self, message: str, status: str = "investigating") -> None:
        body = {"page": "acme", "status": status, "message": message, "components": []}
        answer = await self.api.post("/status-pages/updates", json=body)
        assert answer.status_code == 201, answer.text

    async def subscribed(self, address: str) -> Mail:
        assert (await self.public.post("/status/acme/subscribers", data={"email": address})).status_code == 200
        mail = await self.mail_to(address)
        assert (await self.public.post(_path(mail, "confirm"))).status_code == 200
        return mail


@pytest.fixture
async def desk(harness: Harness, mails: MailSink) -> Desk:
    harness.settings = harness.settings.model_copy(update={"smtp_url": mails.url, "mail_from": "status@example.org"})
    one = Desk(harness, await harness.start("comms", build), mails)
    page = {"slug": "acme", "name": "Acme", "components": [{"id": "api", "name": "API"}]}
    assert (await one.api.post("/status-pages", json=page)).status_code == 201
    return one


def _path(mail: Mail, wish: str) -> str:
    found = re.search(rf"/status/acme/{wish}/[\w.-]+", mail.text())
    assert found is not None, mail.text()
    return found[0]


async def test_somebody_subscribes_hears_each_update_once_and_leaves_with_one_press(desk: Desk) -> None:
    asking = await desk.public.post("/status/acme/subscribers", data={"email": " Sara@Example.org "})
    assert (asking.status_code, SARA in asking.text) == (200, False)
    link = _path(await desk.mail_to(SARA), "confirm")
    await desk.update("before the confirmation")
    shown = await desk.public.get(link)
    assert "<form" in shown.text
    assert (await desk.api.get("/status-pages/acme/subscribers")).json()["items"] == []
    assert (await desk.public.post(link)).status_code == 200
    await desk.update("the database is slow", "identified")
    mail = await desk.mail_to(SARA, 2)
    assert "the database is slow" in mail.text()
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = str(mail.message["List-Unsubscribe"]).strip("<>")
    path = leave[leave.index("/status/") :]
    assert "<form" in (await desk.public.get(path)).text
    assert (await desk.public.post(path, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    await desk.subscribed("kenji@example.org")
    await desk.update("it works again", "resolved")
    await desk.mail_to("kenji@example.org", 2)
    assert len(desk.mails.to(SARA)) == 2
    assert SARA not in "".join(event.encode().decode() for event in desk.harness.events)


async def test_the_answer_never_says_whether_an_address_is_known(desk: Desk) -> None:
    await desk.subscribed(SARA)
    known = await desk.public.post("/status/acme/subscribers", data={"email": SARA})
    other = await desk.public.post("/status/acme/subscribers", json={"email": "nobody@example.org"})
    assert (known.status_code, known.text) == (other.status_code, other.text)
    keyed = await desk.api.post("/status-pages/acme/subscribers", json={"email": SARA})
    assert keyed.status_code == 202
    await desk.mail_to("nobody@example.org")
    assert len(desk.mails.to(SARA)) == 1


async def test_a_manager_sees_who_is_subscribed_without_their_whole_address_and_can_remove_them(desk: Desk) -> None:
    await desk.subscribed(SARA)
    manager = desk.harness.client(desk.runtime, MANAGER)
    (one,) = (await manager.get("/status-pages/acme/subscribers")).json()["items"]
    assert one["email"] == "s…@example.org"
    assert (await desk.api.get("/status-pages/acme/subscribers")).json()["items"][0]["email"] == SARA
    assert (await manager.delete(f"/status-pages/acme/subscribers/{one['id']}")).status_code == 204
    assert (await manager.delete(f"/status-pages/acme/subscribers/{one['id']}")).status_code == 404


async def test_what_can_not_be_is_refused_in_words(desk: Desk) -> None:
    assert (await desk.public.post("/status/acme/subscribers", data={"email": "sara"})).status_code == 422
    assert (await desk.public.post("/status/acme/subscribers", content=b"\xff")).status_code == 400
    assert (await desk.public.post("/status/none/subscribers", data={"email": SARA})).status_code == 404
    assert (await desk.public.post("/status/acme/confirm/forged.token")).status_code == 404
    refused = await desk.api.post("/status-pages/acme/subscribers", json={"email": "sara"})
    assert refused.json()["errors"][0]["pointer"] == "/email"
    tries = [await desk.public.post("/status/acme/subscribers", data={"email": f"a{n}@b.org"}) for n in range(12)]
    assert tries[-1].status_code == 429

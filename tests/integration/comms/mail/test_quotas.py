"""A key may have so many strangers mailed a day and no more, by updates and invitations together."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.comms.app import build
from services.comms.mail.store.quotas import MailQuotas
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import Harness
from shared.vocabulary import Role
from tests.unit.comms.builders import incident_told, make_incident

pytestmark = pytest.mark.integration

NOTIFY = "/incidents/INC-20261121-0001/stakeholders/notify"
SUBSCRIBERS = "/status-pages/acme/subscribers"
LIMIT = 5


@pytest.fixture
async def comms(harness: Harness) -> Runtime:
    harness.settings = harness.settings.model_copy(update={"strangers_per_day": LIMIT})
    runtime = await harness.start("comms", build)
    await harness.publish(incident_told(make_incident(), 1))
    admin = harness.client(runtime)
    await admin.post("/status-pages", json={"slug": "acme", "name": "Acme"})
    members = [f"m{number}@example.org" for number in range(20)]
    await admin.post("/stakeholder-groups", json={"id": "board", "name": "Board", "members": members})
    return runtime


def of_key(harness: Harness, runtime: Runtime, key_id: str) -> httpx2.AsyncClient:
    return harness.client(runtime, Identity(key_id=key_id, name=key_id, role=Role.RESPONDER))


async def test_updates_and_invitations_of_one_key_have_one_limit_a_day(harness: Harness, comms: Runtime) -> None:
    one, other = of_key(harness, comms, "one"), of_key(harness, comms, "other")

    async def notify(api: httpx2.AsyncClient, *to: str, **more: Any) -> httpx2.Response:
        return await api.post(NOTIFY, json={"to": list(to), **more})

    three = [f"s{number}@example.org" for number in range(3)]
    assert (await notify(one, *three)).status_code == 202
    assert (await one.post(SUBSCRIBERS, json={"email": "new@example.org"})).status_code == 202
    refused = await notify(one, *three)
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (429, "daily_mail_limit", LIMIT)
    assert 1 <= int(refused.headers["retry-after"]) <= 86_400
    # nothing of what was refused was counted, previews and groups never are
    assert (await notify(one, *three, preview=True)).status_code == 200
    assert (await notify(one, "board")).status_code == 202
    assert (await notify(one, "nobody@", "x@example.org")).status_code == 422
    assert (await one.post(SUBSCRIBERS, json={"email": "last@example.org"})).status_code == 202
    assert (await one.post(SUBSCRIBERS, json={"email": "more@example.org"})).status_code == 429
    assert (await notify(other, *three)).status_code == 202
    told = (await one.get(NOTIFY.removesuffix("/notify"))).json()["items"]
    assert [len(update["deliveries"]) for update in told] == [3, 20, 3]


async def test_what_is_asked_at_once_is_counted_whole(harness: Harness, comms: Runtime) -> None:
    now = datetime.now(UTC)
    quotas = MailQuotas(comms)
    taken = await asyncio.gather(*(quotas.take("k", 1, now) for _ in range(12)))
    assert sum(taken) <= LIMIT
    while await quotas.take("k", 1, now):
        taken.append(True)
    assert sum(taken) == LIMIT
    assert not await quotas.take("k2", LIMIT + 1, now)
    assert await quotas.take("k", LIMIT, now + timedelta(days=1))

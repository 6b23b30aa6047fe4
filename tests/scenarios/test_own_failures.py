"""What Tocsin can't handle on the way to a page does not end in silence: somebody is told of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx2

from deploy.local import record
from deploy.local.stack import Stack
from shared.bus.link import Link
from shared.bus.publisher import Publisher
from shared.process.outliving import end_tasks
from shared.settings import Settings
from shared.testing.harness import eventually
from shared.testing.mail_sink import MailSink

ADMIN = "chief@example.org"


async def give_up_a_page(stack: Stack, service: str) -> None:
    """Put a page that nobody can read into the queue of those who hand pages over."""
    known = record.read(stack.run_dir)
    assert known is not None
    settings = Settings(amqp_url=known.environ["TOCSIN_AMQP_URL"])
    link = Link(settings, "test")
    running = asyncio.create_task(link.run())
    publisher = Publisher(link, settings)
    await publisher.ready(15)
    body = {"type": "page.requested.v1", "data": {"incident": {"service_id": service}}}
    await publisher.to_queue("comms.pages", json.dumps(body).encode())
    await end_tasks([running])
    await link.close()


async def test_the_admins_are_mailed_when_a_page_is_given_up_once_an_hour(tmp_path: Path, mail: MailSink) -> None:
    with Stack(tmp_path / "run", env={"TOCSIN_SMTP_URL": mail.url}) as stack:
        key = {"authorization": f"Bearer {stack.admin_key}"}
        async with httpx2.AsyncClient(base_url=stack.url, headers=key, timeout=20, trust_env=False) as api:
            chief = {"id": "chief", "name": "Chief", "email": ADMIN, "role": "admin"}
            (await api.post("/users", json=chief)).raise_for_status()
            for service in ("tocsin", "payments", "payments"):
                await give_up_a_page(stack, service)
            (letter, *others) = await eventually(lambda: mail.to(ADMIN), seconds=20)
            assert "comms.pages" in letter.subject
            assert others == []

            async def incidents() -> list[dict[str, str]]:
                found: list[dict[str, str]] = (await api.get("/incidents")).json()["items"]
                return found

            (incident,) = await eventually(incidents)
            assert (incident["service_id"], incident["severity"]) == ("tocsin", "critical")
            said = (await api.get(f"/incidents/{incident['id']}")).json()["description"]
            for word in ("comms.pages", "page.requested.v1", "make dead-letters"):
                assert word in said
            await asyncio.sleep(1)
            assert len(await incidents()) == 1
            assert len(mail.to(ADMIN)) == 1

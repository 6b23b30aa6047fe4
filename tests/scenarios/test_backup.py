"""A backup of the embedded database, made and brought back as docs/operations.md says: all is there, paging goes on.

The broker is not in it, so this is also what a lost broker costs.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from deploy.local.stack import Stack
from shared.testing.mail_sink import MailSink
from shared.testing.webhook_sink import WebhookSink
from tests.scenarios.world import World, world_of

KEPT = ["admin.key", "secret.key", "database"]
"""What `docs/operations.md` has copied out of the run directory, with everything stopped."""


async def told_of(world: World, services: Sequence[str]) -> dict[str, Any]:
    """What a person can look up: everything but the time that goes on by itself."""
    incidents = [one for service in services for one in await world.incidents(service)]
    return {
        "incidents": {one["id"]: (one["title"], one["status"], one["severity"]) for one in incidents},
        "timelines": {
            one["id"]: [line["text"] for line in (await world.get(f"/incidents/{one['id']}/timeline"))["items"]]
            for one in incidents
        },
        "alerts": {service: {one["id"] for one in await world.alerts(service=service)} for service in services},
        "users": [one["id"] for one in (await world.get("/users"))["items"]],
        "policies": [one["id"] for one in (await world.get("/escalation-policies"))["items"]],
        "keys": [one["id"] for one in (await world.get("/integrations"))["items"]],
    }


def brought_elsewhere(folder: Path) -> Path:
    """What is kept of `run` in this folder, packed and unpacked elsewhere."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    packed = str(folder / "tocsin-backup.tgz")
    subprocess.run(["tar", "-C", str(folder / "run"), "-czf", packed, *KEPT], check=True)
    subprocess.run(["tar", "-C", str(elsewhere), "-xzf", packed], check=True)
    return elsewhere


def test_the_operators_page_says_what_is_tried_here() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"tar -C .run -czf tocsin-backup.tgz {' '.join(KEPT)}\n" in page


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_backup_brought_back_elsewhere_holds_everything_and_goes_on_paging(
    tmp_path: Path, mail: MailSink, hooks: WebhookSink
) -> None:
    env = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8", "TOCSIN_SMTP_URL": mail.url}
    with Stack(tmp_path / "run", env=env) as first:
        async with world_of(first, mail, hooks) as world:
            engineer, manager = await world.engineer("sara"), await world.engineer("mona")
            policy = await world.policy((engineer, 20), (manager, 300))
            # nobody answers the second one: its next step comes due after all was stopped
            answered, open_one = await world.service(policy, "payments"), await world.service(policy, "search")
            integration = await world.integration()
            for service in (answered, open_one):
                await world.fire(service, service)
            incident = await world.incident(answered)
            await engineer.paged(2)
            await world.post(f"/incidents/{incident['id']}/ack")
            await world.until_told(incident["id"], "acknowledged")
            before = await told_of(world, [answered, open_one])
    assert len(before["incidents"]) == 2
    assert manager.posts() == [], "the second step came due too early for this test to say anything"

    with Stack(brought_elsewhere(tmp_path), first.settings.http_port, env=env) as second:
        assert second.admin_key == (tmp_path / "run" / "admin.key").read_text().strip()
        async with world_of(second, mail, hooks) as world_again:
            world_again.suffix = world.suffix
            page = await manager.paged(seconds=40)
            assert page.json()["step"] == 2

            after = await told_of(world_again, [answered, open_one])
            for part in ("incidents", "alerts", "users", "policies", "keys"):
                assert after[part] == before[part], part
            for incident_id, lines in before["timelines"].items():
                # what was on its way when all was stopped comes in at its own time, which may be between them
                assert [line for line in after["timelines"][incident_id] if line in lines] == lines

            # the engineers' integrations and alerts are the same ones as before
            answer = await world_again.api.post(
                "/incidents/webhook",
                json=world_again.alert(answered, answered, status="resolved"),
                headers={"authorization": f"Bearer {integration['key']}"},
            )
            assert answer.status_code == 202
            await world_again.resolve(open_one, open_one)
            (still_open,) = [one["id"] for one in await world_again.incidents(open_one)]
            await world_again.becomes(still_open, "resolved")

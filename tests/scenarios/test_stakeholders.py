"""The commander sends management an e-mail from a ready template with the latest state."""

from __future__ import annotations

from shared.testing.harness import eventually
from tests.scenarios.world import World


async def test_a_commander_sends_management_the_latest_state_by_mail(world: World) -> None:
    address = f"ceo@{world.suffix}.example.org"
    group = await world.post("/stakeholder-groups", {"name": world.named("management"), "members": [address]})
    incident = await world.post("/incidents", {"title": "Payments are slow", "severity": "critical"})
    path = f"/incidents/{incident['id']}/stakeholders"
    shown = await world.post(f"{path}/notify", {"template": "default", "to": [group["name"]], "preview": True})
    assert "Payments are slow" in shown["subject"]
    asked = {"template": "default", "to": [group["name"]], "message": "We are on it"}
    sent = await world.post(f"{path}/notify", asked, expect=202)
    mail = (await eventually(lambda: world.mail.to(address)))[0]
    assert (mail.subject, "We are on it" in mail.text()) == (shown["subject"], True)
    await world.post(f"{path}/notify", asked, expect=202)
    both = await eventually(lambda: world.mail.to(address), until=lambda mails: len(mails) == 2)
    assert len({one.message["References"] for one in both}) == 1
    ledger = (await world.get(path))["items"]
    assert [one["id"] for one in ledger[-1]["deliveries"]] == sent["delivery_ids"]

    async def lines() -> list[str]:
        return [line["kind"] for line in (await world.get(f"/incidents/{incident['id']}/timeline"))["items"]]

    await eventually(lines, until=lambda kinds: kinds.count("stakeholders") == 2)

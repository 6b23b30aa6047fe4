"""A disk fills up at night: the clean-up starts by itself on the machine that is in trouble, and nobody is woken."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from deploy.local.debian import install_packages
from shared.testing.harness import eventually
from shared.testing.peers import sshd as peer
from shared.testing.peers.sshd import Sshd
from shared.text.yaml_reader import read_yaml
from shared.text.yaml_writer import write_yaml
from tests.scenarios.world import Person, World

EXAMPLES = files("services.automation.runbooks").joinpath("examples")
OLD = 30 * 86_400
FILES, KILOBYTES = 8, 256


@pytest.fixture(scope="session")
def real_sshd() -> None:
    """The package is there, or a clear message says how to get it."""
    if not Path(peer.PROGRAM).exists():
        install_packages([peer.PACKAGE], why="There is no sshd here", daemon="ssh")


@pytest.fixture
def machine(real_sshd: None, tmp_path: Path) -> Iterator[Sshd]:
    """The machine db-1, on which `systemctl` is one of the test's own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "systemctl"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n[ "$1" != restart ] || [ "$2" != broken ]\n')
    fake.chmod(0o755)
    with Sshd(SetEnv=f"PATH={programs}:/usr/local/bin:/usr/bin:/bin") as server:
        yield server


@dataclass(frozen=True, slots=True)
class Night:
    """A team whose service runs on db-1, and whoever would be woken."""

    world: World
    sleeper: Person
    service: str
    runbook: str

    def alert(self, key: str = "disk", **fields: Any) -> dict[str, Any]:
        labels = {"alertname": "DiskFull", "host": self.world.named("db-1")}
        body = {"title": "disk full", "category": "failure", "labels": labels}
        return self.world.alert(self.service, key, **body | fields)

    async def tell(self, key: str = "disk", **fields: Any) -> None:
        await self.world.post("/incidents/webhook", self.alert(key, **fields), expect=202)

    async def executions(self, incident: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.world.get("/executions", incident_id=incident))["items"]
        return found

    async def ended(self, incident: str, *, seconds: float = 20) -> dict[str, Any]:
        """The run for an incident once it is over."""

        def is_over(found: list[dict[str, Any]]) -> bool:
            return bool(found) and found[0]["state"] not in ("running", "waiting")

        listed = await eventually(lambda: self.executions(incident), seconds=seconds, until=is_over)
        one: dict[str, Any] = await self.world.get(f"/executions/{listed[0]['id']}")
        return one

    async def timeline(self, incident: str) -> list[str]:
        return [one["text"] for one in (await self.world.get(f"/incidents/{incident}/timeline"))["items"]]

    async def explain(self, incident: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.world.get(f"/incidents/{incident}/explain")
        return found

    async def incidents(self, count: int) -> list[dict[str, Any]]:
        """The service's incidents, newest first, once there are so many."""
        return await eventually(
            lambda: self.world.incidents(self.service), until=lambda found: len(found) == count, seconds=20
        )


async def a_night(world: World, machine: Sshd, example: str, **defaults: object) -> Night:
    """Register the machine, and the example with these defaults and its triggers for this test's service alone."""
    sleeper = await world.engineer("sara")
    team = world.named("team")
    await world.post("/teams", {"id": team, "name": team, "members": [sleeper.id]})
    service = await world.service(await world.policy((sleeper, 300)), team=team)
    target = {
        "name": "db-1",
        "host": "127.0.0.1",
        "port": machine.port,
        "user": machine.user,
        "host_key": machine.host_key,
        "private_key": machine.private_key,
        "match": {"labels": {"host": world.named("db-1")}},
        "team": team,
    }
    await world.post("/runbook-targets", target)
    body = read_yaml(EXAMPLES.joinpath(f"{example}.yaml").read_bytes())
    for parameter in body["parameters"]:
        parameter["default"] = defaults.get(parameter["name"], parameter["default"])
    body |= {"team": team, "triggers": [{**one, "service_id": service} for one in body["triggers"]]}
    runbook = world.named(example)
    answer = await world.api.put(
        f"/runbooks/{runbook}.yaml",
        content=write_yaml(body),
        headers={"content-type": "application/yaml"},
    )
    assert answer.status_code == 201, answer.text
    return Night(world, sleeper, service, runbook)


def a_full_folder(at: Path, age: int = OLD) -> Path:
    """A folder of files that are so many seconds old."""
    folder = at / "logs"
    folder.mkdir()
    for number in range(FILES):
        file = folder / f"payments.log.{number}"
        file.write_bytes(os.urandom(KILOBYTES * 1024))
        os.utime(file, (time.time() - age,) * 2)
    (folder / "payments.log").write_text("today\n")
    return folder


async def test_the_disk_is_cleaned_by_itself_nobody_is_paged_and_a_repeat_pages_at_once(
    world: World, machine: Sshd, tmp_path: Path
) -> None:
    folder = a_full_folder(tmp_path)
    night = await a_night(world, machine, "disk-full", path=str(folder))
    await night.tell()
    incident = (await world.incident(night.service))["id"]
    run = await night.ended(incident)
    assert (run["state"], run["is_triggered"]) == ("succeeded", True), run
    assert sorted(one.name for one in folder.iterdir()) == ["payments.log"], "the files are gone, today's is not"
    waits = await night.explain(incident)
    assert waits["summary"].startswith("Nobody is paged yet. The first page waits for the runbook “Disk full”")

    # the monitoring sees that there is room again
    await night.tell(status="resolved")
    await world.becomes(incident, "resolved")
    explained = await eventually(lambda: night.explain(incident), until=lambda told: told["state"] == "ended")
    assert explained["summary"] == (
        "Nobody was paged. It was over while the first page waited for the runbook “Disk full”."
    )
    hold = explained["hold"]
    assert hold["ended_by"] == "resolved"
    assert hold["runbooks"][0]["criteria"] == [f"service_id={night.service}", "labels.alertname=DiskFull"]
    assert hold["runbooks"][0]["succeeded_at"] is not None
    assert explained["next_step_at"] is None
    assert await world.pages(incident) == []
    said = "\n".join(await night.timeline(incident))
    assert "pages wait for the runbook “Disk full”" in said
    assert f"Removed {FILES} files older than 7 days below {folder}: freed {FILES * KILOBYTES} kB." in said
    assert "The runbook “Disk full” ended well." in said

    # it is full again within the quiet time
    await night.tell("disk-again")
    again = (await night.incidents(2))[0]["id"]
    refused = await night.ended(again)
    assert (refused["state"], refused["reason"]) == ("cancelled", "quiet_time")
    page = await night.sleeper.paged()
    assert page.json()["incident"]["id"] == again
    assert page.json()["runbook"]["reason"] == "quiet_time"
    assert (await night.explain(again))["hold"]["ended_by"] == "runbook_not_begun"
    assert len(night.sleeper.posts()) == 1


async def test_a_clean_up_that_frees_nothing_pages_at_once_with_the_end_of_its_output(
    world: World, machine: Sshd, tmp_path: Path
) -> None:
    folder = a_full_folder(tmp_path, age=60)
    night = await a_night(world, machine, "disk-full", path=str(folder))
    await night.tell()
    mail = await night.sleeper.mailed(seconds=20)
    text = mail.text()
    assert "the runbook “Disk full” was to put it right, and failed." in text
    assert "Step 1: Remove old files (exit code 1)" in text
    assert f"No file below {folder} is older than 7 days: nothing was freed." in text.replace("\r\n", "\n")
    incident = (await world.incident(night.service))["id"]
    assert (await night.explain(incident))["hold"]["ended_by"] == "runbook_failed"
    assert len(list(folder.iterdir())) == FILES + 1


async def test_the_recovery_command_of_the_guide_restarts_the_workers(
    world: World, machine: Sshd, tmp_path: Path
) -> None:
    night = await a_night(world, machine, "restart-service", settle_seconds=0)
    title = {"title": "ワーカー全停止", "description": "全ワーカーが応答なし"}
    await night.tell("workers", **title)
    incident = (await world.incident(night.service))["id"]
    run = await night.ended(incident)
    assert run["state"] == "succeeded", run
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["restart ai-company-workers", "is-active --quiet ai-company-workers"]
    await night.tell("workers", status="resolved", **title)
    await world.becomes(incident, "resolved")
    assert await world.pages(incident) == []
    assert "ai-company-workers was restarted and is up." in "\n".join(await night.timeline(incident))


async def test_a_service_that_does_not_come_up_pages_with_what_it_says(
    world: World, machine: Sshd, tmp_path: Path
) -> None:
    night = await a_night(world, machine, "restart-service", unit="broken")
    await night.tell("workers", title="ワーカー全停止")
    mail = await night.sleeper.mailed(seconds=20)
    assert "broken is not up." in mail.text()

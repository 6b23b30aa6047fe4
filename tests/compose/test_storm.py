"""A storm of alerts and of large bodies: every container stays within its memory, and what it says does not pile up."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx2

from shared.testing.harness import eventually
from shared.testing.webhook_sink import WebhookSink
from tests.chaos.scene import Scene
from tests.compose.memory import memory_of
from tests.compose.project import Project

REQUESTS, ALERTS_EACH, AT_ONCE = 100, 100, 20
LARGE_BODIES = 6
PAGED_SECONDS = 10.0
"""How late another service's first page may be meanwhile; two seconds where nothing else runs (`make bench`)."""
LOGGED_BYTES = 60_000_000
KEPT_BYTES = 21_000_000


async def post(client: httpx2.AsyncClient, body: bytes) -> int:
    """Its status once it was no 503: as monitoring does."""
    while True:
        answer = await client.post("/incidents/webhook", content=body, headers={"content-type": "application/json"})
        if answer.status_code != 503:
            return answer.status_code
        await asyncio.sleep(1)


def some_alerts(number: int) -> bytes:
    """Nine of ten are repeats of what came before."""
    keys = (f"storm-{number * 10 + index // 10}" for index in range(ALERTS_EACH))
    shape = '{"title":"it storms","severity":"critical","service":"service-00","dedup_key":"%s"}'
    return f"[{','.join(shape % key for key in keys)}]".encode()


async def test_in_a_storm_nobody_needs_more_memory_than_the_limit(
    project: Project, hooks: WebhookSink, figures: list[str]
) -> None:
    scene = Scene(project, hooks, services=2)
    await scene.set_up()
    headers = {"authorization": f"Bearer {project.admin_key}"}
    limits = httpx2.Limits(max_connections=AT_ONCE)
    async with httpx2.AsyncClient(
        base_url=project.url, headers=headers, timeout=60, trust_env=False, limits=limits
    ) as client:
        large = b"[" + b"{}," * 3_300_000 + b"{}]"
        storm = [asyncio.create_task(post(client, some_alerts(number))) for number in range(REQUESTS)]
        storm += [asyncio.create_task(post(client, large)) for _ in range(LARGE_BODIES)]
        await asyncio.sleep(1)
        began = time.monotonic()
        other = b'{"title":"and this","severity":"critical","service":"service-01","dedup_key":"other"}'
        assert await post(client, other) == 202
        accepted = await asyncio.gather(*storm)
        assert accepted[:REQUESTS] == [202] * REQUESTS
        assert set(accepted[REQUESTS:]) <= {400, 413, 422}, accepted[REQUESTS:]

        def paged() -> bool:
            return any(one.json()["incident"]["service_id"] == "service-01" for one in hooks.to("engineer"))

        await eventually(paged, seconds=60)
        first = next(one.at for one in hooks.to("engineer") if one.json()["incident"]["service_id"] == "service-01")
        late = first - (time.time() - (time.monotonic() - began))

        assert (await client.get("/readyz")).status_code == 200
    await scene.close()
    assert late < PAGED_SECONDS
    memory = {name: memory_of(project.pid(name)) for name in project.stays}
    most = ", ".join(f"{name} {one.peak >> 20} of {one.limit >> 20} MB" for name, one in memory.items())
    figures.append(f"{REQUESTS * ALERTS_EACH} alerts and {LARGE_BODIES} bodies of 10 MB: other page after {late:.1f} s")
    figures.append(f"most memory in that storm: {most}")
    states = {name: project.state(name) for name in project.stays}
    assert [name for name, one in states.items() if one["State"]["OOMKilled"] or one["RestartCount"]] == []


def test_what_a_service_says_takes_no_more_room_than_allowed(project: Project) -> None:
    container = project.container("automation")
    shout = (
        f"yes 'this line is one of very many' | head -c {LOGGED_BYTES} >/proc/1/fd/1; echo the last one >/proc/1/fd/1"
    )
    project.podman.run("exec", container, "sh", "-c", shout)
    path = Path(project.state("automation")["HostConfig"]["LogConfig"]["Path"])
    kept = sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
    assert 0 < kept < KEPT_BYTES
    assert "the last one" in project.podman.run("logs", "--tail", "100", container)

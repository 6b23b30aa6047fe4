"""`kill -9` of whoever stores a history, and of who sends it: nothing of it is lost, doubled or kept from others."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

import httpx2
from pymongo import AsyncMongoClient

from deploy.local import record
from deploy.local.stack import Stack
from incident_manager.history.sending import ROWS_A_CALL
from services.incident.history.store.announcements import PATIENCE
from shared.testing.harness import PLAIN, eventually

ROWS = 1_500
TOLD_SECONDS = 60


async def test_a_history_is_whole_after_its_store_and_its_sender_were_killed(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    rows = [{"title": f"n{n}", "created_at": f"2023-01-{1 + n % 28:02}T00:00:00Z"} for n in range(ROWS)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    clock = tmp_path / "clock"
    with Stack(tmp_path / "run", env={"TOCSIN_ENV": "test", "TOCSIN_TEST_CLOCK": str(clock)}) as stack:
        env = {"TOCSIN_URL": stack.url, "TOCSIN_API_KEY": stack.admin_key, "HOME": str(tmp_path)}

        async def begin() -> asyncio.subprocess.Process:
            words = (sys.executable, "-m", "incident_manager", "import", str(file), "--json")
            return await asyncio.create_subprocess_exec(*words, env=env, stdout=asyncio.subprocess.PIPE)

        started = record.read(stack.run_dir)
        assert started is not None
        async with AsyncMongoClient[dict[str, object]](started.environ["TOCSIN_MONGO_URL"]) as databases:
            stored, *copies = (databases[f"tocsin_{name}"].incidents for name in ("incident", "comms", "analytics"))

            async def goes_on() -> None:
                before = await stored.count_documents({})
                await eventually(lambda: stored.count_documents({}), seconds=60, until=lambda now: now > before)

            cut = await begin()
            # it is patient once a call was answered
            await eventually(lambda: stored.count_documents({}), seconds=60, until=lambda count: count > ROWS_A_CALL)
            for _ in range(2):
                await goes_on()
                await asyncio.to_thread(stack.kill, "incident")
            await goes_on()
            assert cut.returncode is None, "the sender waits while its history's store is away"
            cut.kill()
            await cut.wait()
            again = await begin()
            told = json.loads((await again.communicate())[0])
            assert (told["read"], told["imported"] + told["already_there"], told["rejected"]) == (ROWS, ROWS, [])
            # what a killed process had not told yet is somebody's who waits for its patience to end
            clock.write_text(str(PATIENCE.total_seconds()))
            for copy in copies:
                await eventually(
                    lambda copy=copy: copy.count_documents({}),  # type: ignore[misc] # a default of a lambda
                    seconds=TOLD_SECONDS,
                    until=lambda count: count == ROWS,
                )
        headers = {"authorization": f"Bearer {stack.admin_key}", "accept": "application/x-ndjson"}
        async with httpx2.AsyncClient(base_url=stack.url, headers=headers, timeout=60, verify=PLAIN) as client:
            lines = (await client.get("/history/export")).text.splitlines()
    titles = Counter(json.loads(line)["title"] for line in lines)
    assert (len(titles), max(titles.values())) == (ROWS, 1)

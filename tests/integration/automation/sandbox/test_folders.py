"""Folders that a script may write in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.automation.sandbox.sandbox import Sandbox
from services.automation.scripts.job import ScriptOutcome
from tests.integration.automation.script_runs import make_job, run

pytestmark = pytest.mark.integration


async def test_a_folder_that_is_listed_and_named_is_written_in(sandbox: Sandbox, folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below").chmod(0o777)
    below = str(folder / "below")
    end, text = await run(sandbox, make_job(f"echo x > {below}/made && echo ok", writable_paths=(below,)))
    assert (text, end.exit_code) == ("ok\n", 0)
    assert (folder / "below" / "made").read_text() == "x\n"


async def test_a_folder_that_the_step_does_not_name_is_not_there(sandbox: Sandbox, folder: Path) -> None:
    _, text = await run(sandbox, make_job(f"[ -e {folder} ] || echo none"))
    assert text == "none\n"


@pytest.mark.parametrize("path", ["/etc", "/", "{}/../..", "{}x", "relative", "{}/missing", "{}/file"])
async def test_a_folder_that_is_not_listed_is_refused_and_nothing_runs(
    sandbox: Sandbox, folder: Path, path: str
) -> None:
    (folder / "file").touch()
    end, text = await run(sandbox, make_job("echo ran", writable_paths=(path.format(folder),)))
    assert (end.outcome, text) == (ScriptOutcome.NOT_STARTED, "")
    assert "can't be given" in end.detail


async def test_a_link_out_of_a_folder_leads_nowhere(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o777)
    script = (
        f"ln -s {outside} {folder}/way; ln -s /etc/shadow {folder}/shadow; cat {folder}/shadow; echo x > {folder}/way/x"
    )
    await run(sandbox, make_job(script, writable_paths=(str(folder),)))
    assert list(outside.iterdir()) == []
    end, _ = await run(sandbox, make_job(f"echo x > {folder}/way/x", writable_paths=(f"{folder}/way",)))
    assert end.outcome is ScriptOutcome.NOT_STARTED
    assert list(outside.iterdir()) == []


async def test_a_folder_that_becomes_a_link_meanwhile_is_noticed(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """Somebody exchanges the folder again and again for a link to another one; scripts never write in that."""
    outside, inside, away = tmp_path / "outside", folder / "inside", folder / "away"
    for one in (outside, inside):
        one.mkdir()
        one.chmod(0o777)
    ends = []
    going = True

    async def exchange() -> None:
        while going:
            inside.rename(away)
            inside.symlink_to(outside)
            await asyncio.sleep(0)
            inside.unlink()
            away.rename(inside)
            await asyncio.sleep(0)

    exchanging = asyncio.create_task(exchange())
    try:
        for _ in range(20):
            end, _ = await run(sandbox, make_job(f"echo x > {inside}/made", writable_paths=(str(inside),)))
            ends.append(end.outcome)
    finally:
        going = False
        await exchanging
    assert list(outside.iterdir()) == []
    assert set(ends) <= {ScriptOutcome.EXITED, ScriptOutcome.NOT_STARTED}


async def test_a_folder_that_is_closed_to_the_scripts_user_is_said_before_anything_runs(
    sandbox: Sandbox, folder: Path
) -> None:
    closed = folder / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    end, text = await run(sandbox, make_job("echo ran", writable_paths=(str(closed),)))
    assert (end.outcome, text) == (ScriptOutcome.NOT_STARTED, "")
    assert "may not write" in end.detail

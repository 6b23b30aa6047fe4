"""Looks what of this machine a sandbox is made of: the programs that make it, and what shows up in it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

from services.automation.sandbox.bubblewrap import PATH, Host, Tools
from services.automation.scripts.job import Interpreter

OLDEST = (0, 8)
"""The first bubblewrap that limits file systems in memory and lets nobody make namespaces inside."""
ROOTS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Names beside `/usr`: links into it on most machines, folders on others."""
ANSWER_SECONDS = 5.0


async def look_at_host() -> Host | str:
    """What there is; a sentence on what is missing."""
    tools = _find_tools()
    if isinstance(tools, str):
        return tools
    version = await _version_of(tools.bwrap)
    if version is None or version < OLDEST:
        return f"{tools.bwrap} is older than {'.'.join(map(str, OLDEST))}, or tells no version"
    return _shown(tools)


def _shown(tools: Tools) -> Host:
    roots = [Path(root) for root in ROOTS]
    return Host(
        tools=tools,
        links=tuple((str(root), str(root.readlink())) for root in roots if root.is_symlink()),
        folders=("/usr", *(str(root) for root in roots if root.is_dir() and not root.is_symlink())),
        interpreters={one: path for one in Interpreter if (path := shutil.which(one.value, path=PATH))},
    )


def _find_tools() -> Tools | str:
    wanted = ["bwrap", "prlimit", "nice", *(["setpriv"] if os.geteuid() == 0 else [])]
    found = {name: shutil.which(name) or shutil.which(name, path=PATH) for name in wanted}
    if missing := [name for name, path in found.items() if path is None]:
        packages = {"bwrap": "bubblewrap", "nice": "coreutils"}
        needed = ", ".join(sorted({packages.get(name, "util-linux") for name in missing}))
        return f"{' and '.join(missing)} not found: install {needed}"
    return Tools(
        bwrap=str(found["bwrap"]),
        prlimit=str(found["prlimit"]),
        nice=str(found["nice"]),
        setpriv=found.get("setpriv"),
    )


async def _version_of(bwrap: str) -> tuple[int, ...] | None:
    try:
        asked = await asyncio.create_subprocess_exec(
            bwrap, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(ANSWER_SECONDS):
            said, _ = await asked.communicate()
    except (OSError, TimeoutError):
        return None
    found = re.search(rb"(\d{1,4})\.(\d{1,4})", said)
    return (int(found[1]), int(found[2])) if found else None

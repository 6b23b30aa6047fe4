"""A sandbox of this machine. Where the kernel lets nobody make user namespaces there can be none: that is said."""

from __future__ import annotations

import subprocess
import warnings
from pathlib import Path

import pytest

from services.automation.sandbox.sandbox import Sandbox

HERE = Path(__file__).parent


def why_none_can_be() -> str:
    """Why there can be no sandbox on this machine, in the kernel's words; empty where there can."""
    tried = subprocess.run(["unshare", "--user", "true"], capture_output=True, text=True, check=False, timeout=10)
    return "" if tried.returncode == 0 else tried.stderr.strip() or "unshare fails"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a sandbox where there can be none."""
    ours = [one for one in items if HERE in one.path.parents]
    if ours and (why := why_none_can_be()):
        config.hook.pytest_deselected(items=ours)
        items[:] = [one for one in items if one not in ours]
        warnings.warn(
            f"tests of the sandbox are left out, since the kernel makes no namespaces here: {why}", stacklevel=1
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is listed, and that the script's user may write in."""
    for parent in (tmp_path, *tmp_path.parents[:3]):
        if parent.owner() == tmp_path.owner() and parent != Path("/tmp"):
            parent.chmod(0o755)
    given = tmp_path / "given"
    given.mkdir()
    given.chmod(0o777)
    return given


@pytest.fixture
async def sandbox(folder: Path) -> Sandbox:
    one = Sandbox((str(folder),))
    await one.look()
    assert one.is_on, one.words
    return one

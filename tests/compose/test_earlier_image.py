"""The image of the commit before goes over this one's data while alerts flow, and this one over that one's again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.local.settings import ROOT
from shared.testing.webhook_sink import WebhookSink
from tests.architecture.source import SERVICES
from tests.compose.load import away, load
from tests.compose.project import Project
from tests.engine.podman import Podman

IN_THE_IMAGE = ("services", "shared", "requirements.txt", "deploy/Dockerfile")
EARLIER = "before"


@pytest.fixture
def earlier(podman: Podman, tmp_path: Path) -> str:
    """The tag of the image of the commit before the last one that changed anything of it."""
    last = _git("log", "-1", "--format=%H", "--", *IN_THE_IMAGE).decode().strip()
    tree = _git("archive", f"{last}~1")
    subprocess.run(["tar", "-x", "-C", str(tmp_path)], input=tree, check=True)
    podman.build(tmp_path / "deploy" / "Dockerfile", tmp_path, f"localhost/tocsin:{EARLIER}")
    return EARLIER


async def test_an_earlier_image_over_this_ones_data_and_back_loses_nothing(
    project: Project, hooks: WebhookSink, earlier: str, figures: list[str]
) -> None:
    async with load(project, hooks, services=30) as scene:
        back = await away(scene, "all services", lambda: project.up(version=earlier, only=SERVICES))
        assert {project.state(name)["ImageName"] for name in SERVICES} == {f"localhost/tocsin:{earlier}"}
        forth = await away(scene, "all services", lambda: project.up(only=SERVICES))
        assert {project.state(name)["ImageName"] for name in SERVICES} == {"localhost/tocsin:0.1.0"}
    figures.append(f"all services exchanged for those of an earlier image in {back:.0f} s, and back in {forth:.0f} s")


def _git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=True).stdout

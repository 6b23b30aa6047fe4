"""An engine, its images and a project of its own for every module of this tier, and what was measured on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.local.run_dir import held
from deploy.local.settings import ROOT
from shared.testing.webhook_sink import WebhookSink
from tests.compose.project import Project
from tests.engine.images import PYTHON, get_images, tell_of
from tests.engine.podman import STORE, Podman

HERE = Path(__file__).parent
IMAGE = "localhost/tocsin:0.1.0"
FIGURES: pytest.StashKey[list[str]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test brings containers up, which takes half a minute on an idle machine."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.compose)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(600))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if figures := config.stash.get(FIGURES, []):
        terminalreporter.section("measured")
        for line in figures:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> list[str]:
    """What is said at the run's end, one line each."""
    return pytestconfig.stash[FIGURES]


@pytest.fixture(scope="session")
def podman() -> Iterator[Podman]:
    """The engine, for one run at a time: the project has one name."""
    engine = Podman()
    with held(STORE / "compose.lock"):
        yield engine


@pytest.fixture(scope="session")
def images(podman: Podman, figures: list[str]) -> Mapping[str, str]:
    """The broker's, the database's and Prometheus' image; Tocsin's own is built of the tree as it is."""
    found = get_images(podman)
    figures.extend(tell_of(podman, image) for image in (PYTHON, *found.values()))
    podman.build(ROOT / "deploy" / "Dockerfile", ROOT, IMAGE)
    sizes = [int(podman.run("image", "inspect", "--format", "{{.Size}}", image)) for image in (IMAGE, PYTHON)]
    figures.append(f"the image: {sizes[0] / 1e6:.0f} MB, of which {sizes[1] / 1e6:.0f} MB are Python's")
    return found


@pytest.fixture(scope="module")
def project(
    podman: Podman, images: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory, figures: list[str]
) -> Iterator[Project]:
    """All of it, up and well, with nothing in it."""
    one = Project(podman, tmp_path_factory.mktemp("project"), images)
    one.remove()  # what a run that was killed has left
    try:
        figures.append(f"from the first start until all is well: {one.up():.0f} s")
        yield one
    finally:
        one.remove()


@pytest.fixture
def hooks(project: Project) -> Iterator[WebhookSink]:
    """On this machine's side of the network that comms may call."""
    with WebhookSink(project.here()) as sink:
        yield sink

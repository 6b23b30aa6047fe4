"""With `TOCSIN_TEST_BACKEND=containers` the run's broker and database are containers, RabbitMQ 4 and what there is.

The engine is the one that `DOCKER_HOST` names, else podman with a store of its own (`tests/engine`). The images are
those that compose pins where a registry is reached, else those that `make test-images` made. Both listen on loopback,
keep everything in memory, and end with the run; what a run left that was killed, the next one removes.

Tests that start, stop or kill a broker or a database do so with native ones all the same (`deploy.local`): what they
try is how `make run` starts them. So do whole stacks (scenarios, chaos).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local.part import ask_port
from deploy.local.processes import wait_until
from tests.reaper import RUN_VARIABLE

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

BACKEND = "TOCSIN_TEST_BACKEND"
LABEL = "tocsin-test-run"
"""On each container: the folder of the run it belongs to."""
READY_SECONDS = 120.0
USER = "tocsin"
RUNNING: pytest.StashKey[ExitStack] = pytest.StashKey()


def pytest_report_header() -> list[str]:
    """What a run says at its beginning."""
    return [f"broker and database: {os.environ[_SAID]}"] if _SAID in os.environ else []


_SAID = "TOCSIN_TEST_IMAGES"
"""The environment's variable in which the run's first process tells the others what runs."""


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """The run's first process starts both before there are workers, who learn of them by the environment."""
    asked = os.environ.get(BACKEND, "native")
    if asked not in ("native", "containers"):
        raise pytest.UsageError(f"{BACKEND} is `native` or `containers`, and not {asked!r}")
    if asked == "native" or hasattr(config, "workerinput") or config.option.collectonly:
        return
    config.stash[RUNNING] = stack = ExitStack()
    try:
        os.environ.update(stack.enter_context(parts()))
    except BaseException:
        stack.close()
        raise


def pytest_unconfigure(config: pytest.Config) -> None:
    if (running := config.stash.get(RUNNING, None)) is not None:
        running.close()


@contextmanager
def parts() -> Iterator[dict[str, str]]:
    """Both, for as long as this block runs: what tests know them by."""
    # we end what we start, and need no container for that; and we are in none ourselves
    os.environ |= {"TESTCONTAINERS_RYUK_DISABLED": "true", "TESTCONTAINERS_CONNECTION_MODE": "docker_host"}
    with ExitStack() as stack:
        if "DOCKER_HOST" not in os.environ:
            from tests.engine.podman import Podman

            os.environ["DOCKER_HOST"] = stack.enter_context(Podman().served())
        remove_left_overs()
        broker, database = find_image("rabbitmq"), find_image("mongodb")
        yield {
            "TOCSIN_AMQP_URL": stack.enter_context(run_broker(broker)),
            "TOCSIN_MONGO_URL": stack.enter_context(run_database(database)),
            _SAID: f"{broker}, {database}",
        }


@contextmanager
def run_broker(image: str) -> Iterator[str]:
    """Its URL, once it takes work."""
    password = secrets.token_hex(16)
    container = prepare(image, 5672, "/var/lib/rabbitmq")
    container.with_env("RABBITMQ_DEFAULT_USER", USER).with_env("RABBITMQ_DEFAULT_PASS", password)
    with container:
        port = container.get_exposed_port(5672)
        wait_for(image, container, lambda: ask_port(port, b"AMQP\x00\x00\x09\x01", 1) == "answer")
        yield f"amqp://{USER}:{password}@127.0.0.1:{port}/"


@contextmanager
def run_database(image: str) -> Iterator[str]:
    """Its URL, once it takes writes. The public one becomes a replica set of one, without a password."""
    container = prepare(image, 27017, "/data/db")
    with ExitStack() as stack:
        if "/mongo:" in image:
            stack.enter_context(container.with_command("mongod --bind_ip_all --replSet tocsin"))
            who = ""
            members = "{_id: 'tocsin', members: [{_id: 0, host: '127.0.0.1:27017'}]}"
            initiate = ["mongosh", "--quiet", "--eval", f"try {{ rs.status() }} catch (e) {{ rs.initiate({members}) }}"]
            wait_for(image, container, lambda: container.exec(initiate).exit_code == 0)
        else:
            password = secrets.token_hex(16)
            container.with_env("MONGO_INITDB_ROOT_USERNAME", USER).with_env("MONGO_INITDB_ROOT_PASSWORD", password)
            stack.enter_context(container)
            who = f"{USER}:{password}@"
        options = "retryWrites=false&directConnection=true&authSource=admin"
        url = f"mongodb://{who}127.0.0.1:{container.get_exposed_port(27017)}/?{options}"
        wait_for(image, container, lambda: takes_writes(url))
        yield url


def takes_writes(url: str) -> bool:
    """Whether the database there is a primary by now."""
    try:
        with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=500) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def prepare(image: str, port: int, data: str) -> DockerContainer:
    """A container that listens on loopback and keeps its data in memory; it runs inside `with`."""
    from testcontainers.core.container import DockerContainer

    labels = {LABEL: os.environ[RUN_VARIABLE]}
    container = DockerContainer(image).with_kwargs(labels=labels).with_tmpfs_mount(data)
    container.ports[port] = ("127.0.0.1",)  # type: ignore[assignment,index] # what docker's client takes for "any port"
    return container


def wait_for(image: str, container: DockerContainer, ready: Callable[[], bool]) -> None:
    """Raises what it logged last when it is not ready in time."""
    if not wait_until(ready, READY_SECONDS):
        out, err = container.get_logs()
        raise pytest.UsageError(f"{image} was not ready after {READY_SECONDS:.0f} s\n{(out + err).decode()[-2000:]}")


def find_image(name: str) -> str:
    """What runs as this service of compose: the public image, here or pulled, else the stand-in."""
    import docker
    from docker.errors import DockerException, ImageNotFound

    from tests.engine.images import pinned, stand_in

    public, ours = pinned()[name], stand_in(name)
    with closing(docker.from_env()) as client:
        for image, find in ((public, client.images.get), (public, client.images.pull), (ours, client.images.get)):
            try:
                find(image)
            except (DockerException, ImageNotFound):
                continue
            return image
    raise pytest.UsageError(f"{public} cannot be pulled, and nothing stands in for it: run `make test-images`")


def remove_left_overs() -> None:
    """Remove the containers of runs that are over."""
    import docker

    with closing(docker.from_env()) as client:
        for container in client.containers.list(all=True, filters={"label": LABEL}):
            if not Path(container.labels[LABEL]).exists():
                container.remove(force=True, v=True)

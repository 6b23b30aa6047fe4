"""Gather, decide, write: only a service's shell does I/O; all that decides is pure, with `now` as an argument."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, Source, files, within

pytestmark = pytest.mark.architecture

SHELL = ("app.py", "api.py", "handlers.py", "store.py", "api/", "store/")
"""Wiring, HTTP in, events in, the database. The last two may be folders."""

EDGES = ("channels/", "actions/", "tickets/")
"""Folders that call the outside: they may wait, and never touch the store or the bus."""

WORKERS = {
    "comms": {
        "departure.py",
        "holding.py",
        "incident_copy.py",
        "marking.py",
        "mailing.py",
        "notifier.py",
        "postman.py",
        "public_copies.py",
        "recorder.py",
        "room_keeper.py",
        "sender.py",
        "stakeholder_clerk.py",
        "status_desk.py",
        "ticketer.py",
        "updater.py",
        "workspace_keeper.py",
    },
    "gateway": {
        "admin_key.py",
        "auditor.py",
        "connection.py",
        "door.py",
        "feed.py",
        "forwarder.py",
        "keyring.py",
        "owners.py",
        "prober.py",
        "public_cache.py",
        "reception.py",
        "repeater.py",
        "specs.py",
        "upstream.py",
    },
    "incident": {
        "importer.py",
        "map_answers.py",
        "map_keeper.py",
        "reminder.py",
        "resolver.py",
        "suspector.py",
        "ticket_keeper.py",
    },
    "ingest": {"alert_writer.py", "body_keeper.py", "directory_keeper.py", "door.py", "lapser.py", "raw.py"},
    "oncall": {"auditor.py", "ticker.py"},
}
"""Files of the shell that are named for the work they do."""

VALUES = {
    "shared.aggregates.Change",
    "shared.aggregates.Outgoing",
    "shared.aggregates.Record",
    "shared.bus.topology.FIRST",
}
"""What a pure file may take of the shell's modules: frozen values, which a decision may be made of."""

OUTSIDE = (
    "aio_pika", "aiormq", "aiosmtplib", "anyio", "asyncio", "bson", "concurrent", "fastapi", "httpcore2", "httptools",
    "httpx2", "logging", "multiprocessing", "os", "pathlib", "prometheus_client", "pymongo", "random", "secrets",
    "select", "shutil", "signal", "socket", "ssl", "starlette", "structlog", "subprocess", "tempfile", "threading",
    "time", "urllib.request", "uuid", "uvicorn", "uvloop",
)  # fmt: skip
STORE_AND_BUS = (
    "bson", "pymongo", "aio_pika", "shared.aggregates", "shared.bus", "shared.mongo", "shared.relay", "shared.replay",
    "shared.replica", "shared.runtime", "shared.timers",
)  # fmt: skip
SHARED_SHELL = (*STORE_AND_BUS, "shared.clock", "shared.logs", "shared.outbound", "shared.telemetry", "shared.web")
CLOCK_AND_CHANCE = ("now", "utcnow", "today", "fresh", "open", "print", "input")
"""Last words of the names of calls."""


def kind(source: Source, service: str) -> str:
    """What the rules make of a file of a service."""
    if source.inside == "__init__.py" or source.inside.startswith(SHELL) or source.inside in WORKERS.get(service, ()):
        return "shell"
    return "edge" if source.inside.startswith(EDGES) else "pure"


def impurities(source: Source, service: str) -> Iterator[str]:
    """Everything in a file that a pure one must not have."""
    shells = [f"services.{service}.{name.removesuffix('.py').rstrip('/')}" for name in SHELL]
    shells += [f"services.{service}.{name.removesuffix('.py').replace('/', '.')}" for name in WORKERS.get(service, ())]
    for line, module, name in source.imports:
        whole = f"{module}.{name}" if name else module
        taken = within(module, (*OUTSIDE, *SHARED_SHELL)) or within(
            whole, (*shells, "shared.ids.fresh", "shared.ids.Stamps")
        )
        if taken and whole not in VALUES:
            yield f"{source.path}:{line} imports {whole}"
    yield from (f"{source.path}:{line} has {what}" for line, what in source.asynchronous())
    yield from (
        f"{source.path}:{line} calls {name}()"
        for line, name in source.calls()
        if name.rpartition(".")[2] in CLOCK_AND_CHANCE
    )


@pytest.mark.parametrize("service", SERVICES)
def test_what_decides_is_pure(service: str) -> None:
    found = [
        one
        for source in files(f"services/{service}")
        if kind(source, service) == "pure"
        for one in impurities(source, service)
    ]
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_calls_the_outside_never_touches_store_or_bus(service: str) -> None:
    found = [
        f"{source.path}:{line} imports {module}"
        for source in files(f"services/{service}")
        if kind(source, service) == "edge"
        for line, module, _ in source.imports
        if within(module, (*STORE_AND_BUS, f"services.{service}.store"))
    ]
    assert found == []


def test_every_declared_worker_is_there_and_does_io() -> None:
    working = {
        str(source.path)
        for service in SERVICES
        for source in files(f"services/{service}")
        if any(impurities(source, service))
    }
    declared = {f"services/{service}/{name}" for service, names in WORKERS.items() for name in names}
    assert declared - working == set()


@pytest.mark.parametrize(
    "line, finds",
    [
        pytest.param("import asyncio", True, id="an event loop"),
        pytest.param("from pymongo import UpdateOne", True, id="the database"),
        pytest.param("from shared.mongo import Collection", True, id="our database"),
        pytest.param("from services.comms.store import Store", True, id="the service's own store"),
        pytest.param("from services.comms import store", True, id="the service's own store, as a module"),
        pytest.param("from shared.ids import fresh", True, id="chance"),
        pytest.param("async def f(): ...", True, id="waiting"),
        pytest.param("import datetime\nx = datetime.datetime.now()", True, id="the clock"),
        pytest.param("from datetime import datetime\nx = datetime.now()", True, id="the clock by its name"),
        pytest.param("from shared.ids import derived", False, id="ids that follow from their cause"),
        pytest.param("from shared.aggregates import Change", False, id="a value"),
        pytest.param(
            "from datetime import datetime\nx = datetime.fromisoformat('2026-01-01')", False, id="times given"
        ),
    ],
)
def test_the_rule_finds_what_it_should(line: str, finds: bool, tmp_path: Path) -> None:
    source = Source(tmp_path / "services" / "comms" / "x.py")
    source.path.parent.mkdir(parents=True)
    source.path.write_text(line)
    assert any(impurities(source, "comms")) is finds

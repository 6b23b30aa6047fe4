"""Gather, decide, write: only a service's shell does I/O; all that decides is pure, with `now` as an argument."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, Source, files, within

pytestmark = pytest.mark.architecture

SHELL = ("app.py", "wiring.py", "api.py", "handlers.py", "store.py", "api/", "store/")
"""Wiring, HTTP in, events in, the database, of a service or of a capability inside it. The last two may be folders."""

EDGES = ("channels/", "actions/", "tickets/")
"""Folders that call the outside: they may wait, and never touch the store or the bus."""

WORKERS = {
    "comms": {
        "canary/loopback.py",
        "departure.py",
        "forgetting.py",
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
        "unpaged.py",
        "upstream.py",
    },
    "incident": {
        "importer.py",
        "map_answers.py",
        "map_keeper.py",
        "open_keeper.py",
        "reminder.py",
        "resolver.py",
        "suspector.py",
        "ticket_keeper.py",
    },
    "ingest": {
        "alert_writer.py",
        "body_keeper.py",
        "canary/heartbeat.py",
        "canary/sending.py",
        "directory_keeper.py",
        "door.py",
        "lapser.py",
        "raw.py",
    },
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
    if (
        source.path.name == "__init__.py"
        or _has_part(source.inside, SHELL)
        or source.inside in WORKERS.get(service, ())
    ):
        return "shell"
    is_edge = _has_part(source.inside, EDGES) or source.path.name.endswith("client.py")
    return "edge" if is_edge else "pure"


def _has_part(inside: str, names: tuple[str, ...]) -> bool:
    """True where the path has one of these folders, or is one of these files, at any depth."""
    *folders, file = inside.split("/")
    return file in names or any(f"{folder}/" in names for folder in folders)


def shell_modules(service: str) -> set[str]:
    """The modules and packages of a service that do I/O, by their dotted names."""
    found = {f"services.{service}.{name.removesuffix('.py').replace('/', '.')}" for name in WORKERS.get(service, ())}
    for source in files(f"services/{service}"):
        parts = source.path.with_suffix("").parts
        for depth, part in enumerate(parts):
            is_file = depth == len(parts) - 1
            if f"{part}.py" in SHELL if is_file else f"{part}/" in SHELL:
                found.add(".".join(parts[: depth + 1]))
    return found


def impurities(source: Source, service: str) -> Iterator[str]:
    """Everything in a file that a pure one must not have."""
    shells = sorted(shell_modules(service))
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
        pytest.param("from services.incident.people.store import People", True, id="the store of a capability"),
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
    service = "incident" if "services.incident" in line else "comms"
    source = Source(tmp_path / "services" / service / "x.py")
    source.path.parent.mkdir(parents=True)
    source.path.write_text(line)
    assert any(impurities(source, service)) is finds


@pytest.mark.parametrize(
    "path, is_kind",
    [
        pytest.param("store.py", "shell", id="a service's store"),
        pytest.param("people/store.py", "shell", id="a capability's store"),
        pytest.param("people/api/links.py", "shell", id="a file of a capability's folder of routes"),
        pytest.param("tickets/contract.py", "edge", id="a plug-in"),
        pytest.param("mail/smtp_client.py", "edge", id="what calls the outside"),
        pytest.param("people/names.py", "pure", id="what decides"),
        pytest.param("storefront/names.py", "pure", id="a folder whose name only begins so"),
    ],
)
def test_names_say_what_does_io_at_any_depth(path: str, is_kind: str) -> None:
    assert kind(Source(Path("services/comms") / path), "comms") == is_kind

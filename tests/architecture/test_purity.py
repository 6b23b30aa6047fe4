"""Gather, decide, write: only a service's shell does I/O; all that decides is pure, with `now` as an argument.

A file of the shell has one of a few names at any depth, or its package's `__init__.py` names it: "Does I/O: `sender`".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, Source, files, within

pytestmark = pytest.mark.architecture

SHELL = ("app.py", "wiring.py", "api.py", "handlers.py", "store.py", "api/", "store/")
"""Wiring, HTTP in, events in, the database, of a service or of a capability inside it. The last two may be folders."""

EDGES = ("channels", "actions", "systems")
"""Folders whose own files call the outside: they may wait, and never touch the store or the bus."""

VALUES = {
    "shared.outbox.aggregates.Change",
    "shared.outbox.aggregates.Outgoing",
    "shared.outbox.aggregates.Record",
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
    "bson", "pymongo", "aio_pika", "shared.bus", "shared.copies", "shared.mongo", "shared.outbox", "shared.runtime",
    "shared.timers",
)  # fmt: skip
SHARED_SHELL = (
    *STORE_AND_BUS, "shared.clocks.clock", "shared.outside.outbound", "shared.process.logs", "shared.process.off_loop",
    "shared.telemetry", "shared.web",
)  # fmt: skip
CLOCK_AND_CHANCE = ("now", "utcnow", "today", "fresh", "open", "print", "input")
"""Last words of the names of calls."""


def declared(package: str) -> set[str]:
    """The modules that a package's docstring names in the paragraph "Does I/O: `a`, `b`." """
    paragraph = re.search(r"^Does I/O: (.+?)(?:\n\s*\n|\Z)", package, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`(\w+)`", paragraph[1])) if paragraph else set()


@cache
def workers(service: str) -> frozenset[Path]:
    """The files of a service that its packages say do I/O."""
    return frozenset(
        source.path.with_name(f"{name}.py")
        for source in files(f"services/{service}")
        if source.path.name == "__init__.py"
        for name in declared(ast.get_docstring(source.tree) or "")
    )


def kind(source: Source, service: str) -> str:
    """What the rules make of a file of a service."""
    if source.path.name == "__init__.py" or _has_part(source.inside, SHELL) or source.path in workers(service):
        return "shell"
    is_edge = source.path.parent.name in EDGES or source.path.name.endswith("client.py")
    return "edge" if is_edge else "pure"


def _has_part(inside: str, names: tuple[str, ...]) -> bool:
    """True where the path has one of these folders, or is one of these files, at any depth."""
    *folders, file = inside.split("/")
    return file in names or any(f"{folder}/" in names for folder in folders)


def shell_modules(service: str) -> set[str]:
    """The modules and packages of a service that do I/O, by their dotted names."""
    found = {".".join(path.with_suffix("").parts) for path in workers(service)}
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
        if within(module, STORE_AND_BUS) or (within(module, [f"services.{service}"]) and "store" in module.split("."))
    ]
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_package_says_does_io_is_there_and_does_it(service: str) -> None:
    found = {source.path: source for source in files(f"services/{service}")}
    missing = sorted(str(path) for path in workers(service) if path not in found)
    idle = [
        str(path)
        for path in sorted(workers(service))
        if path in found and (_has_part(found[path].inside, SHELL) or not any(impurities(found[path], service)))
    ]
    assert (missing, idle) == ([], [])


@pytest.mark.parametrize(
    "text, names",
    [
        pytest.param("Pages.\n\nDoes I/O: `sender`, `recorder`.", {"sender", "recorder"}, id="two"),
        pytest.param(
            "Pages.\n\nDoes I/O: `sender`,\n`recorder`.\n\nSee `page`.", {"sender", "recorder"}, id="two lines"
        ),
        pytest.param("Pages, as `sender` says.", set(), id="none"),
    ],
)
def test_a_package_names_what_does_io_in_one_paragraph(text: str, names: set[str]) -> None:
    assert declared(text) == names


@pytest.mark.parametrize(
    "line, finds",
    [
        pytest.param("import asyncio", True, id="an event loop"),
        pytest.param("from pymongo import UpdateOne", True, id="the database"),
        pytest.param("from shared.mongo import Collection", True, id="our database"),
        pytest.param("from services.comms.mail.store.letters import Letters", True, id="the service's own store"),
        pytest.param("from services.comms.mail import store", True, id="the service's own store, as a module"),
        pytest.param("from services.incident.people.store import People", True, id="the store of a capability"),
        pytest.param("from shared.ids import fresh", True, id="chance"),
        pytest.param("async def f(): ...", True, id="waiting"),
        pytest.param("import datetime\nx = datetime.datetime.now()", True, id="the clock"),
        pytest.param("from datetime import datetime\nx = datetime.now()", True, id="the clock by its name"),
        pytest.param("from shared.ids import derived", False, id="ids that follow from their cause"),
        pytest.param("from shared.outbox.aggregates import Change", False, id="a value"),
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
        pytest.param("channels/contract.py", "edge", id="a plug-in"),
        pytest.param("channels/messages/slack.py", "pure", id="what a plug-in says"),
        pytest.param("mail/smtp_client.py", "edge", id="what calls the outside"),
        pytest.param("people/names.py", "pure", id="what decides"),
        pytest.param("storefront/names.py", "pure", id="a folder whose name only begins so"),
    ],
)
def test_names_say_what_does_io_at_any_depth(path: str, is_kind: str) -> None:
    assert kind(Source(Path("services/comms") / path), "comms") == is_kind

"""docs/scaling.md names every collection once, with its shard key or why it has none, as the services open them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from shared.mongo import Collection, Database
from shared.runtime import Runtime
from shared.settings import Settings
from tests.architecture.source import ROOT, SERVICES

pytestmark = pytest.mark.architecture

LATER = {
    # opened by what runs, not by the wiring
    "comms": {"template_versions"},
}


class Noting(Database):
    """A database that is never asked, but knows which collections somebody would ask."""

    def __init__(self, settings: Settings, service: str) -> None:
        super().__init__(settings, service)
        self.names: set[str] = set()

    def collection(self, name: str) -> Collection:
        self.names.add(name)
        return super().collection(name)


def opened(service: str, run_dir: Path) -> set[str]:
    """The collections of a service's database."""
    settings = Settings(secret_key=64 * "0", run_dir=run_dir)
    runtime = Runtime(service, settings)
    runtime.database = noting = Noting(settings, service)
    importlib.import_module(f"services.{service}.app").build(runtime)
    return noting.names | LATER.get(service, set())


def documented() -> list[tuple[str, str]]:
    """(database, collection) of every row of the section's tables."""
    text = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    section = text.partition("\n## Shard keys\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\w+) \| (`[^|]*) \|", section, re.MULTILINE)
    return [(database, name) for database, names in rows for name in re.findall(r"`(\w+)`", names)]


@pytest.mark.parametrize("service", SERVICES)
def test_every_collection_of_a_service_has_its_shard_key_or_a_reason_for_none(service: str, tmp_path: Path) -> None:
    said = [name for database, name in documented() if database == service]
    assert sorted(said) == sorted(opened(service, tmp_path))


def test_every_row_is_of_a_service() -> None:
    assert {database for database, _ in documented()} == {*SERVICES, "each"}

"""Puts the grid of coverage together."""

from __future__ import annotations

from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.coverage import api as coverage_routes
from services.oncall.directory.store import DirectoryStore
from shared.process.off_loop import OffLoop
from shared.runtime import Runtime


def wire(runtime: Runtime, directory: DirectoryStore, services: CatalogueServices) -> None:
    """Adds `/on-call/coverage`."""
    runtime.routes(coverage_routes.routes(directory, services, OffLoop(), runtime.clock))

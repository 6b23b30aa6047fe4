"""Puts the routes of schedules together."""

from __future__ import annotations

from services.oncall.deletion.api import UseCheck
from services.oncall.directory.store import DirectoryStore
from services.oncall.schedules.api import overrides as override_routes
from services.oncall.schedules.api import preview as preview_routes
from services.oncall.schedules.api import schedules as schedule_routes
from services.oncall.schedules.api import shifts as shift_routes
from services.oncall.schedules.api import swaps as swap_routes
from shared.runtime import Runtime


def add_routes(runtime: Runtime, directory: DirectoryStore, uses: UseCheck) -> None:
    """Adds `/schedules…` with previews, overrides, swaps and shifts, and `/on-call`."""
    runtime.routes(schedule_routes.routes(directory, uses, runtime.clock))
    for part in (preview_routes, override_routes, swap_routes, shift_routes):
        runtime.routes(part.routes(directory, runtime.clock))

"""The client of Tocsin: `IncidentManager` for programs, `python -m incident_manager` for people and scripts.

It is installed without the services and imports nothing of them: it talks to the gateway's documented HTTP contract.
What it offers is imported when it is first asked for, so that the command line begins at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from incident_manager.client.errors import (
        BadAnswer,
        BadInput,
        Conflict,
        NotAllowed,
        NotFound,
        NotSetUp,
        RouteMissing,
        TocsinError,
        Unreachable,
    )
    from incident_manager.client.incident_manager import IncidentManager

__all__ = [
    "BadAnswer",
    "BadInput",
    "Conflict",
    "IncidentManager",
    "NotAllowed",
    "NotFound",
    "NotSetUp",
    "RouteMissing",
    "TocsinError",
    "Unreachable",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = "incident_manager" if name == "IncidentManager" else "errors"
    return getattr(importlib.import_module(f"incident_manager.client.{place}"), name)

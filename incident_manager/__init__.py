"""The client of Tocsin: `IncidentManager` for programs, `python -m incident_manager` for people and scripts.

It is installed without the services and imports nothing of them: it talks to the gateway's documented HTTP contract.
"""

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

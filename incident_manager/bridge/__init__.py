"""The bridge between programs that fail and the gateway: an error history brought in and checked, new errors sent on.

`IncidentHandler` is a `logging.Handler`; `python -m incident_manager.bridge` has `migrate`, `report`, `check` and
`follow`.

Does I/O: `alert_sender`, `follower`, `handler`, `position`, `reading`, `tail`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from incident_manager.bridge.handler import IncidentHandler

__all__ = ["IncidentHandler"]


def __getattr__(name: str) -> Any:
    if name != "IncidentHandler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from incident_manager.bridge.handler import IncidentHandler  # noqa: PLC0415 - as the client's, when it is asked for

    return IncidentHandler

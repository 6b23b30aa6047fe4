"""The bridge between programs that fail and the gateway: an error history brought in and checked, new errors sent on.

`IncidentHandler` is a `logging.Handler`; `python -m incident_manager.bridge` has `migrate`, `report`, `check` and
`follow`.

Does I/O: `alert_sender`, `follower`, `handler`, `position`, `reading`, `tail`.
"""

from incident_manager.bridge.handler import IncidentHandler

__all__ = ["IncidentHandler"]

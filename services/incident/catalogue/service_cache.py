"""The services that this process met lately, each as new as anybody here has seen it. Pure.

What a service is told by its own words costs no question when it is known by heart. The newest version wins, so it does
not matter in which order what was read and what was written is learnt; what other replicas change is learnt when the
catalogue's mark names it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from services.incident.catalogue.service_definition import Service

MOST_SERVICES = 5000


class ServiceCache:
    """Holds up to `MOST_SERVICES`, those that were asked for last, deleted ones too."""

    def __init__(self) -> None:
        self._services: OrderedDict[str, Service] = OrderedDict()

    def keep(self, services: Iterable[Service]) -> None:
        """Know these from now on, as they were read or written, where nothing newer is known."""
        for service in services:
            known = self._services.get(service.id)
            if known is None or known.version < service.version:
                self._services[service.id] = service
            self._services.move_to_end(service.id)
        while len(self._services) > MOST_SERVICES:
            self._services.popitem(last=False)

    def recall(self, ids: Iterable[str]) -> list[Service]:
        """Those of these services that are known, deleted ones too."""
        found = []
        for key in ids:
            service = self._services.get(key)
            if service is not None:
                self._services.move_to_end(key)
                found.append(service)
        return found

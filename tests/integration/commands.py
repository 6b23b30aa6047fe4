"""Which commands about one subject services send to their databases; they run in the tests' own process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pymongo import monitoring


class Commands(monitoring.CommandListener):
    """Notes the commands that mention a subject; made before the services that it is to hear."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self.sent: list[str] = []
        """`collection.command`, in the order in which they were sent."""
        monitoring.register(self)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of each there were."""
        return Counter(self.sent)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """See the driver."""
        if self._subject in str(event.command):
            self.sent.append(f"{event.command.get(event.command_name)}.{event.command_name}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """See the driver."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """See the driver."""

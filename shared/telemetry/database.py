"""How much a process asks of its database: a counter that the driver feeds, one for every command it sends."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

COMMANDS = Counter(
    "tocsin_database_commands",
    "Commands sent to the database, by collection and command; the driver's own for connections are not among them.",
    ["collection", "command"],
)


class CommandCounter(CommandListener):
    """Counts commands as they are sent, and calls `on_answer` when one was answered as it should."""

    def __init__(self, on_answer: Callable[[], None]) -> None:
        self._on_answer = on_answer

    def started(self, event: CommandStartedEvent) -> None:
        """A command goes out."""
        name = event.command_name
        target = event.command.get("collection" if name == "getMore" else name)
        COMMANDS.labels(target if isinstance(target, str) else "", name).inc()

    def succeeded(self, _event: CommandSucceededEvent) -> None:
        """A command was answered."""
        self._on_answer()

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing is counted by its end."""

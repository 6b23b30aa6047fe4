"""What a command is given: the words, the streams, and the gateway once it asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import Self

from incident_manager.client.gateway import Gateway
from incident_manager.client.incident_manager import IncidentManager
from incident_manager.profiles.settings import Settings, read_settings
from incident_manager.terminal.printer import Printer
from incident_manager.texts.words import Words


class Run:
    """One run of the command line."""

    def __init__(
        self,
        words: Words,
        printer: Printer,
        environ: Mapping[str, str],
        *,
        profile: str | None = None,
        config: str | None = None,
    ) -> None:
        self.words = words
        self.printer = printer
        self.environ = environ
        self._profile = profile
        self._config = config

    @cached_property
    def settings(self) -> Settings:
        """Where the gateway is. Raises `NotSetUp`."""
        return read_settings(self._profile, self._config, self.environ)

    @cached_property
    def gateway(self) -> Gateway:
        """The connection, made at its first use."""
        return Gateway(self.settings)

    @cached_property
    def manager(self) -> IncidentManager:
        """Incidents on that connection."""
        return IncidentManager.on(self.gateway)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "gateway" in self.__dict__:
            self.gateway.close()

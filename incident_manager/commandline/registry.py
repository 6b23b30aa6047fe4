"""The commands there are: every module of `incident_manager/commands/`, by name."""

from __future__ import annotations

import importlib
import pkgutil

from incident_manager import commands
from incident_manager.commandline.contract import Command


def find_commands() -> dict[str, Command]:
    """All of them, in the order of their `ORDER`. Raises `RuntimeError` for two of one name."""
    names = [info.name for info in pkgutil.iter_modules(commands.__path__)]
    modules = [importlib.import_module(f"{commands.__name__}.{name}") for name in names]
    found: dict[str, Command] = {}
    for module in sorted(modules, key=lambda module: (module.ORDER, module.__name__)):
        command: Command = module.COMMAND
        if command.name in found:
            raise RuntimeError(f"two commands are called {command.name!r}")
        found[command.name] = command
    return found

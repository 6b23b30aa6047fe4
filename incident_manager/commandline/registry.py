"""The commands there are: every module of a folder `commands/`, by name."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from incident_manager import commands
from incident_manager.commandline.contract import Command


def module_names(package: ModuleType) -> list[str]:
    """The modules of a package, by name."""
    return sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.ispkg)


def find_commands(package: ModuleType = commands) -> dict[str, Command]:
    """Those of a package, in the order of their `ORDER`. Raises `RuntimeError` for two of one name."""
    names = module_names(package)
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    found: dict[str, Command] = {}
    for module in sorted(modules, key=lambda module: (module.ORDER, module.__name__)):
        command: Command = module.COMMAND
        if command.name in found:
            raise RuntimeError(f"two commands are called {command.name!r}")
        found[command.name] = command
    return found

"""The ticket systems. One module here is one of them: it carries `PROVIDER`, its id, and `connect`.

The registry finds them all; two with one id fail at the start.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType

from services.comms.tickets.systems.contract import Provider
from shared.outbound import Outbound


def modules() -> list[ModuleType]:
    """Every provider's module of this package, by name."""
    found = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    return [module for module in found if hasattr(module, "PROVIDER")]


def connect_all(outbound: Outbound) -> Mapping[str, Provider]:
    """Every provider, by id. Raises `RuntimeError` when two claim one id."""
    providers: dict[str, Provider] = {}
    for module in modules():
        if module.PROVIDER in providers:
            raise RuntimeError(f"two ticket systems are called {module.PROVIDER}")
        providers[module.PROVIDER] = module.connect(outbound)
    return providers

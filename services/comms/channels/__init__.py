"""The ways a page can be handed over. One module here is one channel, and nothing else has to know of it.

Each module carries `SPEC` (its id, form fields, capabilities and an example) and `connect`, which makes the channel
from the process's edges. The registry finds them all; two with one id fail at the start.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType

from services.comms.channels.contract import SPEC_NAME, ChannelsByName, ChannelSpec, Edges


def modules() -> list[ModuleType]:
    """Every channel module of this package, by name."""
    found = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    return [module for module in found if hasattr(module, SPEC_NAME)]


def specs(of: Iterable[ModuleType] | None = None) -> Mapping[str, ChannelSpec]:
    """What each channel says of itself, by id. Raises `RuntimeError` when two channels claim one id."""
    known: dict[str, ChannelSpec] = {}
    for module in modules() if of is None else of:
        spec: ChannelSpec = getattr(module, SPEC_NAME)
        if spec.id in known:
            raise RuntimeError(f"two channels are called {spec.id}")
        known[spec.id] = spec
    return known


def connect_all(edges: Edges) -> ChannelsByName:
    """Every channel, ready to send. Raises `RuntimeError` when two claim one id."""
    specs()
    return {getattr(module, SPEC_NAME).id: module.connect(edges) for module in modules()}

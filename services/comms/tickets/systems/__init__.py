"""The ticket systems. One module here is one of them: it carries `PROVIDER`, its id, and `connect`.

The registry finds them all; two with one id fail at the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

from services.comms.tickets.systems.contract import Provider
from shared.outside.outbound import Outbound
from shared.plug_ins import by_key, plug_ins


def modules() -> Sequence[ModuleType]:
    """Every provider's module of this package, by name."""
    return plug_ins(__name__, __path__, "PROVIDER", "connect")


def connect_all(outbound: Outbound) -> Mapping[str, Provider]:
    """Every provider, by id. Raises `RuntimeError` when two claim one id."""
    found = by_key(modules(), lambda module: str(module.PROVIDER), "ticket systems")
    return {name: module.connect(outbound) for name, module in found.items()}

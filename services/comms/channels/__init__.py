"""The ways a page can be handed over. One module here is one channel, and nothing else has to know of it.

Each module carries `SPEC` (its id, form fields, capabilities and an example) and `connect`, which makes the channel
from the process's edges. The registry finds them all; two with one id fail at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType

from services.comms.channels.contract import SPEC_NAME, ChannelsByName, ChannelSpec, Edges
from shared.plug_ins import by_key, plug_ins


def modules() -> list[ModuleType]:
    """Every channel module of this package, by name."""
    return list(plug_ins(__name__, __path__, SPEC_NAME, "connect"))


def specs(of: Iterable[ModuleType] | None = None) -> Mapping[str, ChannelSpec]:
    """What each channel says of itself, by id. Raises `RuntimeError` when two channels claim one id."""
    said: list[ChannelSpec] = [getattr(module, SPEC_NAME) for module in (modules() if of is None else of)]
    return by_key(said, lambda spec: spec.id, "channels")


def connect_all(edges: Edges) -> ChannelsByName:
    """Every channel, ready to send. Raises `RuntimeError` when two claim one id."""
    specs()
    return {getattr(module, SPEC_NAME).id: module.connect(edges) for module in modules()}

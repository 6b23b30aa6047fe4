"""What a batch of messages tells: the facts of one kind in it, in their order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from shared.bus.consumer import Delivery
from shared.events import Event, Fact

F = TypeVar("F", bound=Fact)


def facts_of(batch: Sequence[Delivery[Event]], kind: type[F]) -> list[tuple[Event, F]]:
    """The facts of this kind, each behind the event that tells it."""
    return [(message.payload, message.payload.data) for message in batch if isinstance(message.payload.data, kind)]

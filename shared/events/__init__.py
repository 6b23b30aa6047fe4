"""The event catalogue: what services may tell each other."""

from shared.events.catalogue import CATALOGUE, TYPES, EventType, make, read
from shared.events.envelope import Event, Fact, Undecodable, UnknownType

__all__ = ["CATALOGUE", "TYPES", "Event", "EventType", "Fact", "Undecodable", "UnknownType", "make", "read"]

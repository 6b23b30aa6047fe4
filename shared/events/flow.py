"""Who hears what: the catalogue laid beside the broker's bindings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.bus.topology import FIRST, QUEUES, RETIRED
from shared.events.catalogue import CATALOGUE, EventType

FAST_LANE = frozenset({"alert.opened.v1"})
"""Events that may also travel under their type and `.first`: the first alert of a group goes ahead of any queue."""


def matches(pattern: str, routing_key: str) -> bool:
    """True when a topic binding takes a routing key: `*` stands for exactly one word. `#` is not used here."""
    wanted, given = pattern.split("."), routing_key.split(".")
    return len(wanted) == len(given) and all(w in ("*", g) for w, g in zip(wanted, given, strict=True))


def routing_keys(name: str) -> Sequence[str]:
    """The routing keys under which events of this type travel."""
    return (name, name + FIRST) if name in FAST_LANE else (name,)


def queues(name: str) -> Sequence[str]:
    """The queues (short names) that take events of this type, in the topology's order."""
    keys = routing_keys(name)
    return [queue.name for queue in QUEUES if any(matches(bound, key) for bound in queue.events for key in keys)]


def service_of(queue: str) -> str:
    """The service whose queue it is: the word before the first dot."""
    return queue.partition(".")[0]


def list_successors(queue: str, routing_key: str) -> Sequence[str]:
    """The queues that a message of this queue is for now: the queue itself, or, of a retired one, those of its service
    that take its routing key; none when no queue of the service does.
    """
    if queue not in {one.name for one in RETIRED}:
        return [queue]
    own = [one for one in QUEUES if service_of(one.name) == service_of(queue)]
    return [one.name for one in own if any(matches(bound, routing_key) for bound in one.events)]


def listeners(name: str) -> Sequence[str]:
    """The services that hear events of this type."""
    return list(dict.fromkeys(service_of(queue) for queue in queues(name)))


def list_consumed() -> Mapping[str, Sequence[str]]:
    """What each service hears, by service, in the catalogue's order."""
    heard: dict[str, list[str]] = {}
    for kind in CATALOGUE:
        for service in listeners(kind.name):
            heard.setdefault(service, []).append(kind.name)
    return heard


def list_emitted() -> Mapping[str, Sequence[str]]:
    """What each service tells, by service, in the catalogue's order; "any" tells what every service may."""
    told: dict[str, list[str]] = {}
    for kind in CATALOGUE:
        told.setdefault(kind.emitter, []).append(kind.name)
    return told


def in_stream(kind: EventType) -> bool:
    """True when the stream keeps events of this type: those that name nobody and are facts, not requests."""
    return not kind.personal and kind.emitter != "any"

"""What a process remembers of aggregates that it read or wrote lately. Pure.

A decision that writes may be made on it, since the guarded write refuses what was out of date; whoever decides to write
nothing must read first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Generic, Protocol, TypeVar


class Versioned(Protocol):
    """A state of an aggregate."""

    @property
    def version(self) -> int:
        """The version that the state is of."""


State = TypeVar("State", bound=Versioned)


class Remembered(Generic[State]):
    """Holds the newest known state of up to `most` aggregates, those that were kept or asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._states: OrderedDict[str, State] = OrderedDict()

    def keep(self, states: Mapping[str, State]) -> None:
        """Remember these, by id, as they were read or written, where nothing newer is known."""
        for key, state in states.items():
            known = self._states.get(key)
            if known is None or known.version < state.version:
                self._states[key] = state
            self._states.move_to_end(key)
        while len(self._states) > self._most:
            self._states.popitem(last=False)

    def forget(self, ids: Iterable[str]) -> None:
        """Others wrote these, or nobody knows whether anybody did."""
        for key in ids:
            self._states.pop(key, None)

    def recall(self, ids: Iterable[str]) -> dict[str, State]:
        """Those of these aggregates that are remembered, by id."""
        found = {key: self._states[key] for key in ids if key in self._states}
        for key in found:
            self._states.move_to_end(key)
        return found

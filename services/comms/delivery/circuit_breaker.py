"""A circuit per destination (`host:port`), never per channel: one dead receiver does not stop the others.

Five failures in a row open it. While it is open one page at a time goes through as a probe, the first 3 s
after the failure, then another 3 s after each probe *began*: a destination that swallows packets is probed as often
as one that refuses. The first success closes it. Pure: `now` is any clock in seconds that does not run backwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.comms.delivery.outcome import Outcome, OutcomeKind

OPEN_AFTER = 5
PROBE_EVERY_SECONDS = 3.0
REMEMBERED = 10_000


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    probe_at: float = 0.0


class Breaker:
    """The circuits of one process. Only destinations that failed are remembered, so it stays small."""

    def __init__(self) -> None:
        self._circuits: dict[str, _Circuit] = {}

    def is_open(self, destination: str) -> bool:
        """True while only probes go through."""
        circuit = self._circuits.get(destination)
        return circuit is not None and circuit.failures >= OPEN_AFTER

    def may_send(self, destination: str, now: float) -> bool:
        """Whether one page may go to this destination now; when the circuit is open this takes the probe."""
        if not self.is_open(destination):
            return True
        circuit = self._circuits[destination]
        if now < circuit.probe_at:
            return False
        circuit.probe_at = now + PROBE_EVERY_SECONDS
        return True

    def take(self, destination: str, outcome: Outcome, now: float) -> None:
        """Count what became of an attempt; one that never came as far as the destination says nothing of it."""
        if not outcome.reached:
            self.probe_unused(destination)
        elif outcome.kind is OutcomeKind.DOWN:
            self.record_failure(destination, now)
        else:
            self.record_success(destination)

    def probe_unused(self, destination: str) -> None:
        """The page that took the probe was not sent after all; the next one may be."""
        if destination in self._circuits:
            self._circuits[destination].probe_at = 0.0

    def record_success(self, destination: str) -> None:
        """Note that the destination answered, whatever it said: its circuit is closed."""
        self._circuits.pop(destination, None)

    def record_failure(self, destination: str, now: float) -> None:
        """Note that the destination was down; `OPEN_AFTER` of these in a row open its circuit."""
        if destination not in self._circuits and len(self._circuits) >= REMEMBERED:
            self._circuits.pop(next(iter(self._circuits)))
        circuit = self._circuits.setdefault(destination, _Circuit())
        circuit.failures += 1
        if circuit.failures == OPEN_AFTER:
            circuit.probe_at = now + PROBE_EVERY_SECONDS

    def open_destinations(self) -> list[str]:
        """The destinations that only probes go to at present."""
        return [destination for destination in self._circuits if self.is_open(destination)]

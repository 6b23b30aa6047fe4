"""Series of samples as servers make them, with a seed: memory, disks, queues and certificates on their way to a limit.

`python -m bench.forecast_series [--seed N] [--each N]` writes them as JSON lines, as the backtest of analytics reads
them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

Floats = NDArray[Any]

BEGAN = 1_790_000_000.0
DAY, HOUR = 86_400.0, 3600.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A series that reaches its limit before it ends. `kind` is line, reset or season."""

    kind: str
    metric: str
    at: Floats
    values: Floats
    limit: float
    limit_kind: str
    crossing_at: float | None = None
    """When the line itself meets the limit, which its noise and spikes may do before; None: the samples tell."""

    def to_line(self, number: int) -> bytes:
        """As a line of a file for the backtest."""
        points = [
            [round(at, 3), round(value, 4)] for at, value in zip(self.at.tolist(), self.values.tolist(), strict=True)
        ]
        return orjson.dumps(
            {
                "host": f"{self.metric}-{number}",
                "metric": self.metric,
                "kind": self.kind,
                "limit": float(self.limit),
                "limit_kind": self.limit_kind,
                "points": points,
                "crossing_at": None if self.crossing_at is None else float(self.crossing_at),
            }
        )


def generate(seed: int, each: int) -> Iterator[Recorded]:
    """`each` series of every maker, the same for the same seed."""
    for place, make in enumerate(MAKERS):
        for number in range(each):
            yield make(np.random.default_rng([seed, place, number]))


def memory_line(rng: np.random.Generator) -> Recorded:
    """A leak: it climbs for hours, with noise, spikes in half of them, and a gap in some."""
    at = BEGAN + 15.0 * np.arange(int(rng.uniform(3, 6) * 240))
    reached = rng.uniform(0.93, 0.98) * (at[-1] - BEGAN)
    start, limit = rng.uniform(30, 60), rng.uniform(85, 95)
    values = start + (at - BEGAN) * (limit - start) / reached + rng.normal(0, rng.uniform(0.2, 2), len(at))
    if rng.random() < 0.5:
        values[rng.random(len(at)) < 0.01] += rng.uniform(10, 40)
    return _without_gap(rng, Recorded("line", "memory_used_percent", at, values, limit, "upper", BEGAN + reached))


def disk_line(rng: np.random.Generator) -> Recorded:
    """Free space that falls steadily, in small steps."""
    at = BEGAN + 60.0 * np.arange(int(rng.uniform(6, 24) * 60))
    reached = rng.uniform(0.9, 0.98) * (at[-1] - BEGAN)
    start, limit = rng.uniform(100, 400), 10.0
    written = (at - BEGAN) * (start - limit) / reached
    values = start - np.round(written / 0.1) * 0.1 + rng.normal(0, rng.uniform(0.05, 1.0), len(at))
    return _without_gap(rng, Recorded("line", "disk_free_gb", at, values, limit, "lower", BEGAN + reached))


def certificate_line(rng: np.random.Generator) -> Recorded:
    """Days that a certificate is still good for."""
    at = BEGAN + HOUR * np.arange(int(rng.uniform(4, 8) * 24))
    limit = 14.0
    reached = rng.uniform(0.85, 0.97) * (at[-1] - BEGAN)
    values = limit + (reached - (at - BEGAN)) / DAY + rng.normal(0, 0.01, len(at))
    return Recorded("line", "certificate_days", at, values, limit, "lower", BEGAN + reached)


def memory_reset(rng: np.random.Generator) -> Recorded:
    """A leak with restarts; after the last one it climbs to the limit."""
    return _climbs(rng, "memory_used_percent", 15.0, rng.uniform(85, 95), noise=rng.uniform(0.1, 1.0))


def queue_reset(rng: np.random.Generator) -> Recorded:
    """A queue that is emptied now and then, and at last is not."""
    return _climbs(rng, "queue_messages", 30.0, rng.uniform(5_000, 50_000), noise=rng.uniform(5, 200))


def certificate_reset(rng: np.random.Generator) -> Recorded:
    """A certificate that was renewed, and then forgotten."""
    at = BEGAN + HOUR * np.arange(7 * 24)
    renewed = int(rng.uniform(0.15, 0.5) * len(at))
    reached = rng.uniform(0.9, 0.97) * (at[-1] - BEGAN)
    values = 14.0 + (reached - (at - BEGAN)) / DAY
    values[:renewed] = 14.2 + (at[renewed] - at[:renewed]) / DAY - rng.uniform(0, 0.1)
    values += rng.normal(0, 0.01, len(at))
    # renewing one that is only days from its end lifts it by little: the series before it stood lower still
    values[:renewed] -= rng.uniform(2, 8)
    values[:renewed] = np.maximum(values[:renewed], 14.05)
    return Recorded("reset", "certificate_days", at, values, 14.0, "lower")


def queue_season(rng: np.random.Generator) -> Recorded:
    """A queue that swells every day, a little more each day."""
    return _daily(rng, "queue_messages", rng.uniform(500, 2000), sharp=True)


def disk_season(rng: np.random.Generator) -> Recorded:
    """A disk that fills by day and is tidied by night, each night by less."""
    return _daily(rng, "disk_used_percent", rng.uniform(5, 20), sharp=False)


MAKERS: tuple[Callable[[np.random.Generator], Recorded], ...] = (
    memory_line,
    disk_line,
    certificate_line,
    memory_reset,
    queue_reset,
    certificate_reset,
    queue_season,
    disk_season,
)


def _climbs(rng: np.random.Generator, metric: str, step: float, limit: float, *, noise: float) -> Recorded:
    """Climbs of one to three hours that end in a fall, and a last one that goes on past the limit."""
    base = rng.uniform(0.05, 0.3) * limit
    parts = []
    for _ in range(int(rng.integers(1, 5))):
        count = int(rng.uniform(1, 3) * HOUR / step)
        parts.append(np.linspace(base, rng.uniform(0.5, 0.95) * limit, count))
    count = int(rng.uniform(1.5, 4) * HOUR / step)
    parts.append(np.linspace(base, rng.uniform(1.03, 1.1) * limit, count))
    values = np.concatenate(parts)
    values = values + rng.normal(0, noise, len(values))
    spikes = rng.random(len(values)) < 0.003
    values[spikes] += rng.uniform(0.1, 0.3) * limit
    return Recorded("reset", metric, BEGAN + step * np.arange(len(values)), values, limit, "upper")


def _daily(rng: np.random.Generator, metric: str, swing: float, *, sharp: bool) -> Recorded:
    """Four to seven days of a wave that rises slowly; the limit is met in the last half day."""
    days = rng.uniform(4, 7)
    at = BEGAN + 300.0 * np.arange(int(days * 288))
    phase = rng.uniform(0, 2 * np.pi)
    wave = np.sin(2 * np.pi * (at % DAY) / DAY + phase)
    if sharp:
        wave = np.clip(1.6 * wave, -1, 1)
    rise = rng.uniform(0.2, 0.8) * swing
    clean = 4 * swing + rise * (at - BEGAN) / DAY + swing * wave
    last = len(at) - int(0.5 * 288)
    limit = float(max(clean[:last].max() * 1.001, np.quantile(clean[last:], 0.6)))
    values = clean + rng.normal(0, rng.uniform(0.02, 0.1) * swing, len(at))
    if clean[last:].max() <= limit:
        limit = float(clean[last:].max() - 0.02 * swing)
    return Recorded("season", metric, at, values, limit, "upper")


def _without_gap(rng: np.random.Generator, series: Recorded) -> Recorded:
    """The same without what was sent in an outage of the network, in one case of three."""
    if rng.random() > 1 / 3:
        return series
    count = len(series.at)
    start = int(rng.uniform(0.1, 0.5) * count)
    kept = np.ones(count, dtype=bool)
    kept[start : start + int(0.15 * count)] = False
    return replace(series, at=series.at[kept], values=series.values[kept])


def main() -> None:
    """Write them to standard output."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecast_series", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=40, help="how many of every maker")
    asked = parser.parse_args()
    for number, one in enumerate(generate(asked.seed, asked.each)):
        sys.stdout.buffer.write(one.to_line(number) + b"\n")


if __name__ == "__main__":
    main()

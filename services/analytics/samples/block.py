"""A block: the samples of one series in ten minutes, packed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.analytics.forecast.series import Floats
from shared.samples.message import Point

BLOCK_MILLIS = 600_000
MOST_POINTS = 3_000
"""As many samples are kept of one block: five a second. Of more the later ones are left out."""


@dataclass(frozen=True, slots=True)
class Block:
    """n samples of one series, in order; `millis` (n,) since 1970 as int64, `values` (n,) as float64."""

    series_id: str
    slot: int
    """Of ten minutes, since 1970."""
    millis: Floats
    values: Floats
    version: int = 0

    @property
    def id(self) -> str:
        """Under which it is stored."""
        return block_id(self.series_id, self.slot)

    def pack(self) -> bytes:
        """Its samples as bytes: all instants, then all values, little-endian."""
        return self.millis.astype("<i8").tobytes() + self.values.astype("<f8").tobytes()


def block_id(series_id: str, slot: int) -> str:
    """Under which the block of this series and slot is stored."""
    return f"{series_id}:{slot}"


def slots_of(points: Iterable[Point]) -> Mapping[int, Sequence[Point]]:
    """The points of each slot, in their order."""
    found: dict[int, list[Point]] = {}
    for point in points:
        found.setdefault(point[0] // BLOCK_MILLIS, []).append(point)
    return found


def unpack(series_id: str, slot: int, version: int, packed: bytes) -> Block:
    """The block that was packed into these bytes."""
    half = len(packed) // 2
    return Block(
        series_id,
        slot,
        np.frombuffer(packed[:half], dtype="<i8"),
        np.frombuffer(packed[half:], dtype="<f8"),
        version,
    )


def merge(block: Block, points: Sequence[Point]) -> Block | None:
    """The block with these points too; None where that changes nothing.

    An instant that is there already keeps its value: what is delivered again, in whatever order, changes nothing.
    """
    known = set(block.millis.tolist())
    fresh = [point for point in dict(points).items() if point[0] not in known][: MOST_POINTS - len(known)]
    if not fresh:
        return None
    millis = np.concatenate([block.millis, np.array([at for at, _ in fresh], dtype=np.int64)])
    values = np.concatenate([block.values, np.array([value for _, value in fresh], dtype=np.float64)])
    order = np.argsort(millis, kind="stable")
    return Block(block.series_id, block.slot, millis[order], values[order], block.version)


def empty(series_id: str, slot: int) -> Block:
    """A block that nothing is in yet."""
    return Block(series_id, slot, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64))

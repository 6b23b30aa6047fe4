"""Which row a key has, in 16 to 32 bytes a key; a dict of texts takes ten times as much. Pure, but grows.

A key is known by 64 bits of its hash: of a million keys two agree by chance once in forty million tables.
"""

from __future__ import annotations

from array import array

_FIRST_ROOM = 1024
_FREE = -1


class KeyIndex:
    """Keys and their numbers, from 0 in the order in which they came; open addressing, at most half full."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._slots = array("i", [_FREE]) * _FIRST_ROOM

    def __len__(self) -> int:
        return len(self._hashes)

    def find(self, key: str) -> int | None:
        """The number of a key; None for one that was never added."""
        found = self._slots[self._slot(hash(key))]
        return found if found != _FREE else None

    def add(self, key: str) -> int:
        """The number of a key; the next one where it has none yet."""
        hashed = hash(key)
        slot = self._slot(hashed)
        if self._slots[slot] != _FREE:
            return self._slots[slot]
        number = len(self._hashes)
        self._hashes.append(hashed)
        self._slots[slot] = number
        if 2 * len(self._hashes) > len(self._slots):
            self._spread()
        return number

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return len(self._hashes) * self._hashes.itemsize + len(self._slots) * self._slots.itemsize

    def _slot(self, hashed: int) -> int:
        """Where it is, or would be."""
        mask = len(self._slots) - 1
        slot = hashed & mask
        while (number := self._slots[slot]) != _FREE and self._hashes[number] != hashed:
            slot = (slot + 1) & mask
        return slot

    def _spread(self) -> None:
        self._slots = array("i", [_FREE]) * (2 * len(self._slots))
        for number, hashed in enumerate(self._hashes):
            self._slots[self._slot(hashed)] = number

"""Columns of numbers that grow together. Pure, but they change as rows are added and put.

A Python object for each of a million incidents would take a gigabyte; as columns they take a tenth of that, and whole
columns are compared and summed at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NEVER = int(np.iinfo(np.int64).min)
"""Where a column of instants has none. Instants are milliseconds since 1970."""
_FIRST_ROOM = 1024
_GROWTH = 1.25


class Columns:
    """Named columns of one length; each has a type of numpy's and what a row says that was never put."""

    def __init__(self, kinds: Mapping[str, tuple[str, Any]]) -> None:
        self._kinds = kinds
        self._columns: dict[str, NDArray[Any]] = {
            name: np.full(_FIRST_ROOM, usual, dtype) for name, (dtype, usual) in kinds.items()
        }
        self._room = _FIRST_ROOM
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The column, as long as there are rows; it is the column itself, so nobody writes to it."""
        return self._columns[name][: self._count]

    def add(self) -> int:
        """A new row that says what is usual; its number."""
        if self._count == self._room:
            self._grow()
        self._count += 1
        return self._count - 1

    def put(self, row: int, **values: Any) -> None:
        """What a row says now in these columns."""
        for name, value in values.items():
            self._columns[name][row] = value

    def get(self, name: str, row: int) -> Any:
        """One number of a row, as Python's own."""
        return self._columns[name].item(row)

    @property
    def nbytes(self) -> int:
        """The memory that they take, with their room to grow."""
        return sum(column.nbytes for column in self._columns.values())

    def _grow(self) -> None:
        room = int(self._room * _GROWTH)
        for name, (dtype, usual) in self._kinds.items():
            grown = np.full(room, usual, dtype)
            grown[: self._count] = self._columns[name]
            self._columns[name] = grown
        self._room = room

"""The components of incidents, as sets that many share; a service's id or name means that service. Pure, but grows.

Tens of thousands of sets are looked at for each report, so what each means is worked out once, until services change.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.analytics.table.columns import Ints


@dataclass(frozen=True, slots=True)
class MeantComponents:
    """By the number of a set, how many components it means, and where in `flat` their numbers begin."""

    names: list[str]
    sizes: Ints
    begins: Ints
    flat: Ints


class ComponentSets:
    """Every set of components that an incident ever had has a number; 0 is the empty one."""

    def __init__(self) -> None:
        self._sets: list[tuple[str, ...]] = [()]
        self._numbers: dict[tuple[str, ...], int] = {(): 0}
        self._forget({})

    def __len__(self) -> int:
        return len(self._sets)

    def number(self, components: tuple[str, ...]) -> int:
        """The number of a set; a new one where it has none."""
        found = self._numbers.get(components)
        if found is None:
            found = self._numbers[components] = len(self._sets)
            self._sets.append(components)
        return found

    def components(self, number: int) -> tuple[str, ...]:
        """A set, as its incidents name it."""
        return self._sets[number]

    def meant(self, services: Mapping[str, str]) -> MeantComponents:
        """What the sets mean, with these services by id and name."""
        if services != self._services:
            self._forget(dict(services))
        for one in self._sets[len(self._sizes) :]:
            numbers = sorted({self._place(self._meaning(component)) for component in one})
            self._flat.extend(numbers)
            self._sizes.append(len(numbers))
        sizes, flat = np.array(self._sizes, dtype=np.int64), np.array(self._flat, dtype=np.int64)
        return MeantComponents(self._names, sizes, np.cumsum(sizes) - sizes, flat)

    def _forget(self, services: dict[str, str]) -> None:
        self._services = services
        self._by_name = {name.casefold(): key for key, name in sorted(services.items(), reverse=True)}
        self._names: list[str] = []
        self._places: dict[str, int] = {}
        self._sizes, self._flat = array("q"), array("q")

    def _meaning(self, component: str) -> str:
        return component if component in self._services else self._by_name.get(component.casefold(), component)

    def _place(self, name: str) -> int:
        found = self._places.get(name)
        if found is None:
            found = self._places[name] = len(self._names)
            self._names.append(name)
        return found

"""The numbers of one day that imports took, and which is the next one for an incident that has none. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class DayNumbers:
    """One day (`YYYYMMDD`): how many numbers its counter has given, and those that imports took, as they are written.

    `version` is that of what was read, 0 for nothing; `new` are those that were taken since.
    """

    day: str
    version: int = 0
    counted: int = 0
    following: int = 1
    """No lower number is tried for an incident that has none."""
    written: dict[int, str] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)

    def take(self, written: str) -> str | None:
        """Take this number, unless another way of writing it was taken: then that is returned. Twice is once."""
        number = int(written)
        if number not in self.written:
            self.written[number] = written
            self.new.append(written)
        other = self.written[number]
        return other if other != written else None

    def take_next(self) -> int:
        """Take the lowest number that neither the counter nor an import has."""
        number = max(self.following, self.counted + 1)
        while number in self.written:
            number += 1
        self.following = number + 1
        self.written[number] = f"{number:04d}"
        self.new.append(self.written[number])
        return number

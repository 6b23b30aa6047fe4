"""How far a follower has come, in a file that is replaced as a whole: a kill at any time leaves the old or the new.

Before lines are sent it is written up to where, and under which idempotency key: after a kill the same lines are sent
under the same key again, and the gateway takes them once.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from incident_manager.bridge.tail import Place
from incident_manager.client.errors import NotSetUp


@dataclass(frozen=True, slots=True)
class Position:
    """Read and taken by the gateway up to `done`; `lines` more are being sent under `key`, 0: none."""

    done: Place = field(default_factory=Place)
    lines: int = 0
    key: str = ""


def read_position(path: Path) -> Position:
    """The position in the file; the beginning where there is none. Raises `NotSetUp` for a file that is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Position()
    try:
        value: dict[str, Any] = json.loads(text)
        place = value["done"]
        done = Place(int(place["inode"]), int(place["offset"]), str(place["head"]))
        return Position(done, int(value["lines"]), str(value["key"]))
    except (ValueError, KeyError, TypeError) as error:
        raise NotSetUp(f"{path} is no position of a follower; remove it to read from the beginning.") from error


def write_position(path: Path, position: Position) -> None:
    """Keep the position, on the disk before this returns. Raises `OSError`."""
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(asdict(position), file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

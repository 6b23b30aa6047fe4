"""The golden files: one whole event per type, as it travels, and the rules by which they may change.

`python -m shared.testing.golden` writes the files that are missing and adds optional members to those that are there.
A member that would change or vanish is a breaking change: nothing is written, the exit code is 1, and the event needs
a new version (`incident.opened.v2`). `--release`, run once by whoever makes a release, keeps today's files as those of
the previous release: the next release's consumers must go on reading them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.events import CATALOGUE, Event
from shared.testing.examples import example

FOLDER = Path("tests/golden")
PREVIOUS = "previous"
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Differences:
    """How one document differs from the golden one, as JSON pointers."""

    added: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """Members that are gone, renamed, or have another value or type."""

    def __bool__(self) -> bool:
        return bool(self.added or self.broken)


def document(event: Event) -> dict[str, Any]:
    """The event as parsed JSON, the way it travels."""
    parsed: dict[str, Any] = json.loads(event.encode())
    return parsed


def compare(golden: Any, produced: Any, pointer: str = "") -> Differences:
    """Where `produced` (parsed JSON) differs from `golden`. An integer and a float are different types."""
    if isinstance(golden, dict) and isinstance(produced, dict):
        added, broken = [f"{pointer}/{name}" for name in produced if name not in golden], list[str]()
        for name, value in golden.items():
            inner = compare(value, produced.get(name, _ABSENT), f"{pointer}/{name}")
            added += inner.added
            broken += inner.broken
        return Differences(tuple(added), tuple(broken))
    if isinstance(golden, list) and isinstance(produced, list) and len(golden) == len(produced):
        inner_all = [compare(g, p, f"{pointer}/{i}") for i, (g, p) in enumerate(zip(golden, produced, strict=True))]
        return Differences(
            tuple(one for inner in inner_all for one in inner.added),
            tuple(one for inner in inner_all for one in inner.broken),
        )
    return Differences() if type(golden) is type(produced) and golden == produced else Differences(broken=(pointer,))


def load(folder: Path = FOLDER) -> Mapping[str, dict[str, Any]]:
    """The golden documents of a folder by event type."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def update(folder: Path = FOLDER) -> tuple[list[str], list[str]]:
    """Write what is missing in `folder`; returns (what was written, what is broken). Broken files stay as they are."""
    written: list[str] = []
    broken: list[str] = []
    present = load(folder)
    for kind in CATALOGUE:
        produced = document(example(kind.name))
        known = present.get(kind.name)
        differences = compare(known, produced) if known is not None else Differences(added=("",))
        broken += [f"{kind.name}: {pointer}" for pointer in differences.broken]
        if differences.added and not differences.broken:
            text = json.dumps(produced, ensure_ascii=False, indent=2)
            (folder / f"{kind.name}.json").write_text(text + "\n")
            written += [f"{kind.name}: {pointer or 'new'}" for pointer in differences.added]
    return written, broken


def release(folder: Path = FOLDER) -> None:
    """Today's files become the previous release's."""
    (folder / PREVIOUS).mkdir(exist_ok=True)
    for path in (folder / PREVIOUS).glob("*.json"):
        if not (folder / path.name).exists():
            path.unlink()
    for path in folder.glob("*.json"):
        shutil.copy(path, folder / PREVIOUS / path.name)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit code 1 when an event has changed in a way that breaks its readers."""
    parser = argparse.ArgumentParser(prog="python -m shared.testing.golden", description="Write golden events.")
    parser.add_argument("--release", action="store_true", help="keep today's files as the previous release's")
    chosen = parser.parse_args(arguments)
    written, broken = update()
    for line in written:
        sys.stdout.write(f"added\t{line}\n")
    for line in broken:
        sys.stderr.write(f"broken\t{line}\n")
    if broken:
        sys.stderr.write("A changed or removed member needs a new version of the event.\n")
        return 1
    if chosen.release:
        release()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

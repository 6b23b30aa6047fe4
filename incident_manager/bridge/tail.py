"""The lines of a file that grows, by the bytes they stand at: also when it is rotated or cut while it is read.

Rotated means that the name leads to another file: the old one is read to its end first, then those that came between,
then the new one. Cut means that the file is shorter than what was read, or begins with something else: it is read from
its start. A line counts once its end is there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LONGEST_LINE = 1024 * 1024
BYTES_AT_ONCE = 4 * 1024 * 1024
HEAD_BYTES = 256
_ROTATED = r"[.-][0-9][0-9T_.:-]*"
"""What rotation adds to a name: a number or a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a file was read: which file, by its number and how it begins, and how many bytes of it."""

    inode: int = 0
    offset: int = 0
    head: str = ""
    """A digest of the first bytes, at most `HEAD_BYTES` of what was read."""


@dataclass(frozen=True, slots=True)
class Line:
    """A whole line without its end; None: it is longer than is read. `after` is the place behind it."""

    text: bytes | None
    after: Place


class Tail:
    """Reads on from a place. Raises `OSError` for what can't be read; a file that is not there yet has no lines."""

    def __init__(self, path: Path, place: Place) -> None:
        self._path = path
        self.place = place
        """What was done with; whoever reads lines moves it on."""
        self._file: BinaryIO | None = None

    def lines(self, most: int) -> Iterator[Line]:
        """The whole lines behind `place` that are there now, of one file, at most so many, and so many bytes."""
        file = self._ready()
        if file is None:
            return
        place, size = self.place, 0
        for _ in range(most):
            line = _next(file, place)
            if line is None or size > BYTES_AT_ONCE:
                return
            size += line.after.offset - place.offset
            place = line.after
            yield line

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _ready(self) -> BinaryIO | None:
        """The file to read on in, at `place`; another one than before where this one has no more."""
        if self._file is None:
            self._file = self._find()
        while self._file is not None:
            if not _is_of(self._file, self.place):
                self.place = Place(self.place.inode)
            if _next(self._file, self.place) is not None or not self._go_on():
                break
        return self._file

    def _find(self) -> BinaryIO | None:
        """The file that the place is of, also under another name; else the one of the name, from its start."""
        for path in (self._path, *self._rotated()):
            file = _open(path)
            if file is not None and os.fstat(file.fileno()).st_ino == self.place.inode and _is_of(file, self.place):
                return file
            if file is not None:
                file.close()
        file = _open(self._path)
        if file is not None:
            self.place = Place(os.fstat(file.fileno()).st_ino)
        return file

    def _go_on(self) -> bool:
        """Let the file that was read to its end go for the next one; false where there is none yet."""
        next_one = self._next_path()
        file = _open(next_one) if next_one is not None else None
        if file is None:
            return False
        self.close()
        self._file = file
        self.place = Place(os.fstat(file.fileno()).st_ino)
        return True

    def _next_path(self) -> Path | None:
        """The file that was written after this one: a rotated one that came between, else the one of the name."""
        assert self._file is not None  # noqa: S101 - whoever asks has it open
        own = os.fstat(self._file.fileno())
        named = _stat(self._path)
        if named is None or named.st_ino == own.st_ino:
            return None
        between = [
            (stat.st_mtime_ns, path)
            for path in self._rotated()
            if (stat := _stat(path)) is not None and stat.st_ino != own.st_ino and stat.st_mtime_ns > own.st_mtime_ns
        ]
        return min(between)[1] if between else self._path

    def _rotated(self) -> Sequence[Path]:
        """Files beside it whose names rotation may have made of its name."""
        name, stem, suffix = (re.escape(one) for one in (self._path.name, self._path.stem, self._path.suffix))
        pattern = re.compile(rf"{name}{_ROTATED}|{stem}{_ROTATED}{suffix}")
        try:
            return sorted(one for one in self._path.parent.iterdir() if pattern.fullmatch(one.name) and one.is_file())
        except OSError:
            return []


def _next(file: BinaryIO, place: Place) -> Line | None:
    """The whole line at a place; None where it has no end yet."""
    file.seek(place.offset)
    text = file.readline(LONGEST_LINE + 1)
    if text.endswith(b"\n"):
        return Line(text[:-1], _behind(file, place, len(text)))
    if len(text) <= LONGEST_LINE:
        return None
    read = len(text)
    while text and not text.endswith(b"\n"):
        text = file.readline(LONGEST_LINE)
        read += len(text)
    return Line(None, _behind(file, place, read)) if text else None


def _behind(file: BinaryIO, place: Place, count: int) -> Place:
    offset = place.offset + count
    return Place(os.fstat(file.fileno()).st_ino, offset, _head_of(file, offset))


def _is_of(file: BinaryIO, place: Place) -> bool:
    """True while what was read of the file is still how it begins."""
    return os.fstat(file.fileno()).st_size >= place.offset and _head_of(file, place.offset) == place.head


def _head_of(file: BinaryIO, offset: int) -> str:
    wanted = min(offset, HEAD_BYTES)
    found = os.pread(file.fileno(), wanted, 0)
    return hashlib.blake2b(found, digest_size=8).hexdigest() if wanted and len(found) == wanted else ""


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _open(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None

"""The folder of an index: one that this process has to itself, and whether what lies in it is whole.

tantivy writes files once and ends each with its checksum; `meta.json`, which is exchanged in one step, says which of
them are the index. What a process left that was killed meanwhile is in none, and tantivy removes it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import struct
import weakref
import zlib
from pathlib import Path

MOST_PROCESSES = 16
"""So many of one name may run at once; each has a number."""
_BLOCK = 1 << 20
_FOOTER = struct.Struct("<II")
"""Its length, and tantivy's mark."""
_MARK = 1337


class OwnFolder:
    """A folder that no other process has while this one does, however it ends."""

    def __init__(self, folder: Path) -> None:
        """The first below `folder` that nobody holds. Raises `OSError`."""
        for number in range(MOST_PROCESSES):
            self.path = folder / str(number)
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
            else:
                self.leave = weakref.finalize(self, os.close, lock)
                """Let others have it; so does who forgets it, as a task that is ended while it opens an index."""
                return
        raise OSError(f"all of {MOST_PROCESSES} folders in {folder} are held")

    def clear(self, but: str = "") -> None:
        """Remove all that lies in it except a folder of this name."""
        for entry in self.path.iterdir():
            if entry.is_dir() and entry.name != but:
                shutil.rmtree(entry, ignore_errors=True)


def is_whole(index: Path) -> bool:
    """True when all files of an index are there and are what was written."""
    try:
        segments = json.loads((index / "meta.json").read_bytes())["segments"]
        for segment in segments:
            name = segment["segment_id"].replace("-", "")
            deletes = [index / f"{name}.{segment['deletes']['opstamp']}.del"] if segment["deletes"] else []
            files = [*(index / f"{name}.{part}" for part in ("term", "idx", "store", "fast", "fieldnorm")), *deletes]
            if not all(map(_is_as_written, files)):
                return False
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return False
    return True


def _is_as_written(path: Path) -> bool:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(size - _FOOTER.size)
        length, mark = _FOOTER.unpack(file.read(_FOOTER.size))
        body = size - _FOOTER.size - length
        if mark != _MARK or body < 0:
            return False
        file.seek(body)
        said = json.loads(file.read(length))["crc"]
        file.seek(0)
        found = 0
        while body > 0 and (block := file.read(min(body, _BLOCK))):
            found = zlib.crc32(block, found)
            body -= len(block)
    return body == 0 and found == int(said)

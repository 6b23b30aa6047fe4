"""Finds the folders that a script may write in: below one that the operator lists, and by no link.

A script may have left a link where a folder was, so each step of the way below the listed folder is opened as what it
is. What was found is marked by device and inode, and looked at again once it is mounted in the sandbox.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from services.automation.sandbox.bubblewrap import Folder

_OPEN = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def find_folders(paths: Sequence[str], listed: Sequence[str]) -> list[Folder] | str:
    """The folders of these paths; a sentence on the first that can't be given."""
    found = []
    for path in paths:
        folder = _find(PurePosixPath(path), [PurePosixPath(one) for one in listed])
        if isinstance(folder, str):
            return folder
        found.append(folder)
    return found


def _find(path: PurePosixPath, listed: Sequence[PurePosixPath]) -> Folder | str:
    if not path.is_absolute() or ".." in path.parts or "\0" in str(path):
        return f"The folder {str(path)[:200]!r} can't be given: an absolute path without `..` is needed."
    root = next((one for one in listed if path.is_relative_to(one)), None)
    if root is None:
        return f"The folder {str(path)[:200]!r} can't be given: it is in none of those that TOCSIN_SCRIPT_PATHS lists."
    try:
        source = Path(root).resolve(strict=True)
        held = os.open(source, _OPEN)
        try:
            for part in path.relative_to(root).parts:
                below = os.open(part, _OPEN, dir_fd=held)
                os.close(held)
                held = below
            known = os.fstat(held)
        finally:
            os.close(held)
    except OSError as error:
        return f"The folder {str(path)[:200]!r} can't be given: {error.strerror}, or a link on the way to it."
    return Folder(str(path), str(source / path.relative_to(root)), f"{known.st_dev}:{known.st_ino}")

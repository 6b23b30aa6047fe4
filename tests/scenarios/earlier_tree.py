"""The tree of an earlier commit, for a stack that is then upgraded to this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.local.settings import ROOT

COMMIT = "f922ce553626ce09b588056cf8a422f21910aabf"
"""The last one before capabilities got rooms, and each of comms' capabilities a queue of its own."""
LOCK = "requirements-dev.txt"


def has_history() -> bool:
    """Whether this is a clone with its whole history. A copy without it (an archive, `git clone --depth`) is none."""
    shallow = _git("rev-parse", "--is-shallow-repository")
    return shallow.returncode == 0 and shallow.stdout.strip() == b"false"


def unpack(folder: Path) -> Path:
    """Write the tree into this new folder, with the libraries of this one. Raises `AssertionError` where it can't be.

    All that the lock of that commit names, this one's names too, so nothing is installed. When this one names another
    version of something, choose a later commit here.
    """
    found = _git("cat-file", "-e", f"{COMMIT}^{{commit}}")
    assert found.returncode == 0, f"there is no commit {COMMIT} here: {found.stderr.decode()}"
    folder.mkdir()
    tree = _git("archive", COMMIT)
    assert tree.returncode == 0, tree.stderr.decode()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=tree.stdout, check=True)
    missing = set((folder / LOCK).read_text().splitlines()) - set((ROOT / LOCK).read_text().splitlines())
    assert missing == set(), f"{LOCK} of {COMMIT} names what this one does not"
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)

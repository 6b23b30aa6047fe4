"""`.venv` holds exactly what the lock names, by hash; when the stamp says so already, nothing is done."""

import fcntl
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.debian import install_packages
from deploy.local.terminal import CannotStart, complain, must, say

LOCK = "requirements-dev.txt"


def python_of(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def make_virtualenv(root: Path) -> None:
    """Make or refresh `root/.venv`. Two callers at once wait for each other."""
    stamp, wanted = root / ".venv" / ".tocsin-lock", _fingerprint(root)
    if _read(stamp) == wanted:
        return
    with _one_at_a_time(root / "pyproject.toml"):
        if _read(stamp) == wanted:
            return
        if not _works(root):
            say("Making .venv …")
            _create(root / ".venv")
        say("Installing what the lock names …")
        _install(root)
        stamp.write_text(wanted)


def _fingerprint(root: Path) -> str:
    """Changes with the lock, the interpreter and the place: a moved folder needs its scripts written anew."""
    lock = hashlib.sha256((root / LOCK).read_bytes()).hexdigest()
    return f"{lock} {sys.version_info.major}.{sys.version_info.minor} {root}"


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _works(root: Path) -> bool:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        ask = "import pip, sys; print('%d.%d' % sys.version_info[:2], sys.prefix)"
        return must([str(python_of(root)), "-c", ask], "") == f"{version} {root / '.venv'}\n"
    except CannotStart:
        return False


def _create(venv: Path) -> None:
    try:
        import ensurepip  # noqa: F401 - Debian leaves it out of python3
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        install_packages([f"python{version}-venv"], why="Python here cannot make a virtual environment")
    must([sys.executable, "-m", "venv", "--clear", str(venv)], f"{venv} could not be made.")


def _install(root: Path) -> None:
    python = str(python_of(root))
    try:
        _install_with_uv(root, python)
    except CannotStart as problem:
        complain(f"{problem}\nGoing on with pip, which is slower.")
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        must([*pip, "--require-hashes", "-r", str(root / LOCK)], "The dependencies could not be installed.")
        must([*pip, "--no-deps", "--no-build-isolation", "-e", str(root)], "Tocsin itself could not be installed.")


def _install_with_uv(root: Path, python: str) -> None:
    """Uv comes from the lock as well, by hash; it takes seconds where pip takes a minute."""
    only_uv = root / ".venv" / "uv.txt"
    only_uv.write_text(_entry_of("uv", (root / LOCK).read_text()))
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", str(only_uv)]
    must(pip, "uv could not be installed.")
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    if "PIP_INDEX_URL" in os.environ:
        environment.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    uv = [python, "-m", "uv", "pip"]
    must([*uv, "sync", "--require-hashes", "--python", python, str(root / LOCK)], "uv failed.", env=environment)
    itself = ["install", "--python", python, "--no-deps", "--no-build-isolation", "-e", str(root)]
    must([*uv, *itself], "Tocsin itself could not be installed.", env=environment)


def _entry_of(package: str, lock: str) -> str:
    found = re.search(rf"^{re.escape(package)}==.*(?:\n[ \t]+.*)*", lock, re.MULTILINE)
    if found is None:
        raise CannotStart(f"{package} is not in {LOCK}.")
    return found.group() + "\n"

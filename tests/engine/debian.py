"""A small Debian as an image, made of packages where no image registry is reached."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.local.debian13 import mirror
from tests.engine.podman import EngineError, Podman

COMMON = ["ca-certificates"]
MADE_SECONDS = 900
TRUST = Path("etc/ssl/certs/ca-certificates.crt")
PIP = Path("etc/pip.conf")


def make_debian(podman: Podman, suite: str, tag: str, packages: list[str]) -> None:
    """Make `tag` of this suite and packages, from where this machine's own packages come. Takes minutes."""
    with tempfile.TemporaryDirectory(prefix="tocsin-debian-") as place:
        root = Path(place) / "root"
        wanted = ",".join([*COMMON, *packages])
        command = ["debootstrap", "--variant=minbase", f"--include={wanted}", suite, str(root), mirror()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=MADE_SECONDS)
        if done.returncode != 0:
            raise EngineError(f"debootstrap {suite}: {(done.stdout + done.stderr)[-2000:]}")
        for heap in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / heap)
            (root / heap / "partial").mkdir(parents=True)
        if (root / "usr/bin/python3").exists():
            (root / "usr/bin/python").symlink_to("python3")
        # what this machine trusts and where it takes packages from holds for what is built of this image as well
        for file in (TRUST, PIP):
            if (Path("/") / file).exists():
                shutil.copy(Path("/") / file, root / file)
        with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as packing:
            podman.run("import", "--quiet", "--change", 'LABEL tocsin.stand-in="debootstrap"', "-", tag,
                       seconds=300, feed=packing.stdout)  # fmt: skip

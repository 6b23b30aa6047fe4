"""The images that tests run: the public ones that compose pins where a registry is reached, else stand-ins made here.

A stand-in has a name of its own (`localhost/tocsin-test/…`), so that nobody takes one for the other, but for Python's:
the Dockerfile names that one, and it is told by its label.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import requires
from pathlib import Path

import yaml

from deploy.local.settings import ROOT
from tests.engine.debian import make_debian
from tests.engine.podman import EngineError, Podman

HERE = Path(__file__).parent / "images"
LOCK = ROOT / "requirements-dev.txt"
PYTHON = "docker.io/library/python:3.11-slim-bookworm"
"""What the Dockerfile builds on."""
DEBIAN = "localhost/tocsin-test/debian:13"
STAND_INS = {"rabbitmq": "rabbitmq", "mongodb": "database", "prometheus": "prometheus"}
"""The folder of the stand-in for the image of each of these services of compose. For Grafana there is none: no package
of Debian's has it."""
PULL_SECONDS = 600


def pinned() -> Mapping[str, str]:
    """The public image of each service of compose that has a stand-in, by its whole name."""
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    images = {name: services[name]["image"] for name in STAND_INS}
    return {
        name: f"docker.io/{image}" if "/" in image else f"docker.io/library/{image}" for name, image in images.items()
    }


def stand_in(name: str) -> str:
    """The name of the stand-in: of other files, or another lock where it is made by that, there is another one."""
    made_of = sorted(path for path in (HERE / STAND_INS[name]).iterdir() if path.is_file())
    made_of += [LOCK] if name == "mongodb" else []
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()
    return f"localhost/tocsin-test/{STAND_INS[name]}:{mark[:12]}"


def get_images(podman: Podman) -> dict[str, str]:
    """The image to run for each of these services, and Python's: here already, pulled or made. Says what it makes."""
    images = {name: _get(podman, name, public) for name, public in pinned().items()}
    if not _has(podman, PYTHON):
        _make_python(podman)
    return images


def _get(podman: Podman, name: str, public: str) -> str:
    if _has(podman, public):
        return public
    ours = stand_in(name)
    if not podman.has_image(ours):
        print(f"{public} cannot be pulled; making {ours} …", flush=True)
        _make(podman, name, ours)
    return ours


def _has(podman: Podman, public: str) -> bool:
    return podman.has_image(public) or podman.does("pull", "--quiet", public, seconds=PULL_SECONDS)


def _make_python(podman: Podman) -> None:
    print(f"{PYTHON} cannot be pulled; making one of Debian 12 …", flush=True)
    make_debian(podman, "bookworm", PYTHON, ["python3", "python3-venv", "python3-pip"])


def _make(podman: Podman, name: str, tag: str) -> None:
    with tempfile.TemporaryDirectory(prefix="tocsin-image-") as place:
        context = Path(shutil.copytree(HERE / STAND_INS[name], place, dirs_exist_ok=True))
        if name == "mongodb":
            if not _has(podman, PYTHON):
                _make_python(podman)
            (context / "requirements.txt").write_text(locked("secantusdb"))
        elif not podman.has_image(DEBIAN):
            make_debian(podman, "trixie", DEBIAN, [])
        podman.build(context / "Containerfile", context, tag, [f"PYTHON={PYTHON}", f"DEBIAN={DEBIAN}"])


def locked(package: str) -> str:
    """The lock's lines for a package and all that it needs, hashes included."""
    blocks = defaultdict[str, list[str]](list)  # some packages have one version for some Pythons and one for others
    for block in re.split(r"\n(?=\w)", LOCK.read_text(encoding="utf-8").strip()):
        blocks[block.split("==")[0]].append(block)
    wanted, left = dict[str, list[str]](), [package]
    while left:
        name = re.split(r"[^\w-]", left.pop())[0].lower().replace("_", "-")
        if name in wanted or name not in blocks:
            continue
        wanted[name] = blocks[name]
        left += [need for need in requires(name) or () if "extra ==" not in need]
    if package not in wanted:
        raise EngineError(f"the lock has no {package}")
    return "\n".join(block for found in wanted.values() for block in found) + "\n"


def tell_of(podman: Podman, image: str) -> str:
    """The image and, for one that was made here, what it stands on."""
    said = podman.run("image", "inspect", "--format", '{{ index .Labels "tocsin.stand-in" }}', image).strip()
    return f"{image} (made here of {said})" if said else image

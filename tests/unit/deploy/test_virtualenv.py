import re
from pathlib import Path

import pytest

from deploy.local.settings import ROOT
from deploy.local.terminal import CannotStart
from deploy.local.virtualenv import _entry_of

LOCK = """\
a==1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
uv==2 \\
    --hash=sha256:cc
uvicorn==3 \\
    --hash=sha256:dd
"""


def test_one_packages_entry_is_taken_with_its_hashes() -> None:
    assert _entry_of("uv", LOCK) == "uv==2 \\\n    --hash=sha256:cc\n"


def test_a_package_that_is_not_locked_is_said() -> None:
    with pytest.raises(CannotStart, match="uvx"):
        _entry_of("uvx", LOCK)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_names_versions_and_hashes_and_no_place(name: str) -> None:
    lock = (ROOT / name).read_text()

    for line in filter(None, lock.splitlines()):
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==|    --hash=sha256:[0-9a-f]{64}", line), line


def test_the_product_runs_what_is_tested() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==[^ ]+", path.read_text(), re.MULTILINE))

    product, everything = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-dev.txt")
    assert product < everything


def test_the_embedded_database_is_in_no_product() -> None:
    assert "secantus" not in (ROOT / "requirements.txt").read_text()

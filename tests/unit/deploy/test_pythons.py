"""Which interpreter stands for a version."""

import stat
from pathlib import Path

import pytest

from deploy.local.pythons import find, run_tests
from deploy.local.terminal import CannotStart


def make(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_one_on_path_comes_first(tmp_path: Path) -> None:
    python = make(tmp_path / "bin" / "python3.12", "echo 3.12")
    make(tmp_path / "pyenv" / "versions" / "3.12.9" / "bin" / "python", "echo 3.12")
    environ = {"PATH": str(python.parent), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert find("3.12", environ) == python


def test_a_shim_without_its_version_gives_way_to_the_newest_of_pyenv(tmp_path: Path) -> None:
    shim = make(tmp_path / "bin" / "python3.12", "exit 127")
    for patch in (1, 10, 9):
        make(tmp_path / "pyenv" / "versions" / f"3.12.{patch}" / "bin" / "python", "echo 3.12")
    environ = {"PATH": str(shim.parent), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert find("3.12", environ) == tmp_path / "pyenv" / "versions" / "3.12.10" / "bin" / "python"


def test_what_is_not_here_is_not_found(tmp_path: Path) -> None:
    assert find("3.12", {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path)}) is None


def test_fewer_than_two_versions_are_a_failure(tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path)}
    with pytest.raises(CannotStart, match="Found none"):
        run_tests(tmp_path, [], environ)

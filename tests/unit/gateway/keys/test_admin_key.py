from __future__ import annotations

import stat
from pathlib import Path

import pytest

from services.gateway.keys import admin_key

pytestmark = pytest.mark.unit

FIRST = "tk_" + "1" * 32
SECOND = "tk_" + "2" * 32


def test_the_first_start_makes_the_key_and_later_ones_keep_it(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    assert admin_key.keep_admin_key(run_dir, FIRST) == FIRST
    assert admin_key.keep_admin_key(run_dir, SECOND) == FIRST
    file = run_dir / "admin.key"
    assert file.read_text() == FIRST + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in run_dir.iterdir()] == ["admin.key"], "no draft is left"


def test_a_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "admin.key").write_text("\n")
    with pytest.raises(ValueError, match=r"admin\.key holds no key"):
        admin_key.keep_admin_key(tmp_path, FIRST)


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "admin.key").write_text(FIRST)
    (tmp_path / "admin.key").chmod(0o644)
    admin_key.keep_admin_key(tmp_path, SECOND)
    assert stat.S_IMODE((tmp_path / "admin.key").stat().st_mode) == 0o600

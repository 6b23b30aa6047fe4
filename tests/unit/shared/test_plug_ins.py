"""A module of a plug-in folder is never left out in silence, and none takes another's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.comms import channels
from shared.plug_ins import by_key, plug_ins
from tests.architecture.source import ROOT


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "kinds_of_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "contract.py").write_text("")
    (folder / "inner").mkdir()
    (folder / "inner" / "__init__.py").write_text("")
    (folder / "one.py").write_text("NAME = 'one'")
    monkeypatch.syspath_prepend(str(tmp_path))
    return str(folder)


def test_every_module_is_found_but_the_contract(package: str) -> None:
    assert [module.NAME for module in plug_ins("kinds_of_test", [package], "NAME")] == ["one"]


def test_a_module_without_its_marker_fails(package: str) -> None:
    with pytest.raises(RuntimeError, match=r"kinds_of_test\.one has no connect"):
        plug_ins("kinds_of_test", [package], "NAME", "connect")


def test_two_of_one_name_fail() -> None:
    with pytest.raises(RuntimeError, match="two channels are called 'mail'"):
        by_key(["mail", "slack", "mail"], str, "channels")


def test_no_file_of_the_channels_is_missed() -> None:
    files = {path.stem for path in (ROOT / "services/comms/channels").glob("*.py")} - {"__init__", "contract"}
    assert {module.__name__.rpartition(".")[2] for module in channels.modules()} == files

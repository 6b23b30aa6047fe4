"""Which embedded database a run directory gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.database import ASKED, Server, choose_server
from deploy.local.terminal import CannotStart

HERE = Server.SECANTUS_PYTHON
"""What every virtual environment has."""


def test_the_server_that_is_asked_for_is_taken(tmp_path: Path) -> None:
    assert choose_server(tmp_path, {ASKED: HERE}) is HERE


def test_without_a_wish_the_first_that_is_there_is_taken(tmp_path: Path) -> None:
    assert choose_server(tmp_path, {}) is next(server for server in Server if server.path())


def test_data_stay_with_the_server_that_made_them(tmp_path: Path) -> None:
    (tmp_path / "server").write_text(HERE)
    assert choose_server(tmp_path, {}) is HERE


@pytest.mark.parametrize(
    "asked, said",
    [
        pytest.param("mysql", "is none of", id="no server of ours"),
        pytest.param(HERE, "made by", id="the data are another's"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, said: str
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / Server.MONGOD).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))
    (tmp_path / "server").write_text(Server.MONGOD)
    with pytest.raises(CannotStart, match=said):
        choose_server(tmp_path, {ASKED: asked})

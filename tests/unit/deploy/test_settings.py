from pathlib import Path

import pytest

from deploy.local.settings import read_replicas, read_settings
from deploy.local.terminal import CannotStart

ROOT = Path("/somewhere")


def test_without_any_variable_the_stack_is_the_documented_default() -> None:
    settings = read_settings({}, root=ROOT)

    assert settings.run_dir == ROOT / ".run"
    assert settings.http_port == 8080
    assert settings.url == "http://127.0.0.1:8080"
    assert settings.instances("oncall") == ["oncall"]
    assert settings.amqp_url is settings.mongo_url is settings.secret_key is None


def test_an_empty_variable_counts_as_unset() -> None:
    settings = read_settings({"TOCSIN_HTTP_PORT": "", "TOCSIN_MONGO_URL": "", "LANG": ""}, root=ROOT)

    assert settings.http_port == 8080
    assert settings.mongo_url is None
    assert settings.environ == {"LANG": ""}


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("kept in a file\n")
    settings = read_settings({"TOCSIN_SECRET_KEY_FILE": str(tmp_path / "key")}, root=ROOT)

    assert settings.secret_key == "kept in a file"
    assert settings.environ == {"TOCSIN_SECRET_KEY": "kept in a file"}


def test_a_file_of_a_secret_that_is_not_there_is_said() -> None:
    with pytest.raises(CannotStart, match=r"TOCSIN_MONGO_URL_FILE: /not/there can't be read: No such file"):
        read_settings({"TOCSIN_MONGO_URL_FILE": "/not/there"}, root=ROOT)


def test_a_run_directory_may_be_anywhere() -> None:
    assert read_settings({"TOCSIN_RUN_DIR": "/elsewhere/run"}, root=ROOT).run_dir == Path("/elsewhere/run")
    assert read_settings({"TOCSIN_RUN_DIR": "stacks/two"}, root=ROOT).run_dir == ROOT / "stacks" / "two"


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param("", {}, id="nothing asked for"),
        pytest.param("oncall=2", {"oncall": 2}, id="one service"),
        pytest.param("oncall=2,ingest=3", {"oncall": 2, "ingest": 3}, id="two services"),
        pytest.param(" oncall = 2 , ", {"oncall": 2}, id="blanks and a comma at the end"),
        pytest.param("gateway=2", {"gateway": 2}, id="gateways share one port"),
    ],
)
def test_replicas_are_read(text: str, expected: dict[str, int]) -> None:
    assert read_replicas(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("oncall", id="no number"),
        pytest.param("oncall=0", id="none is not a number of replicas"),
        pytest.param("oncall=17", id="more than a machine carries"),
        pytest.param("oncal=2", id="a misspelt service"),
        pytest.param("broker=2", id="the embedded broker is one"),
    ],
)
def test_replicas_that_make_no_sense_are_refused_by_name(text: str) -> None:
    with pytest.raises(CannotStart, match="TOCSIN_REPLICAS"):
        read_replicas(text)


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(CannotStart, match="TOCSIN_HTTP_PORT"):
        read_settings({"TOCSIN_HTTP_PORT": text}, root=ROOT)


def test_replicas_are_numbered_from_two() -> None:
    settings = read_settings({"TOCSIN_REPLICAS": "oncall=3"}, root=ROOT)

    assert settings.instances("oncall") == ["oncall", "oncall.2", "oncall.3"]
    assert settings.instances("comms") == ["comms"]

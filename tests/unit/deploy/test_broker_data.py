"""Which broker is here, and which data it reads."""

from pathlib import Path

import pytest

from deploy.local.broker_data import broker_version, check_data
from deploy.local.terminal import CannotStart

OF_3_10 = "[classic_mirrored_queue_version,implicit_default_bindings,\n quorum_queue,stream_queue,user_limits].\n"
OF_3_13 = "[message_containers,\n quorum_queue,\n stream_filtering].\n"


def written(folder: Path, features: str) -> Path:
    folder.joinpath("tocsin@localhost-feature_flags").write_text(features)
    return folder


@pytest.mark.parametrize(
    "server, version",
    [
        pytest.param("/usr/lib/rabbitmq/lib/rabbitmq_server-4.0.5/sbin/rabbitmq-server", (4, 0, 5), id="Debian 13"),
        pytest.param("/opt/rabbitmq_server-3.10.8/sbin/rabbitmq-server", (3, 10, 8), id="unpacked by hand"),
        pytest.param("/opt/rabbitmq_server-4.1.0-rc.1/sbin/rabbitmq-server", (), id="before a release"),
        pytest.param("/opt/rabbitmq/sbin/rabbitmq-server", (), id="in a folder of another name"),
    ],
)
def test_the_version_stands_in_the_place_of_the_server(server: str, version: tuple[int, ...]) -> None:
    assert broker_version(server) == version


@pytest.mark.parametrize(
    "features, version",
    [
        pytest.param(OF_3_10, (3, 10, 8), id="its own"),
        pytest.param(OF_3_10, (), id="nobody knows the version"),
        pytest.param(OF_3_13, (4, 0, 5), id="3.13's by 4"),
    ],
)
def test_data_that_can_be_read_is_read(tmp_path: Path, features: str, version: tuple[int, ...]) -> None:
    check_data(written(tmp_path, features), version)


def test_what_is_not_there_needs_no_reading(tmp_path: Path) -> None:
    check_data(tmp_path / "nowhere", (4, 0, 5))


def test_data_of_3_10_is_refused_by_4_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="From Debian 12 to 13") as refused:
        check_data(written(tmp_path, OF_3_10), (4, 0, 5))
    assert str(tmp_path) in str(refused.value)

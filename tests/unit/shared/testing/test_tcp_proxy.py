"""The same URL at another port."""

import pytest

from shared.testing.tcp_proxy import port_of, with_port

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "url, moved",
    [
        pytest.param("amqp://tocsin:p%40ss@127.0.0.1:5672/", "amqp://tocsin:p%40ss@127.0.0.1:7/", id="a broker"),
        pytest.param(
            "mongodb://a:b@10.0.0.1:27017/?replicaSet=x&w=1",
            "mongodb://a:b@127.0.0.1:7/?replicaSet=x&w=1",
            id="a database",
        ),
        pytest.param("amqp://10.0.0.1:5672/", "amqp://127.0.0.1:7/", id="nobody's"),
    ],
)
def test_all_but_the_place_stays(url: str, moved: str) -> None:
    assert with_port(url, 7) == moved
    assert port_of(moved) == 7


def test_the_place_may_be_on_another_machine() -> None:
    assert with_port("amqp://a:b@127.0.0.1:1/", 2, "10.0.0.9") == "amqp://a:b@10.0.0.9:2/"


def test_a_url_without_a_port_is_refused() -> None:
    with pytest.raises(ValueError, match="no port"):
        port_of("amqp://127.0.0.1/")

from __future__ import annotations

from ipaddress import ip_network

import pytest

from services.gateway.requests.addresses import client_address

pytestmark = pytest.mark.unit

OURS = [ip_network("10.0.0.0/8"), ip_network("127.0.0.1"), ip_network("2001:db8::/32")]


@pytest.mark.parametrize(
    "peer,forwarded,found",
    [
        pytest.param("192.0.2.9", [b"198.51.100.7"], "192.0.2.9", id="a stranger's word is nothing"),
        pytest.param("10.0.0.1", [], "10.0.0.1", id="a proxy that says nothing is the caller"),
        pytest.param("10.0.0.1", [b"198.51.100.7"], "198.51.100.7", id="a proxy's word counts"),
        pytest.param("10.0.0.1", [b"203.0.113.5, 198.51.100.7"], "198.51.100.7", id="not what the client wrote"),
        pytest.param("127.0.0.1", [b"198.51.100.7, 10.9.9.9"], "198.51.100.7", id="through two proxies"),
        pytest.param("10.0.0.1", [b"203.0.113.5", b"198.51.100.7"], "198.51.100.7", id="in several headers"),
        pytest.param("10.0.0.1", [b"10.0.0.2, 10.0.0.3"], "10.0.0.2", id="somebody among the proxies"),
        pytest.param("10.0.0.1", [b"203.0.113.5, unknown"], "10.0.0.1", id="a word that is no address"),
        pytest.param("10.0.0.1", [b"203.0.113.5, , 10.0.0.2"], "10.0.0.2", id="a gap"),
        pytest.param("10.0.0.1", [b"198.51.100.7:5123"], "198.51.100.7", id="with a port"),
        pytest.param("10.0.0.1", [b"[2001:db9::1]:80"], "2001:db9::1", id="in brackets"),
        pytest.param("2001:db8::5", [b"2001:db9::1"], "2001:db9::1", id="of the newer kind"),
        pytest.param("::ffff:10.0.0.1", [b"::ffff:198.51.100.7"], "198.51.100.7", id="mapped"),
        pytest.param("10.0.0.1", [b"\xff\x00"], "10.0.0.1", id="any bytes"),
        pytest.param("10.0.0.1", [b"10.0.0.2," * 100_000 + b"10.0.0.2"], "10.0.0.2", id="very many"),
        pytest.param("", [b"198.51.100.7"], "", id="no peer"),
    ],
)
def test_the_client_is_the_first_from_the_end_that_is_no_proxy_of_ours(
    peer: str, forwarded: list[bytes], found: str
) -> None:
    assert client_address(peer, forwarded, OURS) == found


def test_without_proxies_of_ours_only_the_connection_counts() -> None:
    assert client_address("127.0.0.1", [b"198.51.100.7"], []) == "127.0.0.1"

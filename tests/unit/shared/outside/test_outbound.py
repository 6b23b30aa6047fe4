"""Which addresses the outgoing HTTP client may connect to."""

from __future__ import annotations

import pytest

from shared.outside.outbound import GuardedBackend, Outbound, Refused, Unreachable, destination, networks, why_forbidden

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.8.9.10", id="the rest of loopback"),
        pytest.param("0.0.0.0", id="this host"),
        pytest.param("10.1.2.3", id="private, class A"),
        pytest.param("172.16.0.1", id="private, class B"),
        pytest.param("192.168.1.1", id="private, class C"),
        pytest.param("100.64.0.1", id="carrier-grade NAT"),
        pytest.param("169.254.169.254", id="cloud metadata"),
        pytest.param("192.0.2.1", id="documentation"),
        pytest.param("198.18.0.1", id="benchmarking"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::1", id="IPv6 loopback"),
        pytest.param("::", id="IPv6 unspecified"),
        pytest.param("fe80::1", id="IPv6 link-local"),
        pytest.param("fe80::1%eth0", id="IPv6 link-local with a scope"),
        pytest.param("fd00::1", id="IPv6 unique local"),
        pytest.param("fec0::1", id="IPv6 site-local"),
        pytest.param("ff02::1", id="IPv6 multicast"),
        pytest.param("2001:db8::1", id="IPv6 documentation"),
        pytest.param("::ffff:127.0.0.1", id="loopback, IPv4-mapped"),
        pytest.param("::ffff:169.254.169.254", id="metadata, IPv4-mapped"),
        pytest.param("64:ff9b::7f00:1", id="loopback behind NAT64"),
        pytest.param("2002:7f00:1::", id="loopback in 6to4"),
        pytest.param("2001:0:7f00:1::", id="loopback as a Teredo server"),
        pytest.param("::127.0.0.1", id="loopback, IPv4-compatible"),
        pytest.param("192.88.99.1", id="a relay of 6to4"),
        pytest.param("192.0.0.9", id="protocol assignments"),
        pytest.param("203.0.113.1", id="documentation, third block"),
        pytest.param("3fff::1", id="IPv6 documentation, second block"),
        pytest.param("3fff:fff:ffff::1", id="the end of it"),
        pytest.param("64:ff9b:1::1", id="local NAT64"),
        pytest.param("64:ff9b::a00:1", id="private behind NAT64"),
        pytest.param("100::1", id="IPv6 discard"),
        pytest.param("5f00::1", id="segment routing"),
        pytest.param("2001:2::1", id="IPv6 benchmarking"),
        pytest.param("2001:20::1", id="ORCHID"),
        pytest.param("2002:a00:1::", id="private in 6to4"),
        pytest.param("2002:c058:6301::", id="a relay in 6to4"),
        pytest.param("2001:0:808:808::f5ff:fffe", id="private as a Teredo client"),
        pytest.param("::ffff:192.88.99.1", id="a relay, IPv4-mapped"),
        pytest.param("not an address", id="no address at all"),
    ],
)
def test_an_address_inside_is_forbidden(address: str) -> None:
    assert why_forbidden(address)


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"],
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert why_forbidden(address) is None


@pytest.mark.parametrize(
    "address, allowed",
    [
        pytest.param("10.1.2.3", True, id="inside the listed range"),
        pytest.param("::ffff:10.1.2.3", True, id="inside it, IPv4-mapped"),
        pytest.param("10.2.0.1", False, id="beside it"),
        pytest.param("fd00::5", True, id="in the listed IPv6 range"),
        pytest.param("127.0.0.1", False, id="another private range"),
    ],
)
def test_the_allow_list_opens_exactly_its_ranges(address: str, allowed: bool) -> None:
    listed = networks(["10.1.0.0/16", "fd00::/64"])
    assert (why_forbidden(address, listed) is None) is allowed


def test_an_allow_list_that_cannot_be_read_names_its_entry() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        networks(["10.0.0.0/8", "10.0.0.0/99"])


@pytest.mark.parametrize(
    "url, expected",
    [
        ("https://Hooks.Example.org/a?b", "hooks.example.org:443"),
        ("http://example.org:8080", "example.org:8080"),
        ("http://[::1]/x", "[::1]:80"),
        ("https://bücher.example/", "xn--bcher-kva.example:443"),
    ],
)
def test_a_destination_is_the_host_and_port_of_an_address(url: str, expected: str) -> None:
    assert destination(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://h:99999/",
        "http://h:0/",
        "http://h:x/",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        destination(url)


async def test_a_name_that_leads_inside_is_refused_without_a_connection() -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1", "10.0.0.1"]

    with pytest.raises(Refused, match=r"inside\.example.*TOCSIN_OUTBOUND_ALLOW"):
        await GuardedBackend([], resolve).connect_tcp("inside.example", 80, timeout=1)


async def nowhere(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize(
    "url, headers",
    [
        pytest.param("http://example.org:99999/", {}, id="no port"),
        pytest.param("http://exa\ud800mple.org/", {}, id="half a letter in the host"),
        pytest.param("http://u\ud800:p@example.org/", {}, id="half a letter in the user"),
        pytest.param("http://example.org/\ud800", {}, id="half a letter in the path"),
        pytest.param("http://example.org/\x00", {}, id="a control character in the path"),
        pytest.param("http://" + 70 * "a" + ".example/", {}, id="a label that is too long"),
        pytest.param("http://example.org/", {"authorization": "Bearer clé"}, id="a token that is not ASCII"),
        pytest.param("http://example.org/", {"x-note": "a\r\nx-other: b"}, id="a header with a line break"),
        pytest.param("http://example.org/", {"x note": "a"}, id="a header's name with a blank"),
        pytest.param("http://example.org/", {"": "a"}, id="a header without a name"),
    ],
)
async def test_whatever_cannot_be_sent_is_refused_and_nothing_else_is_raised(url: str, headers: dict[str, str]) -> None:
    http = Outbound(resolve=nowhere)
    with pytest.raises(Refused) as caught:
        await http.post(url, b"", headers)
    assert "clé" not in str(caught.value)


@pytest.mark.parametrize("failure", [ValueError("odd"), RuntimeError("odd"), ExceptionGroup("odd", [OverflowError()])])
async def test_any_other_failure_of_a_call_is_one_of_the_three(failure: Exception) -> None:
    async def fails(_host: str, _port: int) -> list[str]:
        raise failure

    with pytest.raises(Unreachable):
        await Outbound(resolve=fails).post("http://example.org/", b"", {})

from __future__ import annotations

import pytest

from services.gateway.requests.headers import (
    acceptable_request_id,
    answer_headers,
    fault_of_target,
    head_bytes,
    is_alertmanager,
    upstream_headers,
)

pytestmark = pytest.mark.unit


def test_what_only_the_gateway_may_say_does_not_come_from_outside() -> None:
    sent = [
        (b"host", b"tocsin"),
        (b"x-tocsin-identity", b"forged"),
        (b"x-tocsin-csrf", b"1"),
        (b"authorization", b"Bearer k"),
        (b"cookie", b"session=1"),
        (b"x-forwarded-for", b"1.2.3.4"),
        (b"x-request-id", b"theirs"),
        (b"accept", b"*/*"),
    ]
    assert upstream_headers(sent, [(b"x-tocsin-identity", b"ours")]) == [
        (b"host", b"tocsin"),
        (b"x-tocsin-csrf", b"1"),
        (b"accept", b"*/*"),
        (b"x-tocsin-identity", b"ours"),
    ]


def test_hop_by_hop_headers_end_here_also_those_that_connection_names() -> None:
    sent = [
        (b"connection", b"Keep-Alive, X-Secret"),
        (b"te", b"trailers"),  # codespell:ignore te
        (b"x-secret", b"1"),
        (b"x-other", b"2"),
    ]
    assert upstream_headers(sent, []) == [(b"x-other", b"2")]


def test_an_answer_loses_its_hop_by_hop_headers_and_keeps_its_length() -> None:
    came = [(b"connection", b"close"), (b"transfer-encoding", b"chunked"), (b"etag", b'"3"'), (b"content-length", b"2")]
    assert answer_headers(came) == [(b"etag", b'"3"'), (b"content-length", b"2")]


@pytest.mark.parametrize(
    "length,framing",
    [
        (None, b"transfer-encoding: chunked\r\n"),
        (7, b"content-length: 7\r\n"),
        (0, b"content-length: 0\r\n"),
        (-1, b""),
    ],
    ids=["unknown", "known", "empty", "no body"],
)
def test_a_request_head_frames_its_body_once(length: int | None, framing: bytes) -> None:
    assert head_bytes("POST", b"/x?a=b", [(b"host", b"h")], length=length) == (
        b"POST /x?a=b HTTP/1.1\r\nhost: h\r\n" + framing + b"\r\n"
    )


@pytest.mark.parametrize(
    "given,taken",
    [(b"abc-1.2:3_4", True), (b"", False), (b"a b", False), (b"a\nb", False), (b"x" * 101, False), (None, False)],
)
def test_a_request_id_is_taken_only_when_it_can_be_logged(given: bytes | None, taken: bool) -> None:
    assert (acceptable_request_id(given) is not None) is taken


@pytest.mark.parametrize(
    "path,query,agent,expected",
    [
        pytest.param("/incidents/webhook", b"source=alertmanager", b"", True, id="by parameter"),
        pytest.param("/incidents/webhook", b"", b"Alertmanager/0.27", True, id="by who sends"),
        pytest.param("/api/v2/alerts", b"", b"Prometheus/2.53", True, id="by path"),
        pytest.param("/incidents/webhook", b"source=alertmanager2", b"curl/8", False, id="another source"),
        pytest.param("/incidents", b"", b"curl/8", False, id="anything else"),
    ],
)
def test_alertmanager_is_known_by_path_parameter_or_name(path: str, query: bytes, agent: bytes, expected: bool) -> None:
    assert is_alertmanager(path, query, agent) is expected


@pytest.mark.parametrize(
    "raw,path,fault",
    [
        pytest.param(b"/incidents/INC-1", "/incidents/INC-1", None, id="plain"),
        pytest.param(b"/services/%D8%A2", "/services/\u0622", None, id="Persian"),
        pytest.param(b"/services/100%25", "/services/100%", None, id="an encoded percent"),
        pytest.param(b"/services/%EF%BF%BD", "/services/\ufffd", None, id="a replacement character that was sent"),
        pytest.param(b"/services/%00", "/services/\x00", "control", id="NUL"),
        pytest.param(b"/services/%0a", "/services/\n", "control", id="a line break"),
        pytest.param(b"/services/%zz", "/services/%zz", "percent", id="a malformed percent-encoding"),
        pytest.param(b"/services/%", "/services/%", "percent", id="a percent alone"),
        pytest.param(b"/services/%ff", "/services/\ufffd", "UTF-8", id="bytes that are no text"),
        pytest.param(b"*", "*", "no path", id="no path"),
        pytest.param(b"/" + b"x" * 20_000, "/" + "x" * 20_000, "longer", id="absurdly long"),
    ],
)
def test_an_address_that_would_do_harm_is_named_for_its_fault(raw: bytes, path: str, fault: str | None) -> None:
    told = fault_of_target(raw, path, b"")
    assert told is None if fault is None else told is not None and fault in told

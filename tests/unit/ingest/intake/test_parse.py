from __future__ import annotations

import time
import tracemalloc
from itertools import islice

import pytest

from services.ingest.intake.parse import MOST_ALERTS, MOST_VALUES, alerts_in, parse
from services.ingest.normalisation.dedup_key import dedup_key
from shared.problem import Problem
from tests.unit.ingest.builders import T0

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "body, value",
    [
        (b'{"title": "a"}', {"title": "a"}),
        (b'"\\ud800"', "\ud800"),
        (b'"\xff\xfe"', "ÿþ"),
        (b"\xef\xbb\xbf[]", []),
        ('"å"'.encode("utf-16"), "å"),
        (b'"\\u0000"', "\x00"),
    ],
    ids=["plain", "lone surrogate", "broken UTF-8", "byte order mark", "UTF-16", "NUL"],
)
def test_json_that_can_be_read_is_read(body: bytes, value: object) -> None:
    assert parse(body).value == value


@pytest.mark.parametrize("body", [b"", b"{", b"title=a", b"[" * 100_000, b"\x00", b"9" * 5000, b"\xff\xfe\x00"])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        parse(body)

    assert (refused.value.status, refused.value.code) == (400, "malformed")
    assert [fault.pointer for fault in refused.value.errors] == [""]


def test_too_many_alerts_in_one_request_are_refused() -> None:
    with pytest.raises(Problem) as refused:
        list(islice(alerts_in([{"title": "a"}] * (MOST_ALERTS + 1), None, None, T0), MOST_ALERTS - 1, None))

    assert refused.value.status == 413


LARGEST = 10 * 1024 * 1024
LISTED = b"{}," * ((LARGEST - 100) // 3) + b"{}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" + LISTED + b"]", id="a list"),
        pytest.param(b"[" + b"{}," * MOST_ALERTS + b"{}]", id="one too many"),
        pytest.param(("[" + "{}," * MOST_ALERTS + "{}]").encode("utf-16"), id="in UTF-16"),
        pytest.param(b'{"receiver": "r", "alerts": [' + b"{}," * MOST_ALERTS + b"{}]}", id="as Alertmanager has them"),
        pytest.param(b'{"title": "one", "more": [' + LISTED + b"]}", id="more values than one alert can mean"),
        pytest.param(b"[" * MOST_VALUES + b"[", id="nothing but brackets"),
    ],
)
def test_more_than_a_request_may_hold_is_refused_before_it_is_built(body: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(Problem) as refused:
        parse(body)
    took = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (refused.value.status, refused.value.code) == (413, "too_many_alerts")
    assert took < 2 * len(body) + 1024 * 1024, "its text, and no more"


def test_as_many_as_a_request_may_hold_are_read() -> None:
    assert len(parse(b"[" + b"{}," * (MOST_ALERTS - 1) + b"{}]").value) == MOST_ALERTS
    long = parse(b'{"title": "one", "values": [' + b"1," * MOST_ALERTS * 2 + b"1]}")
    assert len(long.value["values"]) == 2 * MOST_ALERTS + 1, "which are no alerts"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(b"[" + b"[]," * 1_500_000 + b"[]]", id="lists"),
        pytest.param(b"[" + b'{"a":1},' * 1_000_000 + b"{}]", id="objects"),
        pytest.param(b"[" + b"1.5," * 2_000_000 + b"1]", id="numbers"),
        pytest.param(b"{" + b",".join(b'"%x":1' % number for number in range(500_000)) + b"}", id="members"),
        pytest.param(b"1," + b",".join(b'"%x":1' % number for number in range(500_000)), id="members at the top"),
    ],
)
def test_a_body_of_very_many_values_that_say_nothing_is_read_soon(more: bytes) -> None:
    """All other alerts of this process wait meanwhile."""
    value = parse(b'{"what":' + more + b"}")
    began = time.process_time()
    (alert,) = alerts_in(value.value, None, None, T0)
    dedup_key(alert, "0")
    assert time.process_time() - began < 2.5

"""Remote write 1.0: what Prometheus sends is read, and what could harm is refused before it is unpacked."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.samples.checking import read_samples
from services.ingest.samples.limits import MOST_SERIES
from services.ingest.samples.remote_write import MOST_BYTES, WRITE_REQUEST, names_of, read_remote_write
from shared.problem import Problem

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MILLIS = int(NOW.timestamp() * 1000)
KIND = "application/x-protobuf"


def request(*series: tuple[dict[str, str], list[tuple[int, float]]]) -> bytes:
    message = WRITE_REQUEST()
    for labels, samples in series:
        one = message.timeseries.add()
        for name, value in labels.items():
            one.labels.add(name=name, value=value)
        for at, number in samples:
            one.samples.add(value=number, timestamp=at)
    return bytes(cramjam.snappy.compress_raw(message.SerializeToString()))


def refused(body: bytes, kind: str = KIND, encoding: str = "snappy") -> int:
    with pytest.raises(Problem) as problem:
        read_remote_write(body, kind, encoding, NOW)
    return problem.value.status


def status_of(read: Callable[[], object]) -> int:
    """What would be answered."""
    try:
        read()
    except Problem as problem:
        return problem.status
    return 202


def test_a_request_is_read() -> None:
    labels = {"__name__": "node_memory", "instance": "db-1:9100", "job": "node", "service": "payments"}
    body = request((labels, [(MILLIS - 15_000, 1.5), (MILLIS, 2.5)]))
    ((one,), dropped) = read_remote_write(body, KIND, "snappy", NOW)
    assert (one.host, one.metric, one.service, one.limit) == ("db-1:9100", 'node_memory{job="node"}', "payments", None)
    assert list(one.points) == [(MILLIS - 15_000, 1.5), (MILLIS, 2.5)]
    assert not +dropped


def test_a_message_is_what_the_protocol_says() -> None:
    """By hand: field 1 of the request is a series, its field 1 a label (1 name, 2 value), its field 2 a sample."""
    label = b"\x0a\x08__name__\x12\x02up"
    sample = b"\x09" + b"\x00\x00\x00\x00\x00\x00\xf0\x3f" + b"\x10\x01"
    series = b"\x0a" + bytes([len(label)]) + label + b"\x12" + bytes([len(sample)]) + sample
    message = WRITE_REQUEST.FromString(b"\x0a" + bytes([len(series)]) + series)
    assert message.timeseries[0].labels[0].value == "up"
    assert (message.timeseries[0].samples[0].value, message.timeseries[0].samples[0].timestamp) == (1.0, 1)


def test_what_cannot_be_a_sample_is_counted() -> None:
    body = request(
        ({"__name__": "a"}, [(MILLIS, math.nan), (0, 1.0), (MILLIS + 10**9, 1.0), (MILLIS, 1.0), (MILLIS, 2.0)]),
        ({"job": "x"}, [(MILLIS, 1.0)]),
        ({"__name__": "a" * 400}, [(MILLIS, 1.0)]),
    )
    ((one,), dropped) = read_remote_write(body, KIND, "snappy", NOW)
    assert list(one.points) == [(MILLIS, 2.0)]
    assert dropped == {
        "not_a_number": 1, "too_old": 1, "in_the_future": 1, "doubled": 1, "no_name": 1, "name_too_long": 1,
    }  # fmt: skip


def test_what_is_no_remote_write_is_refused() -> None:
    good = request(({"__name__": "a"}, [(MILLIS, 1.0)]))
    assert refused(good, "application/json") == 415
    assert refused(good, f"{KIND};proto=io.prometheus.write.v2.Request") == 415
    assert refused(good, encoding="gzip") == 415
    assert refused(b"") == 400
    assert refused(b"nonsense") == 400
    assert refused(bytes(cramjam.snappy.compress_raw(b"\xff" * 100))) == 400


def test_what_would_become_too_large_is_refused_unseen() -> None:
    assert refused(bytes(cramjam.snappy.compress_raw(b"\x00" * (MOST_BYTES + 1)))) == 413
    many = request(*(({"__name__": f"m{place}"}, [(MILLIS, 1.0)]) for place in range(MOST_SERIES + 1)))
    assert refused(many) == 413


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    assert status_of(lambda: read_remote_write(body, KIND, "snappy", NOW)) in (202, 400, 413)


def test_the_first_label_of_a_host_names_it() -> None:
    assert names_of([("__name__", "m"), ("instance", "i"), ("host", "h"), ("b", "2"), ("a", "1")]) == (
        "h", 'm{a="1",b="2",instance="i"}', None,
    )  # fmt: skip
    assert names_of([("__name__", "m")]) == ("-", "m", None)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["host", "metric", "points", "limit", "limit_kind", "horizon_seconds", "service"]),
            inner,
            max_size=7,
        )
    ),
    max_leaves=30,
)


@given(junk)
def test_whatever_is_sent_as_our_own_body_is_read_or_refused(body: object) -> None:
    assert status_of(lambda: read_samples(body, NOW)) in (202, 400, 413, 422)

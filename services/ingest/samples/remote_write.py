"""Prometheus remote write 1.0: from a request's bytes to samples. Pure.

Source: https://prometheus.io/docs/specs/prw/remote_write_spec/. The body is protobuf in Snappy's block format,
whose first bytes say how large it becomes: what would be too large is refused before anything is unpacked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import cramjam
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from services.ingest.samples.checking import Dropped, clean_name, keep_points, too_many
from services.ingest.samples.limits import LONGEST_NAME, MOST_POINTS, MOST_SERIES
from shared.problem import Problem, malformed, too_large
from shared.samples.message import Samples

CONTENT_TYPE = "application/x-protobuf"
ENCODING = "snappy"
MOST_BYTES = 32 * 1024 * 1024
"""Of a message when it is unpacked."""
HOST_LABELS = ("host", "hostname", "node", "instance")
"""The first of these labels that a series has names its host."""
NOBODY = "-"
"""The host of a series that names none."""
NAME, SERVICE = "__name__", "service"

_AT_MOST_ONE, _REPEATED = 1, 3
_FIELDS: dict[str, tuple[tuple[str, int, int, str], ...]] = {
    "Label": (("name", 1, 9, ""), ("value", 2, 9, "")),
    "Sample": (("value", 1, 1, ""), ("timestamp", 2, 3, "")),
    "TimeSeries": (("labels", 1, 11, "Label"), ("samples", 2, 11, "Sample")),
    "WriteRequest": (("timeseries", 1, 11, "TimeSeries"),),
}
"""The message's parts: (name, number, protobuf's type, part) of each field; a part within a part is repeated."""


def _write_request() -> Any:
    file: Any = descriptor_pb2.FileDescriptorProto(name="tocsin/remote_write.proto", package="tocsin", syntax="proto3")
    for part, fields in _FIELDS.items():
        message = file.message_type.add(name=part)
        for name, number, kind, inner in fields:
            field = message.field.add(name=name, number=number, type=kind, label=_REPEATED if inner else _AT_MOST_ONE)
            if inner:
                field.type_name = f".tocsin.{inner}"
    pool: Any = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tocsin.WriteRequest"))


WRITE_REQUEST = _write_request()
"""The class of the message."""


def read_remote_write(body: bytes, content_type: str, encoding: str, now: datetime) -> tuple[list[Samples], Dropped]:
    """The samples of a request, and how many were left out.

    Raises a `Problem`: 415 for another content type or encoding, 413 for too much, 400 for bytes that are no message.
    """
    kind, _, parameters = content_type.lower().partition(";")
    if kind.strip() != CONTENT_TYPE or "v2" in parameters:
        raise Problem(415, "unsupported_media_type", f"Remote write 1.0 is taken: {CONTENT_TYPE}.")
    if encoding.strip().lower() != ENCODING:
        raise Problem(415, "unsupported_media_type", f"The body's Content-Encoding must be {ENCODING}.")
    message = WRITE_REQUEST()
    try:
        message.ParseFromString(_unpack(body))
    except DecodeError as error:
        raise malformed(f"The body is no remote write request: {error}."[:300]) from None
    if len(message.timeseries) > MOST_SERIES:
        raise too_many("series", MOST_SERIES)
    dropped: Dropped = Dropped()
    found: dict[tuple[str, str], Samples] = {}
    left = MOST_POINTS
    for one in message.timeseries:
        left -= len(one.samples)
        if left < 0:
            raise too_many("points", MOST_POINTS)
        host, metric, service = names_of((label.name, label.value) for label in one.labels)
        if not metric or max(len(metric), len(host), len(service or "")) > LONGEST_NAME:
            dropped["no_name" if not metric else "name_too_long"] += len(one.samples)
            continue
        points = keep_points([(sample.timestamp / 1000, sample.value) for sample in one.samples], now, dropped)
        before = found.get((host, metric))
        if before is not None:
            points = sorted({**dict(before.points), **dict(points)}.items())
        found[host, metric] = Samples(host, metric, points, service=service)
    return list(found.values()), dropped


def names_of(labels: Iterable[tuple[str, str]]) -> tuple[str, str, str | None]:
    """Host, metric and service of a series with these labels; the metric is the name with all other labels in order."""
    known = {clean_name(name): clean_name(value) for name, value in labels}
    name = known.pop(NAME, "")
    service = known.pop(SERVICE, None) or None
    host = NOBODY
    for label in HOST_LABELS:
        if known.get(label):
            host = known.pop(label)
            break
    rest = ",".join(f'{label}="{value}"' for label, value in sorted(known.items()) if value)
    return host, f"{name}{{{rest}}}" if rest and name else name, service


def _unpack(body: bytes) -> bytes:
    try:
        if cramjam.snappy.decompress_raw_len(body) > MOST_BYTES:
            raise too_large(MOST_BYTES)
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise malformed(f"The body is not packed by Snappy: {error}."[:300]) from None

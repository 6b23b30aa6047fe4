from __future__ import annotations

from itertools import islice

import pytest

from services.ingest.reading import MOST_ALERTS, alerts_in, parse
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

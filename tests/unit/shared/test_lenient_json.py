"""JSON as monitoring sends it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from shared.lenient_json import read_json


@pytest.mark.parametrize(
    "body, value",
    [
        pytest.param(b'{"a": 1}', {"a": 1}, id="plain"),
        pytest.param(b'{"a": "cut \\ud83d"}', {"a": "cut \ud83d"}, id="half a surrogate pair"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', {"a": 1}, id="a byte order mark"),
        pytest.param(b'{"a": "S\xfcd"}', {"a": "S\ufffdd"}, id="Latin-1"),
        pytest.param('{"a": "é"}'.encode("utf-16"), {"a": "é"}, id="UTF-16"),
        pytest.param(b'{"a": "one\ntwo\tthree"}', {"a": "one\ntwo\tthree"}, id="raw line breaks"),
        pytest.param(b'{"a": Infinity}', {"a": math.inf}, id="a number that is none"),
    ],
)
def test_what_can_be_read_is_read(body: bytes, value: Any) -> None:
    assert read_json(body) == value


def test_not_a_number_is_read() -> None:
    assert math.isnan(read_json(b'{"a": NaN}')["a"])


@pytest.mark.parametrize("body", [b"", b"{not json", b"\x00", b"[" * 100_000, b'{"a": }', b"1" * 5000 + b"x"])
def test_what_is_no_json_is_said(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_json(body)

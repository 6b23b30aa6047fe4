"""JSON as monitoring sends it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from shared.text.lenient_json import read_json


@pytest.mark.parametrize(
    "body, value",
    [
        pytest.param(b'{"a": 1}', {"a": 1}, id="plain"),
        pytest.param(b'{"a": "cut \\ud83d"}', {"a": "cut \ud83d"}, id="half a surrogate pair"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', {"a": 1}, id="a byte order mark"),
        pytest.param('{"a": "é"}'.encode("utf-16"), {"a": "é"}, id="UTF-16"),
        pytest.param('{"a": "é"}'.encode("utf-16-be"), {"a": "é"}, id="UTF-16 without a mark"),
        pytest.param(b'{"a": "one\ntwo\tthree"}', {"a": "one\ntwo\tthree"}, id="raw line breaks"),
        pytest.param(b'{"a": Infinity}', {"a": math.inf}, id="a number that is none"),
    ],
)
def test_what_can_be_read_is_read(body: bytes, value: Any) -> None:
    found = read_json(body, "application/json; charset=utf-8")
    assert (found.value, found.notes) == (value, ())
    assert read_json(body) == found


def test_not_a_number_is_read() -> None:
    assert math.isnan(read_json(b'{"a": NaN}').value["a"])


@pytest.mark.parametrize("charset", ["iso-8859-1", "Windows-1252", "latin1", '"ISO-8859-1"'])
def test_letters_of_a_declared_charset_are_read_without_a_word(charset: str) -> None:
    for body, name in ((b'{"a": "S\xfcd"}', "Süd"), (b'{"a": "S\xf6d"}', "Söd"), (b'{"a": "1\n\xa0\x80"}', "1\n\xa0€")):
        found = read_json(body, f"application/json; charset={charset}")
        assert (found.value, found.notes) == ({"a": name}, ())


def test_letters_of_no_declared_charset_are_read_as_windows_1252_and_that_is_said() -> None:
    for content_type in ("", "application/json", "application/json; charset=utf-8"):
        found = read_json(b'{"a": "S\xfcd", "b": "\xc3\xb6"}', content_type)
        assert found.value == {"a": "Süd", "b": "ö"}, "what is UTF-8 stays so"
        assert found.notes == ("bytes: those that are no utf-8 were read as Windows-1252",)


@pytest.mark.parametrize("body", [b'{"a": "S\xfcd"}', b'{"a": "b"}'])
def test_a_charset_that_nobody_knows_is_ignored_and_noted(body: bytes) -> None:
    found = read_json(body, "application/json; charset=klingon")
    assert found.value == read_json(body).value
    assert found.notes == ("charset: 'klingon' is unknown, ignored", *read_json(body).notes)


@pytest.mark.parametrize("content_type", ["", "a/b; charset=latin1", "a/b; charset=klingon"])
@pytest.mark.parametrize(
    "body", [b"", b"{not json", b"\x00", b"[" * 100_000, b'{"a": }', b"1" * 5000 + b"x", b'{"\xff']
)
def test_what_is_no_json_is_said(body: bytes, content_type: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_json(body, content_type)

"""Bytes of any charset become text, and bytes that differ become texts that differ."""

from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.charsets import WESTERN, charset_of, decode

pytestmark = pytest.mark.unit

LETTERS = {
    "utf-8": "Süd 日本 ایران",
    "utf-16": "Süd 日本 ایران",
    "iso-8859-1": "Süd, Ærø",
    "ISO-8859-15": "Süd, 5 €",
    "us-ascii": "South",
    "windows-1251": "Юг",
    "koi8-r": "Юг",
    "cp866": "Юг",
    "iso-8859-2": "Łódź",
    "windows-1256": "ايران",
    "Shift_JIS": "東京",
    "euc-jp": "東京",
    "iso-2022-jp": "東京",
    "gb2312": "上海",
    "GBK": "上海",
    "big5": "臺北",
    "euc-kr": "서울",
    "tis-620": "ไทย",
}


@pytest.mark.parametrize("charset", LETTERS)
def test_letters_of_a_declared_charset_are_read(charset: str) -> None:
    text = f'{{"title": "{LETTERS[charset]}"}}'
    found = decode(text.encode(charset), charset)
    assert (found.text, found.notes) == (text, ())


@given(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda body: "日本 Süd".encode() + body)))
def test_without_a_charset_different_bytes_stay_different(body: bytes) -> None:
    """Each odd byte has a letter of its own in its place, and what is UTF-8 is read as that."""
    whole = b'{"a": "' + body + b'"}'
    found = decode(whole)
    if found.notes == ("bytes: those that are no utf-8 were read as Windows-1252",):
        odd = whole.decode(errors="surrogateescape")
        assert found.text == "".join(WESTERN[ord(one) - 0xDC00] if one in _ODD else one for one in odd)
    elif not found.notes:
        assert whole in (found.text.encode(), found.text.encode("utf-16-le"), found.text.encode("utf-16-be"))


_ODD = {chr(0xDC00 + byte) for byte in range(128, 256)}


def test_every_byte_has_a_letter_of_its_own() -> None:
    assert len(set(WESTERN)) == 256
    texts = {decode(b"S" + bytes([byte]) + b"d").text for byte in range(128, 256)}
    assert len(texts) == 128


@given(st.binary(max_size=200), st.sampled_from([*LETTERS, "hz", "johab", "iso-2022-kr", "cp1255", "klingon", ""]))
def test_no_bytes_are_refused_whatever_is_declared(body: bytes, charset: str) -> None:
    assert decode(body, charset).text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass") is not None


def test_odd_bytes_of_a_declared_charset_are_noted() -> None:
    assert decode("東京".encode("shift_jis") + b"\x85!", "shift_jis").text == "東京…!"
    assert decode(b"\x98\xde", "windows-1251").text == "\u02dcЮ"
    for body, charset in ((b"\x85!", "shift_jis"), (b"\x98", "windows-1251"), (b"\xff\xfe{\x00\x00", "utf-16")):
        assert len(decode(body, charset).notes) == 1


def test_a_byte_order_mark_knows_better_and_is_no_letter() -> None:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ):
        assert decode(mark + "Süd".encode(name), "iso-8859-1").text == "Süd"


@pytest.mark.parametrize("body", [b"\xfc", b"\xfc\xc3\xbc", b"\xfc ", b"\x81\x00"])
@pytest.mark.parametrize("charset", ["", "cp1255", "shift_jis", "gb2312", "hz", "utf-16"])
def test_megabytes_of_odd_bytes_take_no_longer_than_others(body: bytes, charset: str) -> None:
    began = time.process_time()
    decode(body * (4 * 1024 * 1024 // len(body)), charset)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "zlib", "rot13", "utf-7", "../x", "x" * 10_000]
)
def test_what_is_no_charset_of_text_is_asked_of_nobody(charset: str) -> None:
    found = decode(b"S\\u00fcd+AGE-", charset)
    assert (found.text, len(found.notes)) == ("S\\u00fcd+AGE-", 1)
    assert len(found.notes[0]) < 80


@pytest.mark.parametrize(
    "content_type, charset",
    [
        ("application/json", ""),
        ("application/json; charset=ISO-8859-1", "ISO-8859-1"),
        ('application/json; Charset = "utf-8" ; x=y', "utf-8"),
        ("charset=latin1", ""),
        ("a/b; charset=", ""),
        ("", ""),
    ],
)
def test_the_charset_is_a_parameter_of_the_content_type(content_type: str, charset: str) -> None:
    assert charset_of(content_type) == charset

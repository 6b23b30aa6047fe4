"""Headers as bytes: decoding them gives what was written, exactly, and nothing in them is anybody else's header."""

from __future__ import annotations

import base64
import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.mail import MailAddress, address_list, one_line_header, text_header

SARA = MailAddress("sara", "example.org")
_WORD = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/=]*)\?=")


def unfolded(header: bytes) -> str:
    """The value of a header, after the checks that hold for every one (RFC 5322 2.1.1, RFC 2047 2)."""
    assert header.endswith(b"\r\n")
    lines = header[:-2].split(b"\r\n")
    assert all(len(line) <= 998 for line in lines)
    assert all(line[:1] == b" " and line.strip() for line in lines[1:]), "each further line is a folded one"
    assert b"\r" not in b"".join(lines)
    assert b"\n" not in b"".join(lines)
    text = b"".join(lines).decode("ascii")
    assert all(len(word.group()) <= 75 for word in _WORD.finditer(text))
    assert all(len(line) <= 78 for line in lines if b"=?utf-8?b?" in line)
    return text.partition(": ")[2]


def decoded(value: str) -> str:
    """As RFC 2047 6.2 says, by a reader of our own: white space between two encoded words is no part of the text."""
    joined = re.sub(r"(?<=\?=) +(?==\?)", "", value)
    return _WORD.sub(lambda found: base64.b64decode(found.group(1)).decode(), joined)


SPEECHES = [
    "API above host-01.example.org eu-west-1",
    "支払い 支払い 支払い",
    "پایگاه داده از دسترس خارج شد، نیم‌فاصله",
    "=?utf-8?q?hi?= there",
    "=?utf-8?b?/w==?=",
    "=?utf-8?q?x=0D=0AReply-To:_evil@evil.example=0D=0A?=",
    "two  blanks   and a very long line that must be folded somewhere before it is seventy-eight octets long  ",
    "👩🏽‍🚒" * 30,
    "a" * 2000,
    " leading",
    "?==?",
]
pieces = st.one_of(
    st.sampled_from(SPEECHES),
    st.sampled_from(["=?", "?=", "=", "?", "utf-8", " ", "  ", "\u3000", "\u200c", '"', "\\", ",", ";", "<", ">", "@"]),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40),
)
titles = st.lists(pieces, max_size=8).map("".join)


@settings(max_examples=2000)
@given(titles)
@example("".join(SPEECHES))
def test_decoding_the_bytes_gives_the_title_exactly(title: str) -> None:
    value = unfolded(text_header("Subject", title))
    assert decoded(value) == title
    assert str(make_header(decode_header(value))) == title or "\ufffd" in title


@settings(max_examples=1000)
@given(titles.filter(bool))
@example("Smith, John Payments Checkout Settlement Systems EMEA Region Primary On Call")
@example('"Quoted" \\ (commented) <x@y.z>, other@example.org')
def test_a_name_is_one_name_and_the_address_stays(name: str) -> None:
    value = unfolded(address_list("To", [(name, SARA)]))
    ((called, address),) = getaddresses([value])
    assert address == "sara@example.org"
    assert decoded(called) == name or decoded(called).split() == name.split()


@pytest.mark.parametrize("char", ["\r", "\n", "\x00", "\x85", "\u2028", "\u2029", "\ud83d", "\x7f"])
def test_what_no_header_can_carry_is_refused(char: str) -> None:
    with pytest.raises(ValueError, match="header"):
        text_header("Subject", f"a{char}b")
    with pytest.raises(ValueError, match="header"):
        address_list("To", [(f"a{char}b", SARA)])


def test_a_long_name_in_ascii_is_read_whole_by_every_reader() -> None:
    name = "Smith, John Payments Checkout Settlement Systems EMEA Region Primary On Call"
    header = address_list("To", [(name, SARA)])
    assert b"=?" not in header
    read = message_from_bytes(header + b"\r\n", policy=SMTP)["To"]
    assert str(read) == f'"{name}" <sara@example.org>'


def test_plain_ascii_is_read_without_decoding() -> None:
    assert text_header("Subject", "API is  down") == b"Subject: API is  down\r\n"
    assert address_list("To", [("Sara Ahmadi", SARA)]) == b"To: Sara Ahmadi <sara@example.org>\r\n"
    assert address_list("To", [("", SARA), ("Doe, J.", SARA)]) == (
        b'To: sara@example.org, "Doe, J." <sara@example.org>\r\n'
    )


def test_a_link_stands_on_one_line_however_long() -> None:
    url = "<https://tocsin.example.org/status/page/unsubscribe/" + "t" * 300 + ">"
    assert one_line_header("List-Unsubscribe", url) == f"List-Unsubscribe: {url}\r\n".encode()
    for wrong in ("<https://x/é>", "a\r\nb", "x" * 1000):
        with pytest.raises(ValueError, match="one line"):
            one_line_header("List-Unsubscribe", wrong)

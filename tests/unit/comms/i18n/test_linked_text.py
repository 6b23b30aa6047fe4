"""What people write on public pages: links that lead where they read, and names that turn nothing around."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comms.i18n.linked_text import LONGEST_LINK, Piece, isolate, pieces_of

pytestmark = pytest.mark.unit


def links(text: str) -> list[str]:
    return [one.href for one in pieces_of(text) if one.href]


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param("See https://example.org/a?b=c&d=e#f now", ["https://example.org/a?b=c&d=e#f"], id="amid words"),
        pytest.param("https://example.org", ["https://example.org"], id="alone"),
        pytest.param("Read https://example.org/a.", ["https://example.org/a"], id="before a full stop"),
        pytest.param("(https://example.org/a)", ["https://example.org/a"], id="in brackets"),
        pytest.param("https://example.org/a_(b)", ["https://example.org/a_(b)"], id="with brackets of its own"),
        pytest.param("https://a.example, https://b.example!", ["https://a.example", "https://b.example"], id="two"),
        pytest.param("詳細はhttps://example.org/aをご覧ください", ["https://example.org/a"], id="in Japanese"),
        pytest.param("詳細は https://example.orgをご覧ください", ["https://example.org"], id="Japanese at its host"),
        pytest.param("https://example.org/a، https://example.org/b", ["https://example.org/a", "https://example.org/b"],
                     id="in Persian"),
        pytest.param("https://bücher.example/a", [], id="a host that is cut short leads elsewhere"),
        pytest.param("https://www.bücher.example/a", [], id="also behind a point"),
        pytest.param("https://user@evil.example/", [], id="with a name before the host"),
        pytest.param("https://localhost/a", [], id="no public host"),
        pytest.param("https://", [], id="nothing"),
        pytest.param("https://[::1", [], id="half an address"),
        pytest.param("https://example.org:99999/", [], id="no port"),
        pytest.param("http://example.org javascript:alert(1) data:x", [], id="nothing but https"),
        pytest.param('https://example.org/"><script>', ["https://example.org/"], id="what ends an attribute"),
        pytest.param("https://example.org/" + "a" * LONGEST_LINK, [], id="without end"),
        pytest.param("https://example.org/\u202egpj.exe", ["https://example.org/"], id="what turns it around"),
    ],
)  # fmt: skip
def test_bare_https_links_become_links(text: str, expected: list[str]) -> None:
    assert links(text) == expected


@given(st.text(alphabet="https:/ex.org()[]@?&=#%,;!'\"<>\u202eüをa \n", max_size=300))
def test_the_pieces_are_the_text(text: str) -> None:
    pieces = pieces_of(text)
    assert "".join(one.text for one in pieces) == text
    assert all(one.href in ("", one.text) for one in pieces)


def test_plain_text_is_one_piece() -> None:
    assert pieces_of("We look into it.") == [Piece("We look into it.")]
    assert pieces_of("") == []


def test_a_name_that_turns_the_writing_around_is_closed_in() -> None:
    assert isolate("Payments") == "Payments"
    assert isolate("gpj\u202e.exe") == "\u2068gpj\u202e.exe\u2069"

"""Which addresses mail can go to, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import address_list, mail_address


@pytest.mark.parametrize(
    "text, envelope",
    [
        pytest.param("sara@example.org", "sara@example.org", id="plain"),
        pytest.param("sara+oncall.x@mail.example.org", "sara+oncall.x@mail.example.org", id="tagged"),
        pytest.param("root@localhost", "root@localhost", id="a host"),
        pytest.param("nadia@bücher.example", "nadia@xn--bcher-kva.example", id="an international domain"),
        pytest.param("nadia@BÜCHER.example", "nadia@xn--bcher-kva.example", id="in capitals"),
        pytest.param("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah", id="Japanese"),
        pytest.param("a..b@example.org", '"a..b"@example.org', id="dots in a row"),
        pytest.param("sárа@example.org", "sárа@example.org", id="an international local part"),
    ],
)
def test_addresses_are_written_for_an_envelope(text: str, envelope: str) -> None:
    address = mail_address(text)
    assert address is not None
    assert address.envelope == envelope
    assert address.needs_utf8 is not envelope.isascii()


@pytest.mark.parametrize(
    "text",
    ["", "sara", "@x.org", "a@", "x@[y", "q1@[x", "a@[127.0.0.1]", "a b@x.org", "a@b c", '"a"@x.org', "a@x..org",
     "a@x.", "a@-x.org", "a,b@x.org", "a@x.org,b@y.org", "<a@x.org>", "a(c)@x.org", "a\r\nBcc: b@x.org", "a\x00@x.org",
     "a\u2028@x.org", "a\u00a0b@x.org", "\ud83d@x.org", f"{'a' * 65}@x.org", f"a@{'b' * 64}.org", f"a@{'bcd.' * 70}org",
     "a@ü..x", "a@\u200b.org", "a@xn--\ud83d.org", "a;b@x.org", "a:b@x.org", "a\\b@x.org"],
)  # fmt: skip
def test_what_no_mail_can_be_addressed_to_is_none(text: str) -> None:
    assert mail_address(text) is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_address_can_be_composed(local: str, domain: str) -> None:
    address = mail_address(f"{local}@{domain}")
    if address is not None:
        header = address_list("To", [("", address)])
        assert header.count(b"\r\n") == 1
        assert address.domain.isascii()

"""Keys, signatures and signed claims; the bytes are those of the release before, so what was signed stays good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.secrecy.signed_links import AckClaim, make_ack_token, read_ack_token
from shared.secrecy.signing import derive_key, is_same, read_claim, sign, sign_claim, signing_secret

pytestmark = pytest.mark.unit

KEY = "a secret of the field"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ACK_TOKEN = (
    "WyJJTkMtMjAyNjExMjEtMDAwMSIsMiwi2LPYp9ix2KciLCJwMSIsImZhIiwxNzk1MzQ4ODAwXQ"
    ".K_VL_iDnZmAebo5h1JFp_YOR3moIQdU8GTgQZhD9DR4"
)
"""Made by the release before."""


def test_a_signature_is_that_of_the_standard() -> None:
    """Source: RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign(b"Jefe", b"what do ya want for nothing?").hex() == expected
    assert is_same(bytes.fromhex(expected), sign(b"Jefe", b"what do ya want for nothing?"))
    assert not is_same(b"", bytes.fromhex(expected))


def test_keys_are_those_of_the_release_before() -> None:
    assert derive_key(KEY, "x").hex() == "4e89ea572748f037a2eb71919240a5b4c0fcfe917a8565abe069efddf288215a"
    assert signing_secret(KEY, "int_1") == "f477e8ee3d464b0bb006d2e4468d78d1c6fe83840d8729d9f10e0ecd9493296d"


def test_an_acknowledge_link_of_the_release_before_is_good() -> None:
    claim = AckClaim("INC-20261121-0001", 2, "سارا", "p1", "fa", NOON + timedelta(hours=24))
    assert read_ack_token(KEY, ACK_TOKEN, NOON) == claim
    made = make_ack_token(
        KEY,
        incident_id=claim.incident_id,
        generation=claim.generation,
        user_id=claim.user_id,
        page_id=claim.page_id,
        requested_at=NOON,
        locale=claim.locale,
    )
    assert made == ACK_TOKEN


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=20))
def test_a_claim_is_read_as_it_was_signed_and_for_its_purpose_only(claim: bytes, purpose: bytes) -> None:
    token = sign_claim(KEY, purpose, claim)
    assert read_claim(KEY, purpose, token) == claim
    assert read_claim(f"new,{KEY}", purpose, token) == claim
    assert read_claim(KEY, purpose + b"x", token) is None
    assert read_claim("another", purpose, token) is None


@given(st.text(max_size=60))
def test_any_other_text_is_no_claim(text: str) -> None:
    assert read_claim(KEY, b"x", text) is None

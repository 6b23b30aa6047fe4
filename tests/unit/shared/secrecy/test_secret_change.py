"""While a secret is changed, what was signed or sealed under the old one stays good, until the old one is taken out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.problem import Problem
from shared.secrecy.sealing import Seal
from shared.secrecy.signed_links import make_ack_token, read_ack_token
from shared.secrecy.signing import derive_key, secrets_in, signing_secret, signing_secrets

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)
OLD, NEW = 20 * "o", 20 * "n"


def token(secret_key: str) -> str:
    return make_ack_token(secret_key, incident_id="INC-1", generation=1, user_id="sara", page_id="p1", requested_at=NOW)


@pytest.mark.parametrize(
    "text, secrets",
    [("a", ["a"]), ("a,b", ["a", "b"]), (" a , ,b,", ["a", "b"]), ("", [""]), (",", [""])],
)
def test_a_secret_key_holds_one_secret_or_several(text: str, secrets: list[str]) -> None:
    assert secrets_in(text) == secrets


def test_the_first_secret_signs_and_seals() -> None:
    assert derive_key(f"{NEW},{OLD}", "x") == derive_key(NEW, "x")
    assert token(f"{NEW},{OLD}") == token(NEW)
    assert signing_secret(f"{NEW},{OLD}", "int_1") == signing_secret(NEW, "int_1")
    assert Seal(NEW, "x").open(Seal(f"{NEW},{OLD}", "x").close(b"text")) == b"text"


@pytest.mark.parametrize("reading", [f"{NEW},{OLD}", f"{OLD},{NEW}"])
@pytest.mark.parametrize("signing", [NEW, OLD])
def test_all_secrets_read(reading: str, signing: str) -> None:
    assert read_ack_token(reading, token(signing), NOW).user_id == "sara"
    assert Seal(reading, "x").open(Seal(signing, "x").close(b"text")) == b"text"
    assert signing_secret(signing, "int_1") in signing_secrets(reading, "int_1")


def test_what_a_secret_signed_that_was_taken_out_is_not_ours() -> None:
    with pytest.raises(Problem):
        read_ack_token(NEW, token(OLD), NOW)
    assert Seal(NEW, "x").open(Seal(OLD, "x").close(b"text")) is None

"""A service believes only what the gateway signed for it, for a minute."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.callers.identity import Identity
from shared.callers.identity_tokens import (
    LIFETIME,
    IdentityReader,
    IdentitySigner,
    _private,
    make_private_key,
    public_key,
)
from shared.problem import Problem
from shared.vocabulary import Role

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)
SARA = Identity(key_id="k1", name="Sara's key", role=Role.RESPONDER, teams=("payments",), user_id="sara")
KEY, OTHER = make_private_key(), make_private_key()
SIGNER = IdentitySigner(KEY)
READER = IdentityReader([public_key(KEY)], "oncall")


def signed(claims: object, *, private: str = KEY, algorithm: str = "Ed25519") -> str:
    return jwt.encode(
        {"alg": algorithm},
        dict(claims),  # type: ignore[call-overload]
        _private(private),
        algorithms=[algorithm],
    )


def under_the_public_key() -> str:
    """What somebody makes who takes the public half for a shared secret."""
    key = OctKey.import_key(public_key(KEY).encode())
    return jwt.encode({"alg": "HS256"}, claims(), key, algorithms=["HS256"])


def claims(**changes: object) -> dict[str, object]:
    issued = int(NOW.timestamp())
    good = {"aud": "oncall", "iat": issued, "exp": issued + 60, "tocsin": SARA.model_dump(mode="json")}
    return {name: value for name, value in (good | changes).items() if value is not None}


def unsigned(algorithm: str, body: dict[str, object]) -> str:
    parts = [{"alg": algorithm, "typ": "JWT"}, body]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def test_a_token_tells_the_service_who_calls() -> None:
    assert READER.read(SIGNER.sign(SARA, "oncall", NOW), NOW) == SARA


@pytest.mark.parametrize(
    "after, good",
    [
        pytest.param(timedelta(), True, id="at once"),
        pytest.param(LIFETIME, True, id="a minute later"),
        pytest.param(LIFETIME + timedelta(seconds=4), True, id="within the leeway for clocks"),
        pytest.param(LIFETIME + timedelta(seconds=5), False, id="after the leeway"),
        pytest.param(timedelta(days=1), False, id="a day later"),
    ],
)
@pytest.mark.parametrize("known", [False, True], ids=["first seen", "seen before"])
def test_a_token_is_good_for_a_minute_also_when_it_was_seen_before(after: timedelta, good: bool, known: bool) -> None:
    reader = IdentityReader([public_key(KEY)], "oncall")
    token = SIGNER.sign(SARA, "oncall", NOW)
    if known:
        reader.read(token, NOW)
    if good:
        assert reader.read(token, NOW + after) == SARA
        return
    with pytest.raises(Problem) as refused:
        reader.read(token, NOW + after)
    assert (refused.value.status, refused.value.code) == (401, "not_the_gateway")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("nonsense", id="nonsense"),
        pytest.param("a.b.c", id="three parts of nothing"),
        pytest.param(signed(claims(), private=OTHER), id="another key"),
        pytest.param(under_the_public_key(), id="the public half taken for a secret"),
        pytest.param(unsigned("none", claims()), id="unsigned"),
        pytest.param(unsigned("Ed25519", claims()), id="said to be signed"),
        pytest.param(signed(claims()).rpartition(".")[0] + ".AAAA", id="a forged signature"),
        pytest.param(signed(claims(aud="comms")), id="for another service"),
        pytest.param(signed(claims(aud=["oncall", "comms"])), id="for two at once"),
        pytest.param(signed(claims(aud=None)), id="for nobody"),
        pytest.param(signed(claims(exp=None)), id="for ever"),
        pytest.param(signed(claims(exp="soon")), id="until soon"),
        pytest.param(signed(claims(exp=1)), id="long expired"),
        pytest.param(signed(claims(tocsin=None)), id="about nobody"),
        pytest.param(signed(claims(tocsin={"key_id": "k", "name": "n", "role": "emperor"})), id="an unknown role"),
        pytest.param(signed(claims(tocsin=[])), id="a list for a person"),
    ],
)
def test_a_token_that_is_not_the_gateways_is_refused(token: str) -> None:
    with pytest.raises(Problem) as refused:
        READER.read(token, NOW)
    assert (refused.value.status, refused.value.code) == (401, "not_the_gateway")


@given(st.text(max_size=300))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(Problem):
        READER.read(text, NOW)


def test_changing_a_claim_breaks_the_signature() -> None:
    head, _, signature = SIGNER.sign(SARA, "oncall", NOW).split(".")
    risen = claims(tocsin=SARA.model_copy(update={"role": Role.ADMIN}).model_dump(mode="json"))
    body = base64.urlsafe_b64encode(json.dumps(risen).encode()).decode().rstrip("=")
    with pytest.raises(Problem):
        READER.read(f"{head}.{body}.{signature}", NOW)


def test_remembering_tokens_has_an_end() -> None:
    reader = IdentityReader([public_key(KEY)], "oncall")
    for number in range(1_100):
        reader.read(SIGNER.sign(SARA.model_copy(update={"key_id": f"k{number}"}), "oncall", NOW), NOW)
    assert len(reader._read) <= 1_001


def test_a_token_for_one_service_is_nothing_to_another() -> None:
    token = SIGNER.sign(SARA, "oncall", NOW)
    with pytest.raises(Problem):
        IdentityReader([public_key(KEY)], "incident").read(token, NOW)


def test_a_service_believes_the_next_key_as_well_while_keys_change() -> None:
    both = IdentityReader([public_key(KEY), public_key(OTHER)], "oncall")
    for signer in (SIGNER, IdentitySigner(OTHER)):
        assert both.read(signer.sign(SARA, "oncall", NOW), NOW) == SARA


@pytest.mark.parametrize("text", ["", "x", "not a key at all", 43 * "é", 64 * "a"])
def test_what_is_no_key_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        public_key(text)
    with pytest.raises(ValueError, match="key"):
        IdentityReader([text], "oncall")

"""A service believes only what the gateway signed, for a minute."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.identity import LIFETIME, Identity, IdentityTokens, derive_key
from shared.problem import Problem
from shared.vocabulary import Role

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)
SARA = Identity(key_id="k1", name="Sara's key", role=Role.RESPONDER, teams=("payments",), user_id="sara")
TOKENS = IdentityTokens("secret")


def signed(
    claims: object, *, secret: str = "secret", purpose: str = "tocsin identity", algorithm: str = "HS256"
) -> str:
    key = OctKey.import_key(derive_key(secret, purpose))
    return jwt.encode({"alg": algorithm}, dict(claims), key, algorithms=[algorithm])  # type: ignore[call-overload]


def claims(**changes: object) -> dict[str, object]:
    issued = int(NOW.timestamp())
    good = {"aud": "tocsin-services", "iat": issued, "exp": issued + 60, "tocsin": SARA.model_dump(mode="json")}
    return {name: value for name, value in (good | changes).items() if value is not None}


def unsigned(algorithm: str, body: dict[str, object]) -> str:
    parts = [{"alg": algorithm, "typ": "JWT"}, body]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def test_a_token_tells_the_service_who_calls() -> None:
    assert TOKENS.read(TOKENS.sign(SARA, NOW), NOW) == SARA


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
    tokens = IdentityTokens("secret")
    token = tokens.sign(SARA, NOW)
    if known:
        tokens.read(token, NOW)
    if good:
        assert tokens.read(token, NOW + after) == SARA
        return
    with pytest.raises(Problem) as refused:
        tokens.read(token, NOW + after)
    assert (refused.value.status, refused.value.code) == (401, "not_the_gateway")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("nonsense", id="nonsense"),
        pytest.param("a.b.c", id="three parts of nothing"),
        pytest.param(signed(claims(), secret="another"), id="another secret"),
        pytest.param(signed(claims(), purpose="tocsin ack link"), id="a key for another purpose"),
        pytest.param(signed(claims(), algorithm="HS512"), id="another algorithm"),
        pytest.param(unsigned("none", claims()), id="unsigned"),
        pytest.param(unsigned("HS256", claims()), id="said to be signed"),
        pytest.param(signed(claims()).rpartition(".")[0] + ".AAAA", id="a forged signature"),
        pytest.param(signed(claims(aud="tocsin-browser")), id="for somebody else"),
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
        TOKENS.read(token, NOW)
    assert (refused.value.status, refused.value.code) == (401, "not_the_gateway")


@given(st.text(max_size=300))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(Problem):
        TOKENS.read(text, NOW)


def test_changing_a_claim_breaks_the_signature() -> None:
    head, _, signature = TOKENS.sign(SARA, NOW).split(".")
    risen = claims(tocsin=SARA.model_copy(update={"role": Role.ADMIN}).model_dump(mode="json"))
    body = base64.urlsafe_b64encode(json.dumps(risen).encode()).decode().rstrip("=")
    with pytest.raises(Problem):
        TOKENS.read(f"{head}.{body}.{signature}", NOW)


def test_remembering_tokens_has_an_end() -> None:
    tokens = IdentityTokens("secret")
    for number in range(1_100):
        tokens.read(tokens.sign(SARA.model_copy(update={"key_id": f"k{number}"}), NOW), NOW)
    assert len(tokens._read) <= 1_001


@pytest.mark.parametrize(
    "holder, may",
    [
        pytest.param(Role.ADMIN, {Role.ADMIN, Role.MANAGER, Role.RESPONDER, Role.VIEWER, Role.INTEGRATION}, id="admin"),
        pytest.param(Role.MANAGER, {Role.MANAGER, Role.RESPONDER, Role.VIEWER, Role.INTEGRATION}, id="manager"),
        pytest.param(Role.RESPONDER, {Role.RESPONDER, Role.VIEWER}, id="responder"),
        pytest.param(Role.VIEWER, {Role.VIEWER}, id="viewer"),
        pytest.param(Role.INTEGRATION, {Role.INTEGRATION}, id="integration"),
    ],
)
def test_what_the_holder_of_a_role_may_do(holder: Role, may: set[Role]) -> None:
    identity = SARA.model_copy(update={"role": holder})
    assert {role for role in Role if identity.may(role)} == may
    for role in set(Role) - may:
        with pytest.raises(Problem, match=role.value):
            identity.require(role)


def test_the_timeline_names_the_person_else_the_key() -> None:
    assert SARA.author == "sara"
    assert SARA.model_copy(update={"user_id": None}).author == "Sara's key"


def test_keys_of_two_purposes_or_two_secrets_have_nothing_in_common() -> None:
    assert len({derive_key("a", "x"), derive_key("a", "y"), derive_key("b", "x")}) == 3
    assert len(derive_key("a", "x")) == 32

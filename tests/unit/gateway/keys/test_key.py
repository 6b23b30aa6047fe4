from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.keys import key as keys
from services.gateway.keys.key import Key, Refusal, judge
from services.gateway.requests.routes import Need
from shared.vocabulary import Role
from tests.unit.gateway.builders import NOW, make_key

pytestmark = pytest.mark.unit

SECOND = timedelta(seconds=1)
SHOWN = make_key().digest


@pytest.mark.parametrize(
    "need,key,shown,refusal",
    [
        pytest.param(Need.ANYONE, None, False, None, id="a public page asks nobody"),
        pytest.param(Need.ANYONE, make_key(revoked_at=NOW), True, None, id="and ignores a key that is sent"),
        pytest.param(Need.VIEWER, None, False, Refusal.NO_KEY, id="no key"),
        pytest.param(Need.VIEWER, None, True, Refusal.UNKNOWN_KEY, id="a key that nobody knows"),
        pytest.param(Need.VIEWER, make_key(revoked_at=NOW), True, Refusal.REVOKED_KEY, id="a revoked key"),
        pytest.param(Need.VIEWER, make_key(expires_at=NOW), True, Refusal.EXPIRED_KEY, id="it expires at its instant"),
        pytest.param(Need.VIEWER, make_key(expires_at=NOW + SECOND), True, None, id="and not before"),
        pytest.param(Need.VIEWER, make_key(), True, None, id="good enough"),
        pytest.param(Need.MANAGER, make_key(role=Role.RESPONDER), True, Refusal.ROLE_TOO_LOW, id="too low"),
        pytest.param(
            Need.ADMIN, make_key(role=Role.VIEWER, expires_at=NOW), True, Refusal.EXPIRED_KEY, id="401 before 403"
        ),
        pytest.param(Need.VIEWER, make_key(role=Role.INTEGRATION), True, Refusal.WEBHOOKS_ONLY, id="a tool can't look"),
        pytest.param(Need.WEBHOOK, make_key(role=Role.INTEGRATION), True, None, id="but deliver"),
        pytest.param(Need.WEBHOOK, make_key(role=Role.RESPONDER), True, Refusal.ROLE_TOO_LOW, id="a responder can't"),
    ],
)
def test_the_holder_of_a_key_may_or_may_not(need: Need, key: Key | None, shown: bool, refusal: Refusal | None) -> None:
    assert judge(need, key, shown=SHOWN if shown else None, now=NOW) is refusal


def test_keys_have_their_shapes_and_are_found_by_their_digest() -> None:
    assert keys.api_key(bytes(16)) == "tk_" + "0" * 32
    assert keys.integration_key(bytes(range(16))) == "000102030405060708090a0b0c0d0e0f"
    assert keys.digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    "key",
    [
        make_key(),
        make_key(teams=("a", "b"), user_id="u1", expires_at=NOW),
        make_key(role=Role.INTEGRATION, integration_kind="alertmanager", service_id="s1", revoked_at=NOW),
    ],
    ids=["plain", "of a person", "of an integration"],
)
def test_a_key_comes_back_from_its_document_as_it_was(key: Key) -> None:
    stored: dict[str, Any] = {name: value for name, value in keys.to_fields(key).items() if value is not None}
    assert keys.from_document({"_id": key.id, "version": key.version, **stored}) == key


def test_others_are_told_the_digest_and_never_the_key() -> None:
    facts = keys.to_facts(make_key("secret-of-sixteen", role=Role.INTEGRATION, integration_kind="generic", id="int_1"))
    fact = facts.pop("int_1")
    assert facts == {}
    assert "secret" not in fact.model_dump_json()
    assert (fact.integration_id, fact.integration_kind) == ("int_1", "generic")


def test_the_address_of_an_integration_works_as_it_stands() -> None:
    assert keys.delivery_url("http://t", "alertmanager", "k") == "http://t/incidents/webhook?source=alertmanager&key=k"
    assert keys.delivery_url("http://t", "alertmanager") == "http://t/incidents/webhook?source=alertmanager"
    assert keys.delivery_url("http://t", "pagerduty", "k") == "http://t/v2/enqueue"


MOMENTS = st.integers(-100, 100).map(lambda hours: NOW + timedelta(hours=hours))


@given(st.lists(MOMENTS, max_size=6).flatmap(lambda goings: st.tuples(st.just(goings), st.permutations(goings * 2))))
def test_in_whatever_order_and_however_often_a_going_is_heard_the_key_ends_the_same(
    goings: tuple[list[datetime], list[datetime]],
) -> None:
    def fold(moments: list[datetime]) -> Key:
        key = make_key(user_id="u1")
        for moment in moments:
            key = keys.end_with_person(key, moment) or key
        return key

    once, shuffled = goings
    assert fold(shuffled) == fold(once)


def test_a_key_made_after_the_person_went_stays() -> None:
    key = make_key()
    assert keys.end_with_person(key, key.created_at - SECOND) is None


@pytest.mark.parametrize(
    "text,after,refusal",
    [
        pytest.param("new", SECOND, None, id="the new secret at once"),
        pytest.param("tk_00000000000000000000000000000000", SECOND, None, id="the old one in the grace"),
        pytest.param("tk_00000000000000000000000000000000", 60 * SECOND, Refusal.ROTATED_KEY, id="and not after it"),
        pytest.param("new", 60 * SECOND, None, id="the new one then too"),
    ],
)
def test_a_rotated_keys_old_secret_is_good_for_the_grace(text: str, after: timedelta, refusal: Refusal | None) -> None:
    key = keys.rotate_secret(make_key(), keys.digest_of("new"), NOW, 60 * SECOND)
    assert judge(Need.VIEWER, key, shown=keys.digest_of(text), now=NOW + after) is refusal


def test_a_second_rotation_ends_the_first_secret_at_once() -> None:
    once = keys.rotate_secret(make_key(), keys.digest_of("second"), NOW, 60 * SECOND)
    twice = keys.rotate_secret(once, keys.digest_of("third"), NOW, 60 * SECOND)
    assert twice.digests == {keys.digest_of("second"), keys.digest_of("third")}


def test_a_secret_on_its_way_out_is_told_as_a_key_that_expires() -> None:
    key = keys.rotate_secret(make_key(role=Role.INTEGRATION), keys.digest_of("new"), NOW, 60 * SECOND)
    facts = keys.to_facts(key)
    assert facts["key_1"].digest == keys.digest_of("new")
    former = facts["key_1.former"]
    assert (former.id, former.digest, former.expires_at) == ("key_1", SHOWN, NOW + 60 * SECOND)


def test_the_former_secret_outlives_neither_its_key_nor_its_revocation() -> None:
    key = keys.rotate_secret(make_key(expires_at=NOW + SECOND), keys.digest_of("new"), NOW, 60 * SECOND)
    assert keys.to_facts(key)["key_1.former"].expires_at == NOW + SECOND
    revoked = keys.to_facts(replace(key, revoked_at=NOW))
    assert all(fact.revoked for fact in revoked.values())


@pytest.mark.parametrize(
    "teams,key_teams,within",
    [
        pytest.param((), (), True, id="a caller without limits"),
        pytest.param((), ("red",), True, id="and a team's key"),
        pytest.param(("red",), ("red",), True, id="a key of the caller's team"),
        pytest.param(("red",), ("blue",), False, id="of another team"),
        pytest.param(("red",), ("red", "blue"), False, id="of another team too"),
        pytest.param(("red",), (), False, id="of no team: it reaches further than the caller"),
    ],
)
def test_who_is_limited_to_teams_has_to_do_with_their_keys_only(
    teams: tuple[str, ...], key_teams: tuple[str, ...], within: bool
) -> None:
    assert keys.is_within(teams, make_key(teams=key_teams)) is within

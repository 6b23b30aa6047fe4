"""What a caller may do, and keys that follow from one secret."""

from __future__ import annotations

import pytest

from shared.callers.identity import Identity
from shared.problem import Problem
from shared.secrecy.signing import derive_key
from shared.vocabulary import Role

SARA = Identity(key_id="k1", name="Sara's key", role=Role.RESPONDER, teams=("payments",), user_id="sara")


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

"""Who is asked to approve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.automation.people.approvers import MOST_ASKED, choose_approvers, require_asked, require_role
from shared.problem import Problem
from shared.vocabulary import Role

pytestmark = pytest.mark.unit

ROLES = {"sara": Role.RESPONDER, "kenji": Role.MANAGER, "vera": Role.VIEWER, "ada": Role.ADMIN}


@pytest.mark.parametrize(
    "concerned, without, asked",
    [
        pytest.param(["sara", "kenji"], set(), ["sara", "kenji"], id="whoever has to do with it"),
        pytest.param(["sara", "kenji", "sara"], {"sara"}, ["kenji"], id="never the starter, and each once"),
        pytest.param(["vera", "sara"], set(), ["sara"], id="a viewer approves nothing"),
        pytest.param(["nobody-knows"], set(), ["ada"], id="who is not here is not asked: managers and admins are"),
        pytest.param(["sara"], {"sara", "ada"}, [], id="the stand-in is not the starter either"),
    ],
)
def test_who_is_asked(concerned: list[str], without: set[str], asked: list[str]) -> None:
    assert choose_approvers(concerned, ROLES, ["ada"], without) == asked


@given(st.lists(st.sampled_from(sorted(ROLES)), max_size=10), st.sets(st.sampled_from(sorted(ROLES))))
def test_nobody_is_asked_who_may_not_approve(concerned: list[str], without: set[str]) -> None:
    asked = choose_approvers(concerned, ROLES, ["kenji", "ada"], without)
    assert not set(asked) & (without | {"vera"})
    assert len(asked) == len(set(asked))


def test_no_more_than_a_hundred_are_asked() -> None:
    everybody = [f"p{n}" for n in range(500)]
    asked = choose_approvers(everybody, dict.fromkeys(everybody, Role.RESPONDER), [], set())
    assert asked == everybody[:MOST_ASKED]


@pytest.mark.parametrize(
    "role, status",
    [
        pytest.param(None, 410, id="somebody who is gone"),
        pytest.param(Role.VIEWER, 403, id="a viewer"),
        pytest.param(Role.INTEGRATION, 403, id="a tool"),
        pytest.param(Role.RESPONDER, None, id="a responder may"),
        pytest.param(Role.ADMIN, None, id="an admin may"),
    ],
)
def test_who_may_answer(role: Role | None, status: int | None) -> None:
    if status is None:
        require_role("sara", role)
        return
    with pytest.raises(Problem) as refused:
        require_role("sara", role)
    assert refused.value.status == status


def test_who_has_nothing_to_do_with_it_does_not_answer() -> None:
    require_asked("sara", ["sara"])
    with pytest.raises(Problem) as refused:
        require_asked("kenji", ["sara"])
    assert refused.value.status == 403

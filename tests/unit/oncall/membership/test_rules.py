"""Who may change whom, and who sees whose addresses."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from services.oncall.directory.people import Method, Team, User
from services.oncall.membership.rules import (
    may_act_for,
    require_joined,
    require_members,
    require_person,
    require_role,
    require_to_delete,
    show_person,
    teams_of,
)
from shared.callers.identity import Identity
from shared.problem import Problem
from shared.vocabulary import Channel, Role

TEAMS = {"a": Team(name="A", members=("alice", "both")), "b": Team(name="B", members=("bob", "both"))}


def caller(role: Role = Role.MANAGER, *teams: str, user_id: str | None = None) -> Identity:
    return Identity(key_id="k", name="key", role=role, teams=teams, user_id=user_id)


def outcome(*, allowed: bool) -> AbstractContextManager[object]:
    return nullcontext() if allowed else pytest.raises(Problem, match=r"team|role")


@pytest.mark.parametrize(
    "teams, person, may_change, may_delete",
    [
        pytest.param((), "alice", True, True, id="a key that is not limited"),
        pytest.param((), "nobody", True, True, id="not limited, of no team"),
        pytest.param(("b",), "bob", True, True, id="of its team"),
        pytest.param(("b",), "alice", False, False, id="of another team"),
        pytest.param(("b",), "nobody", False, False, id="of no team"),
        pytest.param(("b",), "both", True, False, id="of another team too"),
        pytest.param(("a", "b"), "both", True, True, id="of both of its teams"),
    ],
)
def test_people_are_changed_by_keys_of_their_teams(
    teams: tuple[str, ...], person: str, may_change: bool, may_delete: bool
) -> None:
    with outcome(allowed=may_change):
        require_person(caller(Role.MANAGER, *teams), teams_of(person, TEAMS))
    with outcome(allowed=may_delete):
        require_to_delete(caller(Role.MANAGER, *teams), teams_of(person, TEAMS))


@pytest.mark.parametrize(
    "teams, named, allowed",
    [
        pytest.param((), [], True, id="not limited: none"),
        pytest.param((), ["a"], True, id="not limited: any"),
        pytest.param(("b",), ["b"], True, id="its own"),
        pytest.param(("b",), [], False, id="none"),
        pytest.param(("b",), ["a"], False, id="another"),
        pytest.param(("b",), ["b", "a"], False, id="its own and another"),
    ],
)
def test_new_people_join_the_keys_teams(teams: tuple[str, ...], named: list[str], allowed: bool) -> None:
    with outcome(allowed=allowed):
        require_joined(caller(Role.MANAGER, *teams), named)


@pytest.mark.parametrize(
    "teams, after, allowed",
    [
        pytest.param(("b",), ["bob", "both"], True, id="the same"),
        pytest.param(("b",), ["bob"], True, id="one less"),
        pytest.param(("b",), ["bob", "alice"], False, id="somebody of another team"),
        pytest.param(("b",), ["bob", "nobody"], False, id="somebody of none"),
        pytest.param(("a", "b"), ["bob", "alice"], True, id="between its own"),
        pytest.param((), ["bob", "alice", "nobody"], True, id="not limited"),
    ],
)
def test_a_team_is_no_way_round(teams: tuple[str, ...], after: list[str], allowed: bool) -> None:
    with outcome(allowed=allowed):
        require_members(caller(Role.MANAGER, *teams), TEAMS["b"].members, after, TEAMS)


def test_nobody_gives_a_role_above_their_own() -> None:
    with outcome(allowed=False):
        require_role(caller(Role.MANAGER), Role.RESPONDER, Role.ADMIN)
    require_role(caller(Role.MANAGER), Role.ADMIN, Role.ADMIN)
    require_role(caller(Role.MANAGER), None, Role.MANAGER)
    require_role(caller(Role.ADMIN), Role.VIEWER, Role.ADMIN)


@pytest.mark.parametrize(
    "who, allowed",
    [
        pytest.param(caller(Role.RESPONDER, user_id="alice"), True, id="the person"),
        pytest.param(caller(Role.RESPONDER, user_id="bob"), False, id="a colleague"),
        pytest.param(caller(Role.MANAGER), True, id="a manager of all"),
        pytest.param(caller(Role.MANAGER, "a"), True, id="a manager of the team"),
        pytest.param(caller(Role.ADMIN, "b"), False, id="an admin of another team"),
        pytest.param(caller(Role.VIEWER), False, id="a viewer of all"),
    ],
)
def test_a_person_and_their_managers_act_for_them(who: Identity, allowed: bool) -> None:
    assert may_act_for(who, "alice", teams_of("alice", TEAMS)) is allowed


def test_addresses_are_for_the_person_and_their_managers() -> None:
    methods = (
        Method(id="m", channel=Channel.EMAIL, address="private@example.org"),
        Method(id="w", channel=Channel.WEBHOOK, address="https://hooks.example.org/T1/secret"),
        Method(id="s", channel=Channel.SMS, address="+4915112345678"),
    )
    user = User(name="Alice", email="alice@example.org", contact_methods=methods)
    assert show_person(user, whole=True) == user
    hidden = show_person(user, whole=False)
    assert hidden.email == "a…@example.org"
    assert [one.address for one in hidden.contact_methods] == ["p…@example.org", "https://hooks.example.org/…", "…78"]

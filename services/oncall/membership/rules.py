"""A key that is limited to teams has to do with the people of these teams only.

It adds nobody to a team but those who are in one of its teams already: whoever could add anybody could change anybody.
A new person joins the teams in the call that makes them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from services.oncall.directory.people import Method, Team, User
from shared.callers.identity import Identity
from shared.problem import Fault, Problem, forbidden
from shared.secrecy.masking import mask_address
from shared.vocabulary import Role

_LADDER = (Role.VIEWER, Role.RESPONDER, Role.MANAGER, Role.ADMIN)


def teams_of(user_id: str, teams: Mapping[str, Team]) -> frozenset[str]:
    """The ids of the teams that a person is a member of."""
    return frozenset(key for key, team in teams.items() if user_id in team.members)


def is_within(caller: Identity, teams: Collection[str]) -> bool:
    """True when the caller is not limited to teams, or to one of a person's `teams`."""
    return not caller.teams or not set(caller.teams).isdisjoint(teams)


def require_person(caller: Identity, teams: Collection[str]) -> None:
    """Raise a 403 `Problem` unless the caller may change a person who is a member of `teams`."""
    if not is_within(caller, teams):
        raise forbidden("This person is in none of the teams that the key is for.")


def require_to_delete(caller: Identity, teams: Collection[str]) -> None:
    """Raise a 403 `Problem` unless the caller may delete a person who is a member of `teams`."""
    require_person(caller, teams)
    if caller.teams and not set(teams) <= set(caller.teams):
        raise forbidden("This person is also in a team that the key is not for: they can be taken out of yours.")


def require_joined(caller: Identity, teams: Sequence[str]) -> None:
    """Raise a 403 `Problem` unless the caller may make a person, or put one, into these teams and no others."""
    if not caller.teams:
        return
    foreign = [
        Fault(f"/teams/{n}", "the key is not for this team") for n, key in enumerate(teams) if key not in caller.teams
    ]
    if foreign or not teams:
        said = "A key that is limited to teams makes people in these teams only, and in one of them at least."
        raise Problem(403, "forbidden", said, errors=foreign or [Fault("/teams", "names no team of the key")])


def require_members(caller: Identity, before: Collection[str], after: Sequence[str], teams: Mapping[str, Team]) -> None:
    """Raise a 403 `Problem` when a limited caller would add somebody to a team who is in none of theirs."""
    strangers = [
        Fault(f"/members/{number}", "this person is in none of the teams that the key is for")
        for number, member in enumerate(after)
        if member not in before and not is_within(caller, teams_of(member, teams))
    ]
    if strangers:
        said = "A key that is limited to teams adds nobody to them who is in none of them."
        raise Problem(403, "forbidden", said, errors=strangers)


def require_role(caller: Identity, before: Role | None, after: Role) -> None:
    """Raise a 403 `Problem` when the caller would give somebody a role above their own; keeping one is no gift."""
    if after is not before and _LADDER.index(after) > _LADDER.index(_rank(caller.role)):
        raise Problem(
            403, "forbidden", "Nobody gives a role above their own.", errors=[Fault("/role", "above your own")]
        )


def may_act_for(caller: Identity, user_id: str, teams: Collection[str]) -> bool:
    """True for the person themself, and for managers of a person who is a member of `teams`."""
    return caller.user_id == user_id or (caller.may(Role.MANAGER) and is_within(caller, teams))


def show_person(user: User, *, whole: bool) -> User:
    """A person with their addresses, or (not `whole`) with masked ones."""
    if whole:
        return user
    methods = tuple(_mask(method) for method in user.contact_methods)
    return user.changed(email=mask_address(user.email), contact_methods=methods)


def _mask(method: Method) -> Method:
    return method.changed(address=mask_address(method.address))


def _rank(role: Role) -> Role:
    return role if role in _LADDER else Role.VIEWER

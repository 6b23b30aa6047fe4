"""Who is asked to approve of a step, and who may answer from a message or by a link. Pure.

Asked are those who have to do with the incident and everybody of its team and of the runbook's, of these whoever is a
responder at least; where that is nobody, managers and admins. Never who started it, or had it go on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from shared.problem import Problem, forbidden
from shared.vocabulary import Role

MOST_ASKED = 100
MAY_APPROVE = (Role.RESPONDER, Role.MANAGER, Role.ADMIN)
STAND_INS = (Role.MANAGER, Role.ADMIN)
"""Who is asked where nobody else may be."""


def choose_approvers(
    concerned: Iterable[str], roles: Mapping[str, Role], stand_ins: Iterable[str], without: Collection[str]
) -> list[str]:
    """The ids of those who are asked, at most `MOST_ASKED`, in the order of `concerned`.

    `roles` has the people who are there; `without` are who started it and who had it go on.
    """
    able = [one for one in dict.fromkeys(concerned) if one not in without and roles.get(one) in MAY_APPROVE]
    return (able or [one for one in dict.fromkeys(stand_ins) if one not in without])[:MOST_ASKED]


def require_role(user_id: str, role: Role | None) -> None:
    """Raise a `Problem` for who may not answer: 410 for somebody who is not here, 403 for a role that is too small."""
    if role is None:
        raise Problem(410, "person_gone", f"{user_id} is not here any more, or not yet; nothing was changed.")
    if role not in MAY_APPROVE:
        raise forbidden(f"This needs the role {Role.RESPONDER.value}; {user_id} has {role.value}.")


def require_asked(user_id: str, asked: Collection[str]) -> None:
    """Raise a 403 `Problem` for somebody who has nothing to do with the incident, nor with the teams it is about."""
    if user_id not in asked:
        raise forbidden("Only those who have to do with the incident, or are of its team, answer from a message.")

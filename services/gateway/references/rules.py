"""Which writes name a policy or a person, and where in the body."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.problem import Fault, Problem

IMPORT = "/services/import"
MOST_FAULTS = 100
MOST_NAMED = 1000
"""As many of a list are asked about; the service behind takes fewer."""


class ReferenceKind(StrEnum):
    """What is named, as on-call's lookup calls it."""

    POLICY = "policies"
    USER = "users"


_WORDS = {ReferenceKind.POLICY: "policy", ReferenceKind.USER: "user"}


@dataclass(frozen=True, slots=True)
class Reference:
    """An id that a body names, and where: `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    kind: ReferenceKind
    id: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One member of the body of one kind of write that names something, or a list of them.

    `stored_at` is where the thing that is changed is read: what it names already is not asked again, and when the
    caller does not see it, its own service says so. None when something new is made.
    """

    member: str
    kind: ReferenceKind
    stored_at: str | None


def rule_for(method: str, path: str) -> Rule | None:
    """The rule for a write; None where nothing is named. `path` is decoded."""
    match method, *path.rstrip("/").split("/")[1:]:
        case "POST", "services":
            return Rule("escalation_policy_id", ReferenceKind.POLICY, None)
        case "PATCH" | "PUT", "services", _:
            return Rule("escalation_policy_id", ReferenceKind.POLICY, path.rstrip("/"))
        case "POST", "incidents", id, "roles" | "participants":
            return Rule("user_id", ReferenceKind.USER, f"/incidents/{id}")
        case "POST", "incidents", id, "tasks":
            return Rule("assignee_id", ReferenceKind.USER, f"/incidents/{id}")
        case "POST", "postmortems", id, "actions":
            return Rule("assignee_id", ReferenceKind.USER, f"/postmortems/{id}")
        case "POST", "postmortems", id, "review":
            return Rule("reviewers", ReferenceKind.USER, f"/postmortems/{id}")
        case (
            ("PATCH", "actions", _) | ("PATCH", "incidents", _, "tasks", _) | ("PATCH", "postmortems", _, "actions", _)
        ):
            return Rule("assignee_id", ReferenceKind.USER, path.rstrip("/"))
    return None


def is_import(method: str, path: str) -> bool:
    """True for the catalogue as a file."""
    return method == "POST" and path.rstrip("/") == IMPORT


def names_others(method: str, path: str) -> bool:
    """True for a write whose body must be read before it is passed on."""
    return is_import(method, path) or rule_for(method, path) is not None


def references_in(rule: Rule, content: dict[str, Any]) -> list[Reference]:
    """What the body names by the rule; nothing for what can be no id."""
    named = content.get(rule.member)
    if isinstance(named, list):
        each = enumerate(named[:MOST_NAMED])
        return [Reference(f"/{rule.member}/{n}", rule.kind, one) for n, one in each if isinstance(one, str) and one]
    return [Reference(f"/{rule.member}", rule.kind, named)] if isinstance(named, str) and named else []


def without_stored(references: Sequence[Reference], rule: Rule, stored: dict[str, Any]) -> list[Reference]:
    """Those that the thing which is changed does not name already: what is stored stays, also when it is gone."""
    known = stored.get(rule.member)
    kept = known if isinstance(known, list) else [known]
    return [one for one in references if one.id not in kept]


def references_of_import(answer: dict[str, Any]) -> list[Reference]:
    """The policies that a file newly names, as the incident service tells them."""
    named = answer.get("policies")
    return [
        Reference(str(one["pointer"]), ReferenceKind.POLICY, str(one["id"]))
        for one in (named if isinstance(named, list) else [])
    ]


def unknown_reference(references: Sequence[Reference], missing: dict[ReferenceKind, Collection[str]]) -> Problem | None:
    """The 422 for what there is none of; None when all is there."""
    faults = [
        Fault(one.pointer, f"there is no {_WORDS[one.kind]} with the id {one.id!r}")
        for one in references
        if one.id in missing.get(one.kind, ())
    ]
    if not faults:
        return None
    detail = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults[:5])
    return Problem(422, "unknown_reference", detail, errors=faults[:MOST_FAULTS])

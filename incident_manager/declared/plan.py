"""What applying a file does: things that are made, changed, left alone, and with `--prune` deleted. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from incident_manager.declared.difference import FieldChange, find_changes, shown
from incident_manager.declared.kinds import BY_NAME, KINDS, Kind
from incident_manager.declared.tree import Tree

Things = Mapping[str, Mapping[str, Any]]
"""Things as the gateway has them, by id."""


class Action(StrEnum):
    """What becomes of a thing."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing that changes."""

    action: Action
    kind: Kind
    id: str
    wanted: Mapping[str, Any] = field(default_factory=dict)
    changes: Sequence[FieldChange] = ()
    version: int | None = None
    is_rest: bool = False
    """The end of a step that was told already."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """What there is of the thing that changes."""

    @property
    def whole(self) -> dict[str, Any]:
        """The thing as it is to be, with what the file does not say as it is, and without what it takes back."""
        return {name: value for name, value in {**self.before, **self.wanted}.items() if value is not None}

    def as_json(self) -> dict[str, Any]:
        """As programs read it."""
        changes = [
            {"field": one.name, "before": shown(one.before, one.name), "after": shown(one.after, one.name)}
            for one in self.changes
        ]
        return {"action": self.action.value, "kind": self.kind.name, "id": self.id, "changes": changes}


@dataclass(frozen=True, slots=True)
class Mark:
    """What was said of a thing when it was applied, and which version of it that made."""

    said: str
    version: str
    is_made: bool = field(default=False, compare=False)
    """An earlier run made the thing, so it may be pruned."""


Applied = Mapping[str, Mapping[str, Mark]]
"""What earlier runs of the same tree made or changed, by kind and id."""


def make_plan(tree: Tree, present: Mapping[str, Things], applied: Applied, *, prune: bool) -> list[Planned]:
    """The steps in the order in which they can be done; what is deleted comes last, in the other direction."""
    steps: list[Planned] = []
    for kind in KINDS:
        for id_, wanted in tree.kinds.get(kind.name, {}).items():
            step = _step(kind, id_, wanted, present[kind.name].get(id_), applied.get(kind.name, {}).get(id_))
            steps += _in_parts(step) if step is not None else []
    return sorted(steps, key=_rank) + (find_gone(tree, present, applied) if prune else [])


def _in_parts(step: Planned) -> list[Planned]:
    """The step, and where others must be there first what is left of it then."""
    later = [one for one in step.changes if one.name in step.kind.later]
    if step.action is not Action.CREATE or not later:
        return [step]
    first = {name: value for name, value in step.wanted.items() if name not in step.kind.later}
    rest = Planned(Action.UPDATE, step.kind, step.id, step.wanted, later, is_rest=True)
    return [replace(step, wanted=first), rest]


def _rank(step: Planned) -> float:
    """Kinds in their order; what is set later comes after the kind that follows."""
    is_late = step.action is Action.UPDATE and any(one.name in step.kind.later for one in step.changes)
    return KINDS.index(step.kind) + (1.5 if is_late else 0)


def find_gone(tree: Tree, present: Mapping[str, Things], applied: Applied) -> list[Planned]:
    """What an earlier run made, of kinds that the file names, and the file has no more."""
    return [
        Planned(Action.DELETE, BY_NAME[kind.name], id_, version=present[kind.name][id_].get("version"))
        for kind in reversed(KINDS)
        if kind.name in tree.kinds
        for id_, mark in sorted(applied.get(kind.name, {}).items())
        if mark.is_made and id_ not in tree.kinds[kind.name] and id_ in present[kind.name]
    ]


def _step(
    kind: Kind, id_: str, wanted: Mapping[str, Any], current: Mapping[str, Any] | None, mark: Mark | None
) -> Planned | None:
    if current is None:
        changes = [FieldChange(name, None, value) for name, value in wanted.items() if name != kind.key]
        return Planned(Action.CREATE, kind, id_, wanted, changes)
    if mark is not None and mark == mark_of(wanted, current):
        return None
    found = find_changes(kind, wanted, current)
    if not found:
        return None
    return Planned(Action.UPDATE, kind, id_, wanted, found, current.get("version"), before=current)


def mark_of(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> Mark:
    """The mark of what is said and what it made of it: what the gateway writes otherwise is no change the next time."""
    version = current.get("version")
    return Mark(digest(wanted), digest(current) if version is None else str(version))


def digest(value: Any) -> str:
    """The same for what says the same; nothing of it can be read out of it."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

"""What is to be changed so that a thing is what a file says; what the file does not say is left as it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incident_manager.declared.kinds import Kind
from incident_manager.terminal.cells import moment_of

SECRET = ("address", "api_key", "api_token", "password", "private_key", "secret", "token")
SECRET_TYPE = "secret"  # noqa: S105 - a word
"""The type of a runbook's parameter whose default is one."""
HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One member that changes; `before` is None for what is made."""

    name: str
    before: Any
    after: Any


def find_changes(kind: Kind, wanted: Mapping[str, Any], current: Mapping[str, Any]) -> list[FieldChange]:
    """The members that the file says otherwise than they are."""
    return [
        FieldChange(name, current.get(name), value)
        for name, value in wanted.items()
        if name != kind.key and not says_same(value, current.get(name), in_any_order=name in kind.unordered)
    ]


def says_same(wanted: Any, current: Any, *, in_any_order: bool = False) -> bool:
    """True when everything that is wanted is so; what else there is was filled in by the gateway."""
    if isinstance(wanted, Mapping) and isinstance(current, Mapping):
        return all(says_same(value, current.get(name)) for name, value in wanted.items())
    if isinstance(wanted, str) and isinstance(current, Mapping):
        # a link or a dependency may be written as its address or id alone
        return wanted in (current.get("href"), current.get("service_id")) and current.get("kind", "hard") == "hard"
    if isinstance(wanted, list) and isinstance(current, list):
        if len(wanted) != len(current):
            return False
        if in_any_order:
            return all(any(says_same(one, other) for other in current) for one in wanted)
        return all(says_same(one, other) for one, other in zip(wanted, current, strict=True))
    if isinstance(wanted, str) and isinstance(current, str):
        return wanted.strip() == current.strip() or _is_same_time(wanted, current)
    if isinstance(wanted, bool) or isinstance(current, bool):
        return wanted is current
    if wanted in (None, [], {}) and current in (None, "", [], {}):
        return True
    return bool(wanted == current)


def _is_same_time(one: str, other: str) -> bool:
    if len(one) < 10 or "T" not in one.upper() or not one[0].isdigit():
        return False
    first = moment_of(one)
    return first is not None and first == moment_of(other)


def shown(value: Any, name: str = "") -> Any:
    """A value as a difference shows it: what is secret is hidden."""
    if isinstance(value, Mapping):
        is_secret = value.get("type") == SECRET_TYPE
        return {
            key: shown(one, SECRET_TYPE if is_secret and key == "default" else str(key)) for key, one in value.items()
        }
    if isinstance(value, list):
        return [shown(one, name) for one in value]
    return HIDDEN if name in SECRET and value else value

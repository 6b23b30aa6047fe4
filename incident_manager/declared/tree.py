"""A file as what it declares: for each kind that it names, things by their ids. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incident_manager.client.errors import BadInput, Fault
from incident_manager.declared.kinds import BY_NAME
from incident_manager.declared.yaml_reader import read_yaml

DEFAULT_NAME = "default"
MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Tree:
    """`name` tells one file's things from another's; `kinds` has those that the file names, also empty ones."""

    name: str
    kinds: Mapping[str, Mapping[str, Mapping[str, Any]]]


def read_tree(text: str) -> Tree:
    """The file's tree. Raises `BadInput` with the place of each fault."""
    whole = read_yaml(text)
    if not isinstance(whole, dict):
        raise BadInput("The file must have members such as `services`.")
    faults: list[Fault] = []
    kinds: dict[str, dict[str, dict[str, Any]]] = {}
    name = whole.get("tree", DEFAULT_NAME)
    if not isinstance(name, str) or not 0 < len(name) <= 100:
        faults.append(Fault("/tree", "must be a name"))
        name = DEFAULT_NAME
    for member, items in whole.items():
        if member == "tree" or str(member).startswith("x-"):
            continue
        if member not in BY_NAME:
            faults.append(Fault(f"/{member}", f"there is no such member; there are: tree, {', '.join(BY_NAME)}"))
        elif items is not None and not isinstance(items, list):
            faults.append(Fault(f"/{member}", "must be a list"))
        else:
            kinds[str(member)] = _items(str(member), items or [], faults)
    if faults:
        shown = faults[:MOST_FAULTS]
        raise BadInput("; ".join(f"{one.pointer}: {one.detail}" for one in shown), faults=shown)
    return Tree(name, kinds)


def _items(member: str, items: list[Any], faults: list[Fault]) -> dict[str, dict[str, Any]]:
    key = BY_NAME[member].key
    found: dict[str, dict[str, Any]] = {}
    for place, item in enumerate(items):
        pointer = f"/{member}/{place}"
        if not isinstance(item, dict):
            faults.append(Fault(pointer, "must have members"))
            continue
        id_ = item.get(key)
        if not isinstance(id_, str) or not id_:
            faults.append(Fault(f"{pointer}/{key}", "is required, and a text"))
        elif id_ in found:
            faults.append(Fault(f"{pointer}/{key}", f"{id_!r} stands here twice"))
        else:
            found[id_] = {str(name): value for name, value in item.items()}
    return found

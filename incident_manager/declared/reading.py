"""Reads how the things that a file declares are now: one list for each kind that it names."""

from __future__ import annotations

from typing import Any

from incident_manager.client.errors import NotFound, RouteMissing
from incident_manager.client.gateway import Gateway
from incident_manager.declared.kinds import BY_NAME, Kind
from incident_manager.declared.plan import Things
from incident_manager.declared.tree import Tree
from incident_manager.declared.yaml_reader import read_yaml


def read_present(gateway: Gateway, tree: Tree) -> dict[str, Things]:
    """What there is of each kind of the tree. Raises `TocsinError`."""
    return {name: read_kind(gateway, BY_NAME[name]) for name in tree.kinds}


def read_kind(gateway: Gateway, kind: Kind) -> dict[str, dict[str, Any]]:
    """The things of one kind, by id; services as a file has them."""
    try:
        if kind.is_catalogue:
            text = b"".join(gateway.pieces(f"{kind.path}/export", "application/yaml")).decode()
            found = (read_yaml(text, most_values=5_000_000) or {}).get("services") or []
        else:
            found = list(gateway.pages(kind.path))
    except NotFound as error:
        raise RouteMissing(f"This gateway does not know {kind.path} yet.") from error
    return {str(one[kind.key]): one for one in found}


def read_one(gateway: Gateway, kind: Kind, id_: str) -> dict[str, Any]:
    """One thing as it is now."""
    value: dict[str, Any] = gateway.get(kind.address(id_))
    return value

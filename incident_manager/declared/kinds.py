"""The kinds of things that a file declares, in the order in which they need each other. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from incident_manager.client.gateway import segment


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is the file's member, `path` where such things are. `unordered` lists say the same in any order."""

    name: str
    path: str
    key: str = "id"
    edit: str = "PATCH"
    unordered: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    """Members that name things of the kind after it, which name these: they are set once both are there."""
    is_guarded: bool = True
    """Written only on the version that was read. People and teams change each other."""
    is_catalogue: bool = False
    """Written together, by the catalogue's own import."""

    def address(self, id_: str) -> str:
        """Where one of them is. Raises `BadInput` for what can be no id."""
        return f"{self.path}/{segment(id_)}"


KINDS = (
    Kind("teams", "/teams", unordered=frozenset({"members"}), later=frozenset({"members"}), is_guarded=False),
    Kind("users", "/users", unordered=frozenset({"teams"}), is_guarded=False),
    Kind("schedules", "/schedules"),
    Kind("escalation_policies", "/escalation-policies"),
    Kind("services", "/services", unordered=frozenset({"depends_on", "tags"}), is_catalogue=True),
    Kind("status_pages", "/status-pages", key="slug"),
    Kind("runbooks", "/runbooks", edit="PUT"),
    Kind("routes", "/routes"),
)
BY_NAME = {kind.name: kind for kind in KINDS}

"""A cluster as it is kept: what it was last made of, which keeps its id, and what people changed about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.problem import Fault, Problem, conflict, invalid
from shared.stored import Stored

LONGEST_NAME = 120
MOST_MOVED = 200
"""Incidents that one call may move."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]


class Cluster(Stored):
    """A cluster that was found at least once."""

    id: str
    version: int = 0
    templates: Mapping[str, int] = Field(default_factory=dict)
    """How many incidents had each template (by its key) when it was last made."""
    name: str | None = None
    """What a person called it; None: the name follows its titles."""
    merged_into: str | None = None
    is_split: bool = False
    """A person took it out of another one."""
    changed_by: str | None = None
    changed_at: datetime | None = None

    @property
    def is_persons(self) -> bool:
        """True when a person named it, or made it."""
        return self.name is not None or self.is_split


def rename(cluster: Cluster, name: str | None, by: str, now: datetime) -> Cluster:
    """The cluster under a person's name; with None its titles name it again."""
    return cluster.changed(name=name, changed_by=by, changed_at=now)


def merge(cluster: Cluster, into: Cluster, by: str, now: datetime) -> Cluster:
    """The cluster, whose incidents count as those of another one from now on.

    Raises a 422 `Problem` for itself, a 409 for one that was merged into this one.
    """
    if cluster.id == into.id:
        raise invalid("/into", "a cluster cannot be merged into itself")
    if into.merged_into is not None:
        raise conflict("merged", f"{into.id} was itself merged into {into.merged_into}.")
    return cluster.changed(merged_into=into.id, changed_by=by, changed_at=now)


def undo_merge(cluster: Cluster, by: str, now: datetime) -> Cluster:
    """The cluster by itself again. Raises a 409 `Problem` for one that was not merged."""
    if cluster.merged_into is None:
        raise conflict("not_merged", f"{cluster.id} was not merged into another one.")
    return cluster.changed(merged_into=None, changed_by=by, changed_at=now)


def split_off(id: str, name: str | None, by: str, now: datetime) -> Cluster:
    """The new cluster that some incidents of another one move to."""
    return Cluster(id=id, name=name, is_split=True, changed_by=by, changed_at=now)


def require_members(asked: list[str], members: frozenset[str], otherwise: str = "not in this cluster") -> None:
    """Raise a 422 `Problem` that names each incident that is none of `members`."""
    faults = [Fault(f"/incident_ids/{place}", otherwise) for place, one in enumerate(asked) if one not in members]
    if faults:
        raise Problem(422, "not_a_member", "Some of the incidents cannot be moved.", errors=faults)

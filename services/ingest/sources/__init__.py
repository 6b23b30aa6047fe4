"""The registry of sources: every module in this folder is one. Two of the same id fail at start."""

from __future__ import annotations

from typing import Any

from services.ingest.sources.contract import Source
from shared.plug_ins import by_key, plug_ins
from shared.problem import invalid


def register(found: list[Source]) -> dict[str, Source]:
    """The sources by id, narrow shapes first. Raises `RuntimeError` when an id is there twice."""
    return by_key(sorted(found, key=lambda one: (one.rank, one.id)), lambda one: one.id, "sources")


SOURCES = register([module.SOURCE for module in plug_ins(__name__, __path__, "SOURCE")])


def choose(body: Any, named: str | None, kind: str | None) -> Source:
    """The source that reads this body: the one named in the request, else the one whose shape it has, else the
    integration's kind, else generic. Raises a 422 `Problem` for a name that no source has.
    """
    if named:
        source = SOURCES.get(named.lower())
        if source is None:
            known = ", ".join(sorted(SOURCES))
            raise invalid("/source", f"there is no source {named[:100]!r}; known are {known}", "unknown_source")
        return source
    for source in SOURCES.values():
        if source.recognises(body):
            return source
    return SOURCES.get(kind or "") or SOURCES["generic"]

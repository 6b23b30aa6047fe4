"""The registry of change sources: every module in this folder is one. Two of the same id fail at start."""

from __future__ import annotations

from typing import Any

from services.ingest.change_sources.contract import ChangeSource, Headers
from shared.plug_ins import by_key, plug_ins


def register(found: list[ChangeSource]) -> dict[str, ChangeSource]:
    """The sources by id, narrow shapes first. Raises `RuntimeError` when an id is there twice."""
    return by_key(sorted(found, key=lambda one: (one.rank, one.id)), lambda one: one.id, "change sources")


CHANGE_SOURCES = register([module.SOURCE for module in plug_ins(__name__, __path__, "SOURCE")])


def choose(body: Any, headers: Headers, named: str | None, kind: str | None) -> ChangeSource:
    """The source that reads this request: the one named in it where the shape agrees, else the one whose shape it has.

    A body of ours may be sent under any name, so a name alone decides nothing; an integration's kind decides for a
    body of no known shape.
    """
    name = (named or "").lower()
    if name in CHANGE_SOURCES and CHANGE_SOURCES[name].recognises(body, headers):
        return CHANGE_SOURCES[name]
    for source in CHANGE_SOURCES.values():
        if source.recognises(body, headers):
            return source
    known = CHANGE_SOURCES.get(kind or "")
    return known if known is not None and not named else CHANGE_SOURCES["generic"]

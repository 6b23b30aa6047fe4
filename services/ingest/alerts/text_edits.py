"""Edits of one key's text: each counts for the text that was the last one before it, in the order of stamps.

An edit that comes before its alert, or before the trigger whose text it changes, waits with the head and counts when
that trigger comes. A trigger with a later stamp says the whole text anew; an edit of an alert that is over is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.ingest.alerts.moves import Phase, Standing
from services.ingest.normalisation.content import Content

MOST_EDITS = 4
"""As many edits as a head keeps; older ones become one."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Another title or description; what is empty stays as it is."""

    stamp: str
    title: str
    description: str


def edits_to_keep(edits: Iterable[Edit], oldest: str) -> tuple[Edit, ...]:
    """Those that may still count, in their order, at most `MOST_EDITS`: newer than the `oldest` text that may."""
    kept = sorted((edit for edit in edits if edit.stamp > oldest), key=lambda edit: edit.stamp)
    while len(kept) > MOST_EDITS:
        first, second = kept[:2]
        joined = replace(second, title=second.title or first.title, description=second.description or first.description)
        kept[:2] = [joined]
    return tuple(kept)


def apply_edit(content: Content, said: str, edits: Iterable[Edit], now: Standing) -> Content:
    """The text that the trigger with the stamp `said` gave, with what edits made of it until its alert was over."""
    for edit in edits:
        if edit.stamp > said and (now.phase is Phase.OPEN or edit.stamp < now.resolved):
            content = replace(
                content, title=edit.title or content.title, description=edit.description or content.description
            )
    return content

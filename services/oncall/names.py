"""Names of people, teams, plans and layers: one line of text that is not blank.

What an older version took is read and shown all the same; it is refused where a name is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category

from pydantic import BaseModel

_NEVER = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, surrogates, separators of lines and paragraphs."""


def on_one_line(text: str) -> str:
    """The text with a blank for each character that no line has."""
    return "".join(" " if category(char) in _NEVER else char for char in text)


def name_faults(before: BaseModel | None, after: BaseModel) -> list[tuple[str, str]]:
    """JSON pointer and reason of each name in `after` that is none; those that stood in `before` are not asked."""
    known = {name for _, name in _names(before)} if before is not None else set()
    return [
        (pointer, "blank" if not name.strip() else "has a line break or another control character")
        for pointer, name in _names(after)
        if name not in known and (not name.strip() or on_one_line(name) != name)
    ]


def _names(content: BaseModel) -> Iterator[tuple[str, str]]:
    name = getattr(content, "name", None)
    if isinstance(name, str):
        yield "/name", name
    plan = getattr(content, "plan", content)
    for number, layer in enumerate(getattr(plan, "layers", ())):
        yield f"/layers/{number}/name", layer.name

"""What can be found, one file for each kind: a copy's fact in, an entry out, or none where nobody should find it. Pure.

A new kind is one file here: `COPY` names the collection of the copy, `FACT` what is in it, `read` makes the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.analytics.search.entry import Entry, EntryKind
from shared.events import Fact
from shared.plug_ins import by_key, plug_ins


@dataclass(frozen=True, slots=True)
class Source:
    """Where entries of one kind come from."""

    copy: str
    kind: EntryKind
    fact: type[Fact]
    read: Callable[[Any], Entry | None]
    """The entry that a fact of this class is."""


_FOUND = [
    Source(module.COPY, module.KIND, module.FACT, module.read)
    for module in plug_ins(__name__, __path__, "COPY", "KIND", "FACT", "read")
]
SOURCES: Mapping[str, Source] = by_key(_FOUND, lambda source: source.copy, "sources of entries")
"""By the copy's name."""

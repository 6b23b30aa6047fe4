"""Notices to our own people, one file for each: what happened in, a letter to each reader out, or none. Pure.

Each module carries what `Notice` says. The registry finds them; two for one kind of fact fail at the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast, runtime_checkable

from services.comms.mail.message import Letter
from services.comms.mail.template import LetterForms
from services.comms.people.reader import Reader
from shared.events import Event, Fact
from shared.plug_ins import by_key, plug_ins


class Notice(Protocol):
    """What a module here has."""

    FACT: type[Fact]

    def reader_ids(self, fact: Any) -> Sequence[str]:
        """Who is told."""

    def letter(self, fact: Any, event: Event, reader: Reader, forms: LetterForms, base_url: str) -> Letter:
        """What they are told; `base_url` has no trailing slash."""


@runtime_checkable
class TeamNotice(Notice, Protocol):
    """One that tells whole teams too."""

    def team_ids(self, fact: Any) -> Sequence[str]:
        """The teams of which everybody is told."""


def notices() -> Mapping[type[Fact], Notice]:
    """Every notice, by the facts it tells of. Raises `RuntimeError` when two tell of one."""
    found = [cast("Notice", module) for module in plug_ins(__name__, __path__, "FACT", "reader_ids", "letter")]
    return by_key(found, lambda notice: notice.FACT, "notices")

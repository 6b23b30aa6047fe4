"""What a call of the gateway can end in; each kind is an exit code of the command line (`commands.exit_codes`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the input: a JSON pointer to it, and what is wrong there."""

    pointer: str
    detail: str


class TocsinError(Exception):
    """A call that was not carried out. `detail` is one line for people."""

    def __init__(
        self, detail: str, *, status: int | None = None, code: str | None = None, faults: Sequence[Fault] = ()
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        """The HTTP status; None where there was no answer."""
        self.code = code
        """The problem's stable slug."""
        self.faults = tuple(faults)


class NotSetUp(TocsinError):
    """The address or the key is missing or can't be used; nothing was sent."""


class Unreachable(TocsinError):
    """No gateway answered, or it was down or overloaded for as long as was waited."""


class BadAnswer(TocsinError):
    """What answered is no gateway of Tocsin, or not one that this client understands."""


class BadInput(TocsinError):
    """The gateway refused what was asked for what it says: 400, 413, 415, 422."""


class NotAllowed(TocsinError):
    """The key is missing, wrong, expired, or not enough: 401, 403."""


class NotFound(TocsinError):
    """There is no such thing, or it is not this key's to see: 404."""


class RouteMissing(NotFound):
    """The gateway does not know this call yet: its version is older than the client's."""


class Conflict(TocsinError):
    """The state of the thing does not allow it: 409, 412."""

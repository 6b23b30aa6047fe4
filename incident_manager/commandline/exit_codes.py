"""How a run ends, for scripts; the same numbers for ever."""

from __future__ import annotations

from enum import IntEnum

from incident_manager.client.errors import (
    BadAnswer,
    BadInput,
    Conflict,
    NotAllowed,
    NotFound,
    NotSetUp,
    RouteMissing,
    TocsinError,
    Unreachable,
)


class ExitCode(IntEnum):
    """The numbers."""

    DONE = 0
    FAILED = 1
    """Something that none of the others says: what answered is no gateway, or no page came."""
    USAGE = 2
    """The command, its input or the set-up is wrong."""
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    CONFLICT = 5
    UNREACHABLE = 6
    NOT_THERE_YET = 7
    """The gateway does not know this call."""
    INCOMPLETE = 8
    """Done but for some: rows were refused, or a check found something."""
    INTERRUPTED = 130
    BROKEN_PIPE = 141


_CODES: tuple[tuple[type[TocsinError], ExitCode], ...] = (
    (RouteMissing, ExitCode.NOT_THERE_YET),
    (NotFound, ExitCode.NOT_FOUND),
    (NotSetUp, ExitCode.USAGE),
    (BadInput, ExitCode.USAGE),
    (NotAllowed, ExitCode.NOT_ALLOWED),
    (Conflict, ExitCode.CONFLICT),
    (Unreachable, ExitCode.UNREACHABLE),
    (BadAnswer, ExitCode.FAILED),
)


def exit_code_of(error: TocsinError) -> ExitCode:
    """The number for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILED)

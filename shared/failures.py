"""What kind of failure it is: the message's own, or that of a part everything stands on.

Only a failure of the message itself counts against it. When the database or the broker fails, the consumer stops
taking messages and waits.
"""

from __future__ import annotations

from pymongo.errors import AutoReconnect, ExecutionTimeout, NetworkTimeout, ServerSelectionTimeoutError


class Never(Exception):
    """The domain can never accept this message: it goes to the dead letters at once, with this reason."""

    def __init__(self, reason: str, *, kept: bytes | None = None) -> None:
        """`kept` lies among the dead letters in the place of a body that may hold a secret."""
        super().__init__(reason)
        self.kept = kept


class DependencyDown(Exception):
    """The database or the broker does not answer; nothing is wrong with the work itself."""


_DEPENDENCY = (
    DependencyDown,
    AutoReconnect,
    NetworkTimeout,
    ServerSelectionTimeoutError,
    ExecutionTimeout,
    ConnectionError,
    TimeoutError,
)


def is_dependency_failure(error: BaseException) -> bool:
    """True when `error`, or what it was raised from, says that the database or the broker is what failed."""
    seen: BaseException | None = error
    for _ in range(5):
        if seen is None:
            return False
        if isinstance(seen, _DEPENDENCY):
            return True
        if isinstance(seen, BaseExceptionGroup):
            return all(is_dependency_failure(one) for one in seen.exceptions)
        seen = seen.__cause__
    return False

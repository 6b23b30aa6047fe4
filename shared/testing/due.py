"""Due work that a test made behind a service's back, by writing into its database."""

from __future__ import annotations

from shared.due_work import DueWork
from shared.runtime import Runtime


def look_for_due(runtime: Runtime) -> None:
    """Have the service's workers look now for what is due: by themselves they would within their `look_seconds`.

    Raises `AssertionError` when it has none.
    """
    owners = [getattr(run, "__self__", None) for run in runtime._workers]  # noqa: SLF001 - nobody else knows them
    found = [one for owner in owners for one in getattr(owner, "__dict__", {}).values() if isinstance(one, DueWork)]
    assert found, f"{runtime.name} has no due work"
    for one in found:
        one._know(runtime.clock.now())  # noqa: SLF001 - not `expect`: it is not the process's own

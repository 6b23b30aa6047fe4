"""Python's collector of cycles, held off while many values are built at once that have none.

It looks at all of them again and again as they become more: of ten megabytes of JSON lists that takes up to ten times
as long as to read them, and nothing else of the process goes on meanwhile.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collector() -> Iterator[None]:
    """Inside the collector does not run; nothing may wait here."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

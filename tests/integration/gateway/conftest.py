"""What the tests of the gateway share beside `test_gateway.town`."""

from __future__ import annotations

import pytest


@pytest.fixture
def log_is_read() -> bool:
    """Whether the town has the stream of all events, which takes a while to make: a module that reads it says so."""
    return False

"""What the tests of the incident service's stores share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.settings import Settings
from tests.integration.incident.shelf import Shelf
from tests.unit.incident.builders import make_service


@pytest.fixture
async def shelf(parts: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Shelf]:
    name = f"s{abs(hash(request.node.nodeid)):x}"[:20]
    one = Shelf(parts.model_copy(update={"namespace": name}))
    await one.runtime.database.drop()
    await one.runtime.database.ensure_indexes(one.runtime._indexes)
    await one.catalogue.commit(None, make_service("unrouted"))
    yield one
    await one.runtime.database.drop()
    await one.runtime.database.close()

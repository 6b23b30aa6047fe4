"""The table follows what any replica writes, on the real parts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.analytics.handlers import Copies
from services.analytics.table.selection import Wanted, newest_first, select_rows
from services.analytics.table.store.copies import FIELDS, CountedCopies
from services.analytics.table.table import Table
from services.analytics.table.upkeep import TableUpkeep
from shared.bus.news import Nudges
from shared.events import Event, make
from shared.events.incidents import IncidentFact
from shared.runtime import Runtime
from shared.testing.examples import example
from shared.testing.harness import Harness
from shared.testing.plans import is_indexed
from shared.testing.story import BEGAN

pytestmark = pytest.mark.integration


def incident(number: int, sequence: int = 1, **changes: Any) -> Event:
    fact = example("incident.changed.v1").data
    assert isinstance(fact, IncidentFact)
    plain = {"id": f"INC-{number}", "drill_id": None, "merged_into": None}
    told = IncidentFact.model_validate(fact.model_dump() | plain | changes)
    return make("incident.changed.v1", subject=told.id, sequence=sequence, time=BEGAN, data=told)


def counted_ids(table: Table) -> list[str]:
    return [table.id_of(row) for row in newest_first(table, select_rows(table, Wanted()))]


async def test_what_was_written_is_counted_when_somebody_asks(harness: Harness) -> None:
    kept: list[TableUpkeep] = []

    def build(runtime: Runtime) -> None:
        kept.append(TableUpkeep(CountedCopies(runtime), Nudges()))

    runtime = await harness.start("analytics", build)
    copies = Copies(runtime.database, runtime.clock)
    upkeep = kept[0]
    assert await upkeep.ask(counted_ids) == []
    await copies.incidents.fold([incident(1), incident(2, created_at=BEGAN + timedelta(hours=1))])
    await upkeep.follow()
    assert await upkeep.ask(counted_ids) == ["INC-2", "INC-1"]
    await copies.incidents.fold([incident(2, 2, merged_into="INC-1")])
    await upkeep.follow()
    assert await upkeep.ask(counted_ids) == ["INC-1"]
    assert (upkeep.is_complete, upkeep.progress) == (True, 1.0)
    for name in FIELDS:
        assert await is_indexed(runtime.database.collection(name), {"at": {"$gte": BEGAN}}), name

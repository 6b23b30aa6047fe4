"""Error budgets as they are kept: `budgets`, `{_id: service, version, told}`, with what is told of them on its way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from services.analytics.burn_alerts.decision import KeptBudget
from shared.events import Event, make
from shared.events.analytics.budgets import BudgetFact
from shared.ids import derive_id
from shared.mongo import to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

BUDGETS = "budgets"


class Budgets:
    """The questions that are asked about budgets; there is one for each service with a target."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(BUDGETS)

    async def all(self) -> dict[str, KeptBudget]:
        """What was told of each service."""
        found = await self._aggregates.collection.find({}, projection={"outbox": False}).to_list()
        return {one["_id"]: KeptBudget.model_validate({**one, "service_id": one["_id"]}) for one in found}

    async def commit(self, told: Iterable[tuple[KeptBudget, BudgetFact]]) -> set[str]:
        """Write what is told, and tell it; those of which another process was faster."""
        return await self._aggregates.commit(
            Change(
                before.service_id,
                before.version,
                {"told": to_document(fact)},
                events=[_event(fact, before.version + 1, fact.at)],
            )
            for before, fact in told
        )

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every budget as the event that told it."""
        for one in (await self.all()).values():
            if one.told is not None:
                yield _event(one.told, one.version, one.told.at)


def _event(fact: BudgetFact, sequence: int, at: datetime) -> Event:
    return make(
        "budget.changed.v1",
        subject=fact.service_id,
        sequence=sequence,
        time=at,
        data=fact,
        id=derive_id("budget.changed", fact.service_id, sequence),
    )

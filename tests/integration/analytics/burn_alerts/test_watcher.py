"""Budgets that burn, looked at by two replicas on the real parts: each turn is told once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.analytics.app import build
from shared.events import make
from shared.events.analytics.budgets import BudgetFact, BudgetState
from shared.events.communication import ImpactFact, ImpactState
from shared.events.incidents import ServiceFact
from shared.testing.harness import Harness, eventually

pytestmark = pytest.mark.integration

LOOKED_SECONDS = 60.0


async def test_two_replicas_tell_a_burn_and_its_end_once(harness: Harness) -> None:
    first = await harness.start("analytics", build)
    await harness.start("analytics", build, instance="second")
    now = first.clock.now()
    promised = ServiceFact(id="payments", name="Payments", slo_target=0.999, slo_window_days=30)
    down = ImpactFact(
        id="i1",
        page="acme",
        component_id="api",
        component_name="API",
        service_ids=["payments"],
        state=ImpactState.MAJOR_OUTAGE,
        started_at=now - timedelta(minutes=10),
    )
    await harness.publish(
        make("service.changed.v1", subject="payments", sequence=1, time=now, data=promised),
        make("impact.changed.v1", subject="i1", sequence=1, time=now, data=down),
    )
    told = (await harness.event("budget.changed.v1", seconds=LOOKED_SECONDS)).data
    assert isinstance(told, BudgetFact)
    assert told.burn is not None
    # 10 minutes of an hour, at a thousandth; 43.2 minutes are all there is
    assert (told.burn.pages, told.burn.incident_id, told.state) == (True, None, BudgetState.HEALTHY)
    assert told.burn.rate >= 10 / 60 * 1000
    # nobody promises anything any more: what burns has ended
    gone = promised.changed(slo_target=None, slo_window_days=None)
    await harness.publish(make("service.changed.v1", subject="payments", sequence=2, time=now, data=gone))

    def ended() -> list[BudgetFact]:
        facts = [event.data for event in harness.events if event.type == "budget.changed.v1"]
        return [one for one in facts if isinstance(one, BudgetFact) and one.burn is not None and one.burn.ended_at]

    assert len(await eventually(ended, seconds=LOOKED_SECONDS)) == 1
    sequences = [event.sequence for event in harness.events if event.type == "budget.changed.v1"]
    assert sequences == sorted(set(sequences))

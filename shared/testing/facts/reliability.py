"""Examples of facts that reliability is computed from."""

from __future__ import annotations

from shared.events.analytics.budgets import BudgetFact, BudgetState, BurnFact, BurnName
from shared.events.communication import ImpactFact, ImpactState
from shared.testing.story import INCIDENT, at


def impact() -> ImpactFact:
    """A component of a status page was half out of order for half an hour."""
    return ImpactFact(
        id="impact_01k0x4m2r0impact00001",
        page="acme",
        component_id="checkout",
        component_name="Checkout",
        service_ids=["payments", "shop"],
        state=ImpactState.PARTIAL_OUTAGE,
        started_at=at(0),
        ended_at=at(1800),
    )


def budget() -> BudgetFact:
    """The budget of the story's service burnt while its incident was open."""
    return BudgetFact(
        service_id="payments",
        service_name="Payments",
        target=0.999,
        window_days=30,
        state=BudgetState.AT_RISK,
        left_share=0.125,
        left_seconds=324.0,
        burn=BurnFact(
            id="burn_01k0x4m2r0burn0000000001",
            rule=BurnName.FAST,
            pages=True,
            long_seconds=3600,
            short_seconds=300,
            rate=20.5,
            threshold=14.4,
            since=at(300),
            ended_at=at(2100),
            incident_id=INCIDENT,
        ),
        at=at(2100),
    )

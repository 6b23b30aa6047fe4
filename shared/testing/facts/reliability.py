"""Examples of facts that reliability is computed from."""

from __future__ import annotations

from shared.events.communication import ImpactFact, ImpactState
from shared.testing.story import at


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

"""Impact periods: every span in which a component was not operational, kept for ever; uptime is computed from them.

A period that has not ended is the component itself (`state`, `since`); one that has is a document, whose id follows
from page, component and beginning, so that writing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.comms.status_pages.page import Component, ComponentState
from shared.ids import derive_id
from shared.stored import Stored


class Period(Stored):
    """[start, end) of one state of one component."""

    page: str
    component_id: str
    service_ids: tuple[str, ...] = ()
    state: ComponentState
    start: datetime
    end: datetime

    @property
    def id(self) -> str:
        """Follows from page, component and beginning."""
        return derive_id(self.page, self.component_id, self.start.isoformat())


def end_period(page: str, component: Component, now: datetime) -> Period | None:
    """The period that ends when a component leaves its state at `now`; None for an operational one, or no time."""
    if component.state is ComponentState.OPERATIONAL or now <= component.since:
        return None
    return Period(
        page=page,
        component_id=component.id,
        service_ids=component.service_ids,
        state=component.state,
        start=component.since,
        end=now,
    )


def until_now(page: str, components: Iterable[Component], now: datetime) -> list[Period]:
    """The periods that have not ended, as far as they have come."""
    return [period for one in components if (period := end_period(page, one, now)) is not None]

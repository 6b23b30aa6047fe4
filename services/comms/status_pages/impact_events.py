"""What is told of impact periods when a page is written: each when it begins, and once more when it ends. Pure.

A period is known by page, component and beginning, so that telling it again is harmless. One that lasts is told under
the page's version; one that has ended changes no more, and is told under a sequence that nothing comes after.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.comms.status_pages.impact_periods import Period
from services.comms.status_pages.page import Component, ComponentState, StatusPage
from shared.events import Event, make
from shared.events.communication import ImpactFact, ImpactState
from shared.ids import derive_id

ENDED = 2**31 - 1
"""The sequence of what is told of a period that has ended."""


def impact_events(before: StatusPage | None, after: StatusPage, now: datetime) -> list[Event]:
    """What is to be told of a page that was written at `after.version`; `before` is the page that it was made of."""
    known = {one.id: one for one in before.components} if before is not None else {}
    events = []
    for one in after.components:
        earlier = known.pop(one.id, None)
        if earlier is not None and _is_same_period(earlier, one):
            if one.state is not ComponentState.OPERATIONAL and _shown(one) != _shown(earlier):
                events.append(lasting_event(after, one, now))
            continue
        events += [ended_event(after.slug, after.key, earlier, now)] if earlier is not None and _lasts(earlier) else []
        events += [lasting_event(after, one, now)] if _lasts(one) else []
    events += [ended_event(after.slug, after.key, gone, now) for gone in known.values() if _lasts(gone)]
    return events


def lasting_events(page: StatusPage) -> Iterable[Event]:
    """The periods of a page that have not ended, as they were told."""
    return [lasting_event(page, one, page.updated_at, page.version) for one in page.components if _lasts(one)]


def lasting_event(page: StatusPage, component: Component, now: datetime, version: int | None = None) -> Event:
    """A period that goes on; told with the write that makes the next version, unless one is given."""
    fact = _fact(page.slug, page.key, component, None)
    return _event(fact, page.version + 1 if version is None else version, now)


def ended_event(slug: str, key: str, component: Component, now: datetime) -> Event:
    """A period that ends now."""
    return _event(_fact(slug, key, component, max(now, component.since)), ENDED, now)


def told_again(slug: str, period: Period, name: str) -> Event:
    """A period that ended before, as it was told."""
    fact = ImpactFact(
        id=period.id,
        page=slug,
        component_id=period.component_id,
        component_name=name,
        service_ids=list(period.service_ids),
        state=ImpactState(period.state.value),
        started_at=period.start,
        ended_at=period.end,
    )
    return _event(fact, ENDED, period.end)


def _fact(slug: str, key: str, component: Component, ended_at: datetime | None) -> ImpactFact:
    return ImpactFact(
        id=derive_id(key, component.id, component.since.isoformat()),
        page=slug,
        component_id=component.id,
        component_name=component.name,
        service_ids=list(component.service_ids),
        state=ImpactState(component.state.value),
        started_at=component.since,
        ended_at=ended_at,
    )


def _event(fact: ImpactFact, sequence: int, now: datetime) -> Event:
    id_ = derive_id("impact.changed", fact.id, sequence)
    return make("impact.changed.v1", subject=fact.id, sequence=sequence, time=now, data=fact, id=id_)


def _lasts(component: Component) -> bool:
    return component.state is not ComponentState.OPERATIONAL


def _is_same_period(one: Component, other: Component) -> bool:
    return (one.state, one.since) == (other.state, other.since)


def _shown(component: Component) -> tuple[str, tuple[str, ...]]:
    return component.name, component.service_ids

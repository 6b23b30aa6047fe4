"""What is told of impact periods as a page is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.comms.status_pages.impact_events import ENDED, impact_events, lasting_events, told_again
from services.comms.status_pages.impact_periods import end_period
from services.comms.status_pages.page import Component, ComponentState, StatusPage
from shared.events import Event
from shared.events.communication import ImpactFact, ImpactState

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
UP, CARE, SLOW, HALF, DOWN = ComponentState


def component(state: ComponentState, since: datetime = NOON, **changes: Any) -> Component:
    made = Component(id="api", name="API", service_ids=("payments",), state=state, since=since, created_at=NOON)
    return made.changed(**changes)


def page(*components: Component, version: int = 3) -> StatusPage:
    return StatusPage(
        slug="acme", key="k", name="Acme", components=components, created_at=NOON, updated_at=NOON, version=version
    )


def told(events: list[Event]) -> list[tuple[int, str, datetime, datetime | None]]:
    found = []
    for event in events:
        assert isinstance(event.data, ImpactFact)
        found.append((event.sequence, event.data.state.value, event.data.started_at, event.data.ended_at))
    return found


LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    "before, after, expected",
    [
        pytest.param([component(UP)], [component(DOWN, LATER)], [(4, "major_outage", LATER, None)], id="it begins"),
        pytest.param([component(DOWN)], [component(UP, LATER)], [(ENDED, "major_outage", NOON, LATER)], id="it ends"),
        pytest.param(
            [component(DOWN)],
            [component(HALF, LATER)],
            [(ENDED, "major_outage", NOON, LATER), (4, "partial_outage", LATER, None)],
            id="it gets better",
        ),
        pytest.param([component(DOWN)], [component(DOWN)], [], id="it goes on"),
        pytest.param([component(UP)], [component(UP, name="New")], [], id="it is well, and renamed"),
        pytest.param(
            [component(DOWN)],
            [component(DOWN, service_ids=("shop",))],
            [(4, "major_outage", NOON, None)],
            id="it is made of other services now",
        ),
        pytest.param([component(CARE)], [], [(ENDED, "under_maintenance", NOON, LATER)], id="it is taken off"),
        pytest.param([], [component(UP)], [], id="it is new"),
    ],
)
def test_each_period_is_told_when_it_begins_and_when_it_ends(
    before: list[Component], after: list[Component], expected: list[Any]
) -> None:
    assert told(impact_events(page(*before), page(*after), LATER)) == expected


def test_a_period_has_the_same_id_whenever_it_is_told() -> None:
    down = component(DOWN)
    begun = impact_events(page(component(UP)), page(down), NOON)[0]
    ended = impact_events(page(down), page(component(UP, LATER)), LATER)[0]
    period = end_period("k", down, LATER)
    assert period is not None
    again = told_again("acme", period, "API")
    assert begun.subject == ended.subject == again.subject == period.id
    assert again == ended
    assert begun.sequence < ended.sequence


def test_what_lasts_is_told_again_under_the_page_s_version() -> None:
    assert told(list(lasting_events(page(component(SLOW), component(UP, id="web"), version=9)))) == [
        (9, ImpactState.DEGRADED_PERFORMANCE.value, NOON, None)
    ]

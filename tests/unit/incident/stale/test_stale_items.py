"""Which incidents and actions are stale, and whose they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.incident.incidents.incident import Alerts
from services.incident.stale.stale_items import is_silent, last_touched, may_be_untouched, moved_at, untouched_item
from shared.vocabulary import IncidentStatus
from tests.unit.incident.builders import NOW, make_incident

pytestmark = pytest.mark.unit

HOURS = timedelta(hours=1)
ACKNOWLEDGED: dict[str, Any] = {
    "status": IncidentStatus.ACKNOWLEDGED,
    "first_entered": {IncidentStatus.TRIGGERED: NOW, IncidentStatus.ACKNOWLEDGED: NOW + HOURS},
}


@pytest.mark.parametrize(
    "fields, silent",
    [
        pytest.param({"alerts": Alerts(count=2, open=2)}, True, id="all of its alerts are silent"),
        pytest.param({"alerts": Alerts(count=2, open=2, firing=1)}, False, id="one still fires"),
        pytest.param({"alerts": Alerts(count=2)}, False, id="all of them ended"),
        pytest.param({}, False, id="it never had any"),
        pytest.param({"alerts": Alerts(count=1, open=1), "drill_id": "d"}, False, id="a drill"),
        pytest.param({"alerts": Alerts(count=1, open=1), "imported": True}, False, id="an import"),
        pytest.param({"alerts": Alerts(count=1, open=1), "status": IncidentStatus.RESOLVED}, False, id="it is over"),
    ],
)
def test_an_incident_whose_alerts_went_silent(fields: dict[str, Any], silent: bool) -> None:
    assert is_silent(make_incident(**fields)) is silent


@pytest.mark.parametrize(
    "fields, hours, untouched",
    [
        pytest.param(ACKNOWLEDGED, 5, True, id="four hours after it was acknowledged"),
        pytest.param(ACKNOWLEDGED, 4.9, False, id="a little before that"),
        pytest.param({}, 100, False, id="nobody has it: it pages"),
        pytest.param({**ACKNOWLEDGED, "snoozed_until": NOW + 200 * HOURS}, 100, False, id="it was put off on purpose"),
        pytest.param({**ACKNOWLEDGED, "drill_id": "d"}, 100, False, id="a drill"),
        pytest.param({**ACKNOWLEDGED, "status": IncidentStatus.CLOSED}, 100, False, id="it is over"),
    ],
)
def test_an_acknowledged_incident_that_nobody_moves(fields: dict[str, Any], hours: float, untouched: bool) -> None:
    assert may_be_untouched(make_incident(**fields), NOW + hours * HOURS, 4 * HOURS) is untouched


def test_what_people_wrote_counts_as_a_touch_and_the_one_who_took_it_is_told() -> None:
    incident = make_incident(**ACKNOWLEDGED, taken_by=["sara"], team="web")
    assert moved_at(incident) == NOW + HOURS
    assert last_touched(incident, {incident.id: NOW + 3 * HOURS}) == NOW + 3 * HOURS
    item = untouched_item(incident, NOW)
    assert (item.owner, item.people, item.team, item.method) == ("sara", ["sara"], "web", "POST")
    assert untouched_item(incident.changed(taken_by=[]), NOW).owner == "web"

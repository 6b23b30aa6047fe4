"""What the map shows of open incidents: the worst of each service's, and how it follows what changes."""

from __future__ import annotations

from typing import Any

import pytest

from services.incident.incidents.open_on_map import OpenOne, apply_changes, open_one_of, worst_of
from shared.vocabulary import IncidentStatus, Severity
from tests.unit.incident.builders import make_incident

LOW, HIGH = OpenOne("i1", "db", Severity.LOW), OpenOne("i2", "db", Severity.HIGH)
WEB = OpenOne("i3", "web", Severity.MEDIUM)


@pytest.mark.parametrize(
    "changes, is_shown",
    [
        pytest.param({}, True, id="open"),
        pytest.param({"status": IncidentStatus.ACKNOWLEDGED}, True, id="acknowledged"),
        pytest.param({"status": IncidentStatus.RESOLVED}, False, id="resolved"),
        pytest.param({"drill_id": "drill_1"}, False, id="a drill"),
        pytest.param({"service_id": None}, False, id="of no service"),
    ],
)
def test_what_of_an_incident_is_on_the_map(changes: dict[str, Any], is_shown: bool) -> None:
    incident = make_incident(**({"service_id": "db", "severity": Severity.LOW} | changes))
    assert open_one_of(incident) == (OpenOne(incident.id, "db", Severity.LOW) if is_shown else None)


def test_the_worst_of_each_service_counts() -> None:
    assert worst_of([LOW, HIGH, WEB]) == worst_of([WEB, HIGH, LOW]) == {"db": Severity.HIGH, "web": Severity.MEDIUM}


def test_what_was_looked_at_and_not_found_is_gone() -> None:
    known = {one.id: one for one in (LOW, HIGH)}
    assert apply_changes(known, ["i2", "i3"], [WEB]) == {"i1": LOW, "i3": WEB}
    assert apply_changes(known, ["i1"], [OpenOne("i1", "web", Severity.LOW)])["i1"].service_id == "web"

"""A drill that was stopped ends its incidents and no others, and a first finding is noted of drills alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.incident.drills.stopping import stop
from services.incident.incidents.incident import AUTO
from services.incident.incidents.participants import is_noted, note_entry
from shared.events import make
from shared.events.oncall import DrillFact, DrillState
from shared.vocabulary import IncidentStatus
from tests.unit.incident.builders import NOW, make_incident

pytestmark = pytest.mark.unit

FACT = DrillFact(id="d1", name="d", state=DrillState.CANCELLED, starts_at=NOW, duration_seconds=60)
EVENT = make("drill.changed.v1", subject="d1", sequence=2, time=NOW, data=FACT)


def test_its_open_incident_is_resolved_in_tocsins_name_so_that_its_alerts_end_too() -> None:
    edit = stop(make_incident(drill_id="d1"), "d1", EVENT, NOW)
    assert (edit.after.status, edit.after.resolved_at) == (IncidentStatus.RESOLVED, NOW)
    assert edit.after.resolved_by != AUTO
    assert stop(edit.after, "d1", EVENT, NOW).is_empty, "once"


@pytest.mark.parametrize("drill", [None, "d2"])
def test_a_real_incident_and_another_drills_stay_as_they_are(drill: str | None) -> None:
    assert stop(make_incident(drill_id=drill), "d1", EVENT, NOW).is_empty


def test_the_first_finding_of_a_drill_is_kept_and_of_nothing_else() -> None:
    drill = note_entry(make_incident(drill_id="d1"), None, "key", NOW).after
    assert (drill.first_finding_at, drill.first_finding_by) == (NOW, "key")
    again = note_entry(drill, "sara", "sara", NOW + timedelta(seconds=9)).after
    assert (again.first_finding_at, again.participants) == (NOW, ["sara"])
    assert is_noted(again, "sara")
    assert note_entry(make_incident(), "sara", "sara", NOW).after.first_finding_at is None
    assert is_noted(make_incident(), None)
    assert not is_noted(make_incident(drill_id="d1"), None)

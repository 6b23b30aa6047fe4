from __future__ import annotations

import pytest

from services.automation.incident_copies.copying import Over, as_copied, is_old
from shared.events import make
from shared.events.incidents import IncidentFact
from shared.testing.examples import example
from shared.testing.story import BEGAN
from shared.vocabulary import IncidentStatus

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("status", IncidentStatus)
def test_an_open_incident_is_copied_whole_and_of_one_that_is_over_its_id(status: IncidentStatus) -> None:
    fact = example("incident.changed.v1").data
    assert isinstance(fact, IncidentFact)
    told = fact.model_copy(update={"status": status})
    event = make("incident.changed.v1", subject=fact.id, sequence=7, time=BEGAN, data=told)
    copied = as_copied(event, told)
    assert (copied.subject, copied.sequence) == (fact.id, 7)
    assert copied.data == (told if status.is_open else Over(id=fact.id))


@pytest.mark.parametrize(
    "imported, status, sequence, old",
    [
        (True, IncidentStatus.CLOSED, 1, True),
        (True, IncidentStatus.TRIGGERED, 1, False),
        (True, IncidentStatus.CLOSED, 2, False),
        (False, IncidentStatus.CLOSED, 1, False),
    ],
)
def test_an_incident_that_was_over_when_it_was_imported_is_not_copied(
    imported: bool, status: IncidentStatus, sequence: int, old: bool
) -> None:
    fact = example("incident.changed.v1").data
    assert isinstance(fact, IncidentFact)
    told = fact.model_copy(update={"imported": imported, "status": status})
    assert is_old(make("incident.opened.v1", subject=fact.id, sequence=sequence, time=BEGAN, data=told), told) is old

from __future__ import annotations

import pytest

from services.automation.copying import Over, as_copied
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

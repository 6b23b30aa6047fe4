"""Which pages an acknowledge link still answers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.incident.incidents.incident import Incident
from services.incident.response.links import require_present_page
from shared.events.incidents import Paging
from shared.problem import Problem
from shared.secrecy.signed_links import VALID_FOR, AckClaim
from tests.unit.incident.builders import NOW, make_incident


def claim(generation: int, requested_at: datetime = NOW) -> AckClaim:
    return AckClaim("INC-1", generation, "sara", "p1", "en", requested_at + VALID_FOR)


def paged(generation: int, answered: int, key: str = "INC-1", **fields: object) -> Incident:
    update = {"id": key, "paging": Paging(generation=generation, answered=answered), **fields}
    return make_incident().model_copy(update=update)


@pytest.mark.parametrize(
    "incident, generation",
    [
        pytest.param(paged(1, 0), 1, id="its own page"),
        pytest.param(paged(2, 0), 1, id="nobody answered its page, and people were paged again"),
        pytest.param(paged(1, 1), 1, id="answered, and nobody is paged now: it says so"),
    ],
)
def test_a_link_answers_what_nobody_answered(incident: Incident, generation: int) -> None:
    require_present_page(incident, incident, claim(generation))


@pytest.mark.parametrize(
    "source, survivor, requested",
    [
        pytest.param(paged(2, 1), paged(2, 1), NOW, id="answered, and people were paged anew"),
        pytest.param(paged(5, 3), paged(5, 3), NOW, id="more than once"),
        pytest.param(
            paged(1, 0),
            paged(3, 1, "INC-2", acknowledged_at=NOW + timedelta(minutes=1)),
            NOW,
            id="merged, acknowledged since, and paged anew",
        ),
    ],
)
def test_a_link_of_an_answered_page_does_not_answer_newer_ones(
    source: Incident, survivor: Incident, requested: datetime
) -> None:
    with pytest.raises(Problem) as refused:
        require_present_page(source, survivor, claim(1, requested))
    assert (refused.value.status, refused.value.code) == (410, "page_over")


def test_the_link_of_a_merged_incident_answers_the_survivor() -> None:
    later = NOW + timedelta(minutes=5)
    require_present_page(paged(1, 0), paged(1, 0, "INC-2"), claim(1))
    require_present_page(paged(1, 0), paged(2, 1, "INC-2", acknowledged_at=NOW), claim(1, later))

"""The canary's one incident opens again with each canary and ends with its page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.incident.canary.deciding import CanaryIncident, make_event, open_again, resolve
from shared.events import Event, make
from shared.events.incidents import IncidentFact
from shared.testing.examples import EXAMPLES
from shared.vocabulary import IncidentStatus

NOW = datetime(2026, 11, 29, 5, tzinfo=UTC)
NONE = CanaryIncident()
FIRST = CanaryIncident(stamp="1", open=True, generation=1, created_at=NOW)


def cause() -> Event:
    return make("alert.opened.v1", subject="a", sequence=1, time=NOW, data=EXAMPLES["alert.opened.v1"]())


def test_each_canary_is_another_generation_of_the_same_incident() -> None:
    assert open_again(NONE, "1", NOW) == FIRST
    ended = resolve(FIRST, 1)
    assert ended is not None
    assert ended == FIRST.changed(open=False)
    assert open_again(ended, "2", NOW + timedelta(minutes=1)) == FIRST.changed(stamp="2", generation=2)


def test_repeats_and_what_is_older_change_nothing() -> None:
    second = FIRST.changed(stamp="2", generation=2)
    assert open_again(second, "2", NOW) is None
    assert open_again(second, "1", NOW) is None
    assert resolve(second, 1) is None
    assert resolve(second.changed(open=False), 2) is None
    assert resolve(NONE, 1) is None


def test_the_fact_asks_for_a_page_while_it_is_open_and_for_none_of_a_release_that_knows_no_canaries() -> None:
    opened = make_event("c", FIRST, 1, cause(), NOW)
    ended = make_event("c", FIRST.changed(open=False), 2, cause(), NOW)
    assert isinstance(opened.data, IncidentFact)
    assert isinstance(ended.data, IncidentFact)
    assert (opened.type, opened.data.paging.generation, opened.data.paging.answered) == ("incident.opened.v1", 1, 0)
    assert (ended.type, ended.data.status, ended.data.paging.answered) == (
        "incident.resolved.v1",
        IncidentStatus.RESOLVED,
        1,
    )
    assert opened.data.imported


def test_what_the_version_before_stored_is_read() -> None:
    document = {
        "_id": "c",
        "version": 7,
        "write_id": "w",
        "stamp": "1",
        "open": True,
        "generation": 1,
        "created_at": NOW,
    }
    assert CanaryIncident.model_validate(document) == FIRST
    assert FIRST.model_dump() == {"stamp": "1", "open": True, "generation": 1, "created_at": NOW}

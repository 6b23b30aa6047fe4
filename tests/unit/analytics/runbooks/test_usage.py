"""Which runbooks ended incidents, and how often."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.runbooks.usage import MOST_RUNBOOKS, RunbookHistory, RunbookRun
from shared.events.automation import RunbookFact
from tests.unit.analytics.clusters.builders import BEGAN

pytestmark = pytest.mark.unit

RESOLVED = BEGAN + timedelta(hours=1)


def run(runbook: str = "clean", *, succeeded: bool = True, minutes: int = 5, team: str | None = None) -> RunbookRun:
    return RunbookRun(runbook, runbook.title(), team, succeeded, BEGAN + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "one, resolved_at, ended",
    [
        pytest.param(run(), RESOLVED, 1, id="begun, succeeded, resolved"),
        pytest.param(run(minutes=60), RESOLVED, 1, id="begun the moment that it was resolved"),
        pytest.param(run(minutes=61), RESOLVED, 0, id="begun after the end"),
        pytest.param(run(succeeded=False), RESOLVED, 0, id="failed"),
        pytest.param(run(), None, 0, id="not resolved"),
    ],
)
def test_a_runbook_ended_an_incident_that_it_was_begun_for_before_the_end(
    one: RunbookRun, resolved_at: datetime | None, ended: int
) -> None:
    known = RunbookHistory({"INC-1": [one], "INC-2": [run()]})
    (found,) = known.uses([("INC-1", resolved_at), ("INC-2", RESOLVED), ("INC-3", RESOLVED)])
    assert (found.ended, found.ran_for) == (ended + 1, 2)


def test_an_incident_counts_once_however_often_a_runbook_was_run_for_it() -> None:
    known = RunbookHistory({"INC-1": [run(succeeded=False), run(), run(minutes=6)]})
    assert [one.words for one in known.uses([("INC-1", RESOLVED)])] == ["ended 1 of 1"]


def test_what_ended_nothing_is_not_told_and_what_was_deleted_neither() -> None:
    known = RunbookHistory(
        {"INC-1": [run("gone"), run("useless", succeeded=False), run("kept")]},
        {
            "gone": RunbookFact(id="gone", name="", deleted=True),
            "kept": RunbookFact(id="kept", name="As it is called now"),
        },
    )
    assert [(one.id, one.name) for one in known.uses([("INC-1", RESOLVED)])] == [("kept", "As it is called now")]


def test_a_key_of_a_team_hears_of_its_runbooks_and_of_nobodys() -> None:
    known = RunbookHistory(
        {"INC-1": [run("a", team="a"), run("b", team="b"), run("nobodys"), run("moved", team="a")]},
        {"moved": RunbookFact(id="moved", name="Moved", team="b")},
    )
    assert [one.id for one in known.limited_to(("a",)).uses([("INC-1", RESOLVED)])] == ["a", "nobodys"]
    assert len(known.limited_to(()).uses([("INC-1", RESOLVED)])) == 4


@given(
    runs=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.booleans(), st.integers(0, 90)), max_size=20
    ),
    seed=st.integers(),
)
def test_any_order_tells_the_same_and_never_more_ended_than_run(
    runs: list[tuple[str, str, bool, int]], seed: int
) -> None:
    def uses(told: list[tuple[str, str, bool, int]]) -> list[tuple[str, str]]:
        by_incident: dict[str, list[RunbookRun]] = {}
        for incident, runbook, succeeded, minutes in told:
            by_incident.setdefault(incident, []).append(run(runbook, succeeded=succeeded, minutes=minutes))
        found = RunbookHistory(by_incident).uses([("a", RESOLVED), ("b", None), ("c", RESOLVED)])
        assert all(1 <= one.ended <= one.ran_for <= 3 for one in found)
        return [(one.id, one.words) for one in found]

    shuffled = list(runs)
    random.Random(seed).shuffle(shuffled)
    assert uses(shuffled) == uses(runs)


def test_no_more_are_told_than_anybody_reads() -> None:
    known = RunbookHistory({"INC-1": [run(f"r{number}") for number in range(30)]})
    assert len(known.uses([("INC-1", RESOLVED)])) == MOST_RUNBOOKS

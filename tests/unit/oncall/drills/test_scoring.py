"""How people did, beside what was expected and beside the last drill, and the report that says so."""

from __future__ import annotations

from typing import Any

import pytest

from services.oncall.drills.drill import Drill, Expected
from services.oncall.drills.report import report
from services.oncall.drills.scoring import score
from services.oncall.escalation.escalation import Attempt
from shared.vocabulary import Channel, PageReason, Urgency
from tests.unit.oncall.drills.drill_builders import heard, holder, incident_fact, later, make_running

pytestmark = pytest.mark.unit


def page(user: str, seconds: float) -> Attempt:
    return Attempt(
        page_id=f"{user}{seconds}",
        user_id=user,
        method_id="mail",
        channel=Channel.EMAIL,
        step=1,
        round=0,
        generation=1,
        reason=PageReason.ESCALATION,
        cause="c",
        urgency=Urgency.HIGH,
        requested_at=later(seconds),
    )


def done(ack: float | None = 32, **fields: Any) -> Drill:
    """A drill whose incident opened after 2 s, and was resolved after 302 s."""
    told = {"acknowledged_at": later(ack), "acknowledged_by": "kenji"} if ack is not None else {}
    fact = incident_fact(
        "resolved",
        resolved_at=later(302),
        resolved_by="sara",
        first_finding_at=later(62),
        first_finding_by="sara",
        roles=[holder("commander", "sara", 100)],
        **told,
    )
    return heard(make_running(**fields), fact).drill


PAGES = {"INC-1": [page("sara", 4), page("kenji", 22), page("sara", 64)]}


def test_each_person_and_the_team_are_measured_from_the_page_and_from_the_opening() -> None:
    found = score(done(), PAGES, None)
    assert found.met is None, "nothing was expected"
    team = found.team
    assert (team.paged_after_seconds, team.acknowledged_after_seconds) == (2, 30)
    assert (team.first_finding_after_seconds, team.resolved_after_seconds, team.roles) == (60, 300, ("commander",))
    sara, kenji = found.people
    assert (sara.user_id, sara.pages, sara.paged_after_seconds, sara.acknowledged_after_seconds) == ("sara", 2, 4, None)
    assert (sara.first_finding_after_seconds, sara.resolved_after_seconds, sara.roles) == (58, 298, ("commander",))
    assert (kenji.user_id, kenji.acknowledged_after_seconds, kenji.roles) == ("kenji", 10, ())


@pytest.mark.parametrize(
    "expected, ack, met",
    [
        pytest.param({"ack_within_seconds": 30}, 32, True, id="just in time"),
        pytest.param({"ack_within_seconds": 29}, 32, False, id="a second late"),
        pytest.param({"ack_within_seconds": 3600}, None, False, id="never acknowledged is not in time"),
        pytest.param({"roles": ("commander",)}, None, True, id="a role that was taken"),
        pytest.param({"roles": ("scribe",)}, 32, False, id="a role that nobody took"),
        pytest.param({"first_finding_within_seconds": 60, "resolve_within_seconds": 299}, 32, False, id="one of two"),
    ],
)
def test_what_was_expected(expected: dict[str, Any], ack: float | None, met: bool) -> None:
    found = score(done(ack, expected=Expected.model_validate(expected)), PAGES, None)
    assert found.met is met


def test_of_several_incidents_the_slowest_counts_and_one_that_is_not_done_leaves_it_open() -> None:
    both = heard(done(), incident_fact(id="INC-2", created_at=later(10))).drill
    assert score(both, PAGES, None).team.acknowledged_after_seconds is None
    assert score(make_running(), {}, None).team.incidents == 0


def test_it_is_compared_with_the_last_one_of_its_kind() -> None:
    before = done(92)
    before = before.changed(id="d0", score=score(before, PAGES, None))
    found = score(done(), PAGES, before)
    assert found.last is not None
    assert (found.last.drill_id, found.last.acknowledged_change, found.last.resolved_change) == ("d0", -60, 0)


def test_the_report_says_all_of_it_and_what_people_wrote_does_nothing_to_it() -> None:
    drill = done(expected=Expected(ack_within_seconds=20), name="Outage | <b>x</b>\n# y")
    before = drill.changed(id="d0", score=score(drill, PAGES, None))
    text = report(drill.changed(score=score(drill, PAGES, before)))
    assert text.startswith("# Drill: Outage \\| \\<b\\>x\\</b\\> \\# y\n")
    assert "| acknowledged | 20 s | 30 s | no |" in text
    assert "| kenji | 1 | 22 s | 10 s | - | - | - |" in text
    assert "- acknowledged: as fast" in text
    assert "Overall: not as expected." in text
    assert "Not scored yet." in report(make_running())

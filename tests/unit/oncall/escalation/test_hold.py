"""The first step waits for a runbook that starts by itself; whatever happens meanwhile ends the wait as it should."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.automation.incident_copies.copying import known_alert
from services.automation.matching.candidates import Candidate, find_starts
from services.incident.incidents.alert_member import paging_alert
from services.oncall.escalation.escalation import Reason
from services.oncall.escalation.explanation import account
from services.oncall.escalation.hold import LONGEST
from shared.events import make
from shared.events.alerts import AlertFact
from shared.events.automation import RunbookFact
from shared.events.incidents import PagingAlert
from shared.events.oncall import EscalationState
from shared.vocabulary import AlertStatus, Category, PageReason, Severity
from tests.unit.oncall.escalations import START, Walk, make_directory, make_incident, make_policy, make_runbook

pytestmark = pytest.mark.unit

ALERT = PagingAlert(
    id="a-1",
    title="disk full",
    severity=Severity.HIGH,
    category=Category.FAILURE,
    service_id="payments",
    labels={"alertname": "DiskFull", "host": "db-1"},
)


def walk_with(*runbooks: RunbookFact) -> Walk:
    return Walk(make_directory(make_policy("user:a", "user:b"), runbooks=runbooks))


def waiting_for(walk: Walk) -> tuple[str, ...]:
    return walk.state.hold.names if walk.state.hold is not None and walk.state.is_held else ()


def test_step_1_begins_so_much_later_and_the_steps_after_it_follow_it() -> None:
    walk = walk_with(make_runbook(hold=120)).hear(make_incident())
    assert walk.pages == []
    assert walk.told == ["held_for_runbook"]
    assert (walk.state.state, walk.state.step) == (EscalationState.RUNNING, 0)
    assert walk.state.due_at == START + timedelta(seconds=120)
    walk.wait(119)
    assert walk.pages == []
    walk.wait(1)
    assert walk.written() == ["a/mail 1.0", "a/hook 1.0"]
    assert walk.pages[0].requested_at == START + timedelta(seconds=120)
    assert walk.pages[0].runbook is None
    assert walk.pages[0].caused_at is None, "it was not asked for at once"
    walk.wait(300)
    assert [page.requested_at for page in walk.pages[2:]] == [START + timedelta(seconds=420)] * 2


@pytest.mark.parametrize(
    "runbook, is_held",
    [
        (make_runbook(hold=1), True),
        (make_runbook(hold=0), False),
        (make_runbook(service_id="shop"), False),
        (make_runbook(labels={"host": "db-1"}), True),
        (make_runbook(labels={"host": "db-2"}), False),
        (make_runbook(title_regex="^disk"), True),  # the alert's title; the incident's is another one
        (make_runbook(team="shop"), False),
        (make_runbook(team="core"), True),
        (make_runbook(severity="critical", labels={"alertname": "DiskFull"}), True),
    ],
)
def test_it_waits_for_the_runbooks_that_start_by_themselves(runbook: RunbookFact, is_held: bool) -> None:
    walk = walk_with(runbook).hear(make_incident(alert=ALERT, team="core"))
    assert walk.state.is_held is is_held
    assert bool(walk.pages) is not is_held


def test_of_several_the_longest_hold_counts_and_never_more_than_ten_minutes() -> None:
    walk = walk_with(make_runbook("a", hold=30), make_runbook("b", hold=90), make_runbook("c", hold=60))
    walk.hear(make_incident())
    assert walk.state.due_at == START + timedelta(seconds=90)
    assert walk.state.hold is not None
    assert walk.state.hold.names == ("B", "C", "A")
    walk = walk_with(make_runbook(hold=10_000)).hear(make_incident())
    assert walk.state.due_at == START + timedelta(seconds=LONGEST)


def test_in_a_drill_whose_runbooks_run_pages_wait_for_them_too() -> None:
    escalation = walk_with(make_runbook()).hear(make_incident(drill_id="drlrun_1")).escalation
    assert escalation is not None
    assert escalation.hold is not None


def test_in_a_drill_nothing_is_held() -> None:
    walk = walk_with(make_runbook()).hear(make_incident(drill_id="drill-1"))
    assert walk.written() == ["a/mail 1.0", "a/hook 1.0"]


@pytest.mark.parametrize(
    "fact, end",
    [
        (make_incident(answered=1), Reason.ANSWERED),
        (make_incident(status="resolved"), Reason.RESOLVED),
        (make_incident(merged_into="INC-0"), Reason.MERGED),
        (make_incident(snoozed_until=START + timedelta(hours=1)), Reason.SNOOZED),
    ],
)
def test_whoever_answers_or_ends_it_meanwhile_has_nobody_paged(fact: object, end: Reason) -> None:
    walk = walk_with(make_runbook()).hear(make_incident()).wait(30)
    walk.hear(fact).wait(600)  # type: ignore[arg-type]
    assert walk.pages == []
    assert walk.state.hold is not None
    assert walk.state.hold.end is end
    assert walk.state.hold.ended_at == START + timedelta(seconds=30)


def test_what_grows_worse_or_is_escalated_by_hand_pages_at_once_from_step_1() -> None:
    worse = make_incident(2, reason=PageReason.REESCALATED)
    assert walk_with(make_runbook()).hear(make_incident()).hear(worse).written() == ["a/mail 1.0", "a/hook 1.0"]
    by_hand = make_incident(stood=(0, 1))
    walk = walk_with(make_runbook()).hear(make_incident()).hear(by_hand)
    assert walk.written() == ["a/mail 1.0", "a/hook 1.0"]
    assert walk.state.hold is not None
    assert walk.state.hold.end is Reason.BY_HAND


def test_each_runbook_is_waited_for_once_in_an_incident() -> None:
    runbooks = make_runbook(), make_runbook("host", labels={"host": "db-1"})
    walk = walk_with(*runbooks).hear(make_incident()).wait(200)
    assert len(walk.pages) == 2
    walk.hear(make_incident(answered=1))
    again = make_incident(2, 1, status="acknowledged", reason=PageReason.NEW_ALERT, alert=ALERT)
    walk.hear(again)
    assert waiting_for(walk) == ("Host",), "an alert joined for which another runbook starts"
    walk.hear(again.changed(paging=again.paging.changed(answered=2)))
    walk.hear(again.changed(paging=again.paging.changed(generation=3, answered=2)))
    assert waiting_for(walk) == ()
    assert len(walk.pages) == 4


@pytest.mark.parametrize("reason", [PageReason.REESCALATED, PageReason.ACK_TIMEOUT])
def test_it_waits_for_nothing_where_no_runbook_starts(reason: PageReason) -> None:
    walk = walk_with().hear(make_incident()).hear(make_incident(answered=1))
    walk.directory = replace(walk.directory, runbooks=(make_runbook(),))
    walk.hear(make_incident(2, 1, status="triggered", reason=reason))
    assert len(walk.pages) == 4


def test_nobody_to_page_is_found_out_once_the_hold_is_over() -> None:
    directory = make_directory(make_policy("user:nobody"), runbooks=[make_runbook()])
    walk = Walk(directory).hear(make_incident(severity=Severity.LOW))
    assert walk.told == ["held_for_runbook"]
    assert walk.wait(120).state.state is EscalationState.NOBODY


def test_explain_says_what_is_waited_for_and_how_it_ended() -> None:
    walk = walk_with(make_runbook(hold=120)).hear(make_incident())
    told = account(walk.state, walk.directory, {})
    waits = "The first page waits for the runbook “Clean”, until 2026-06-01 12:02:00 UTC at the latest."
    assert told.summary == f"Nobody is paged yet. {waits}"
    a = next(one for one in told.people if one.user_id == "a")
    assert "Step 1, which can tell a, has not begun; it is due at 2026-06-01 12:02:00 UTC." in [
        line.sentence for line in a.lines
    ]
    walk.wait(30).hear(make_incident(status="resolved"))
    told = account(walk.state, walk.directory, {})
    assert told.summary == "Nobody was paged. It was over while the first page waited for the runbook “Clean”."
    said = [line.sentence for line in told.lines]
    assert "The first page waited for the runbook “Clean”, until 2026-06-01 12:02:00 UTC at the latest." in said
    assert "The incident was over: no more pages." in said


def _words(dice: random.Random, **choices: list[Any]) -> dict[str, Any]:
    """Some of these, each with one of its values."""
    return {name: dice.choice(values) for name, values in choices.items() if dice.random() < 0.6}


@given(st.randoms(use_true_random=False))
def test_pages_wait_for_those_runbooks_alone_that_automation_starts(dice: random.Random) -> None:
    """The two that read one plan: what on-call waits for is what automation finds by its own copies of alerts."""
    said: dict[str, list[Any]] = {
        "service_id": ["payments", "shop"],
        "severity": ["critical", "high"],
        "category": ["failure", "error"],
        "labels": [{"host": "db-1"}, {"host": "db-2"}, {"host": "db-1", "alertname": "DiskFull"}],
        "title_regex": ["^disk", "error rate"],
    }
    teams = [None, "core", "shop"]
    runbooks = [
        make_runbook(f"r{number}", dice.choice([0, 30, 120]), dice.choice(teams), **_words(dice, **said))
        for number in range(5)
    ]
    told = AlertFact(
        id="a-1",
        dedup_key="k",
        source="check",
        title=dice.choice(["disk full", "slow"]),
        severity=dice.choice([Severity.CRITICAL, Severity.HIGH]),
        category=dice.choice([Category.FAILURE, Category.ERROR]),
        status=AlertStatus.FIRING,
        service_id=dice.choice([None, "payments", "shop"]),
        labels=dice.choice([{}, {"host": "db-1"}, {"host": "db-2", "alertname": "DiskFull"}]),
        starts_at=START,
        group_id="g",
        stamp="s",
    )
    fact = make_incident(
        alert=paging_alert(told),
        group_id="g",
        team=dice.choice(teams),
        severity=dice.choice([Severity.CRITICAL, Severity.HIGH]),
        imported=dice.random() < 0.1,
    )
    walk = walk_with(*runbooks).hear(fact)
    event = make("incident.opened.v1", subject=fact.id, sequence=1, time=START, data=fact)
    started = find_starts([Candidate(fact, [known_alert(told)], event)], runbooks)
    holding = {one.runbook_id for one in started} & {one.id for one in runbooks if one.hold_pages_seconds}
    waited = {one.id for one in walk.state.hold.runbooks} if walk.state.hold is not None else set()
    assert waited == holding

"""A rehearsal is the engine run ahead: the same pages at the same times, whoever plays the clock."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from services.oncall.directory.policy import Assignment
from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.escalation import Reason
from services.oncall.rehearsals.override_changes import find_override_changes
from services.oncall.rehearsals.runbook_changes import find_runbook_changes, starting_runbooks
from services.oncall.rehearsals.simulation import MOST_PAGES, News, Rehearsed, turns_in_play, with_turns
from services.oncall.rehearsals.texts import of_decision, of_override, of_page, of_runbook
from shared.events.oncall import EscalationState
from shared.vocabulary import PageReason
from tests.unit.oncall.escalations import (
    START,
    Walk,
    make_directory,
    make_incident,
    make_policy,
    make_runbook,
    make_user,
)
from tests.unit.oncall.rehearsals.worlds import Organisation, make_organisation
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule

pytestmark = pytest.mark.unit


def rehearse(directory: Directory, *news: News, at: Any = START, turns: dict[str, int] | None = None) -> Rehearsed:
    return with_turns(turns or {}, directory).run(news, at)


def rows(rehearsed: Rehearsed) -> list[str]:
    return [
        f"{one.attempt.user_id}/{one.attempt.method_id} {one.attempt.step}.{one.attempt.round}"
        f" +{round((one.attempt.requested_at - START).total_seconds())}"
        for one in rehearsed.pages
    ]


def directory_of(organisation: Organisation) -> Directory:
    return Directory(
        organisation.users,
        organisation.teams,
        organisation.schedules,
        organisation.policies,
        runbooks=organisation.runbooks,
    )


@pytest.mark.parametrize("seed", range(120))
def test_whatever_the_organisation_it_pages_as_the_engine_does(seed: int) -> None:
    dice = random.Random(seed)
    # whose turn it is the walk does not know; the test on the database does
    organisation = make_organisation(dice, in_turn=False)
    directory, (news,) = directory_of(organisation), organisation.news(dice, 1)
    walk = Walk(directory, now=organisation.at)
    walk.hear(news.fact).wait(100 * 86_400)
    rehearsed = rehearse(directory, news, at=organisation.at)
    played = [(page.requested_at, page.user.id, page.method.id, page.step, page.round) for page in walk.pages]
    assert [
        (one.attempt.requested_at, one.attempt.user_id, one.attempt.method_id, one.attempt.step, one.attempt.round)
        for one in rehearsed.pages
    ] == played
    assert rehearsed.courses[0].escalation == walk.state
    assert rehearsed.courses[0].entries == list(walk.state.log)


def test_steps_rounds_and_rules_that_wait_come_at_their_times() -> None:
    users = {
        "a": make_user("a", "mail", "hook", rules=[("high", 0, "hook"), ("high", 90, "mail")]),
        "b": make_user("b"),
    }
    policy = make_policy("user:a", "user:nobody", "user:b", timeout=60, repeat=1)
    found = rehearse(make_directory(policy, users=users), News(make_incident(), 1))
    assert rows(found) == [
        "a/hook 1.0 +0", "b/email 3.0 +60", "a/mail 1.0 +90", "a/hook 1.1 +120", "b/email 3.1 +180", "a/mail 1.1 +210",
    ]  # fmt: skip
    (course,) = found.courses
    assert course.escalation is not None
    assert course.escalation.state is EscalationState.EXHAUSTED
    said = [(one.reason, of_decision(one)) for one in course.entries]
    assert (Reason.STEP_SKIPPED, "Step 2 was skipped at once: nobody known as nobody when it began.") in said
    assert of_page(found.pages[0]) == "Step 1: named by the step; a rule of theirs for high urgency says so."


def test_turns_go_on_from_where_they_are_and_several_incidents_take_them_as_time_goes() -> None:
    policy = make_policy("user:a user:b user:c", timeout=60, repeat=1)
    policy = policy.changed(steps=tuple(step.changed(assignment=Assignment.ROUND_ROBIN) for step in policy.steps))
    directory = make_directory(policy, users={name: make_user(name) for name in "abc"})
    news = [News(make_incident(id=f"INC-{number}"), 1) for number in (1, 2)]
    assert turns_in_play(news, directory) == {"p/1"}
    found = rehearse(directory, *news, turns={"p/1": 7})
    assert [(one.incident, one.attempt.user_id) for one in found.pages] == [(0, "b"), (1, "c"), (0, "a"), (1, "b")]


def test_an_open_incident_that_is_not_told_anew_goes_on_as_it_would() -> None:
    directory = make_directory(make_policy("user:a", "user:b", timeout=300))
    walk = Walk(directory).hear(make_incident())
    news = News(make_incident(), walk.state.incident_sequence, walk.state)
    found = rehearse(directory, news, at=START + timedelta(seconds=100))
    assert rows(found) == ["b/mail 2.0 +300", "b/hook 2.0 +300"]
    found = rehearse(directory, news, at=START + timedelta(seconds=301))
    assert rows(found) == [], "what was asked for before is no part of it"


def test_what_goes_on_for_ever_is_cut_off() -> None:
    users = {f"u{number}": make_user(f"u{number}") for number in range(50)}
    policy = make_policy(" ".join(f"user:{name}" for name in users), timeout=60, repeat=100)
    found = rehearse(make_directory(policy, users=users), News(make_incident(), 1))
    assert len(found.pages) == MOST_PAGES
    assert not found.is_whole


def test_overrides_that_change_something_are_told_with_what_would_be_without_them() -> None:
    layer = make_layer("a", starts_at="2026-01-05T00:00:00")
    overrides = (
        make_override("replace", "b", "2026-06-01 11:00", "2026-06-01 13:00", name="instead"),
        make_override("add", "c", "2026-06-01 12:04", "2026-06-01 12:10", name="also"),
        make_override("add", "c", "2026-06-01 14:00", "2026-06-01 15:00", name="later"),
    )
    users = {name: make_user(name) for name in "abc"}
    policy = make_policy("schedule:s", "schedule:s")
    directory = make_directory(policy, users=users, schedules={"s": make_schedule(layer, overrides=overrides)})
    news = [News(make_incident(), 1)]
    found = rehearse(directory, *news)
    assert rows(found) == ["b/email 1.0 +0", "b/email 2.0 +300", "c/email 2.0 +300"]
    changes = find_override_changes(found, news, directory, {}, START)
    assert [of_override(one) for one in changes] == [
        "The override instead of schedule s: b would be paged by it; without it a would be.",
        "The override also of schedule s: c would be paged by it; without it nobody would be.",
    ]


def test_runbooks_that_start_are_told_with_the_wait_for_them_and_what_would_be_without() -> None:
    runbooks = [make_runbook("a", 60), make_runbook("b", 120), make_runbook("c", 0), make_runbook("d", service_id="x")]
    directory = make_directory(make_policy("user:a", timeout=300), runbooks=runbooks)
    news = [News(make_incident(), 1)]
    found = rehearse(directory, *news)
    assert rows(found) == ["a/mail 1.0 +120", "a/hook 1.0 +120"]
    assert [one.id for one in starting_runbooks(news[0], directory)] == ["a", "b", "c"]
    (change,) = find_runbook_changes(found, news, directory, {}, START)
    assert of_runbook(change, START) == (
        "The runbook “B” starts by itself, and pages wait for it 120 s: the first comes after 120 s, "
        "without it after 60 s; with it nobody is paged where all ends well before."
    )
    said = [of_decision(one) for one in found.courses[0].entries]
    assert "The first page waited for the runbooks “B”, “A”, until 2026-06-01 12:02:00 UTC at the latest." in said


def test_a_runbook_that_ran_for_the_incident_before_does_not_start_again_nor_for_what_tells_nothing_new() -> None:
    directory = make_directory(runbooks=[make_runbook()])
    walk = Walk(directory).hear(make_incident())
    assert starting_runbooks(News(make_incident(), 1, walk.state), directory) == []
    again = make_incident(2, 1, status="acknowledged", reason=PageReason.NEW_ALERT)
    assert starting_runbooks(News(again, 3, walk.state), directory) == []
    found = rehearse(directory, News(again, 3, walk.state), at=START + timedelta(seconds=30))
    assert rows(found)[:2] == ["a/mail 1.0 +30", "a/hook 1.0 +30"]

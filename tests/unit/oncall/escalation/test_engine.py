"""The escalation engine, in the words of section 5 of the behaviour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.oncall.directory.policy import Policy
from shared.events.oncall import EscalationState
from shared.vocabulary import PageReason, Urgency
from tests.unit.oncall.escalations import START, Walk, make_directory, make_incident, make_policy, make_user
from tests.unit.oncall.schedule_builders import make_layer, make_schedule

pytestmark = pytest.mark.unit


def walk(policy: Policy | None = None, **directory: object) -> Walk:
    return Walk(make_directory(policy, **directory))  # type: ignore[arg-type]


def test_step_one_pages_at_once_and_the_next_after_its_timeout() -> None:
    heard = walk().hear(make_incident())
    assert heard.written() == ["a/mail 1.0", "a/hook 1.0"]
    assert heard.state.next_step_at == START + timedelta(seconds=300)
    heard.wait(299)
    assert len(heard.pages) == 2
    heard.wait(1)
    assert heard.written()[2:] == ["b/mail 2.0", "b/hook 2.0"]
    assert heard.told == ["step_started", "step_started"]


def test_the_timeout_runs_from_the_instant_the_step_was_started_however_late_that_was() -> None:
    heard = walk(make_policy("user:a", "user:b", "user:c")).hear(make_incident())
    heard.now = START + timedelta(seconds=900)
    heard.wait(0)
    assert [page.step for page in heard.pages][-1] == 2
    assert heard.state.next_step_at == START + timedelta(seconds=1200)


def test_after_the_last_timeout_of_the_last_round_it_is_exhausted() -> None:
    heard = walk(make_policy("user:a", "user:b", repeat=1)).hear(make_incident()).wait(4 * 300 - 1)
    assert [f"{page.step}.{page.round}" for page in heard.pages[::2]] == ["1.0", "2.0", "1.1", "2.1"]
    assert "exhausted" not in heard.told
    heard.wait(1)
    assert heard.state.state is EscalationState.EXHAUSTED
    assert heard.told[-1] == "exhausted"
    assert heard.state.due_at is None


def test_a_step_with_nobody_on_call_is_skipped_at_once() -> None:
    empty = make_schedule(make_layer("a", starts_at="2030-01-01T00:00:00"))
    heard = walk(make_policy("schedule:s", "user:b"), schedules={"s": empty}).hear(make_incident())
    assert heard.written() == ["b/mail 2.0", "b/hook 2.0"]
    assert [entry.reason.value for entry in heard.state.log][:2] == ["started", "step_skipped_nobody_on_call"]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("user:nobody", id="an unknown person"),
        pytest.param("team:none", id="an unknown team"),
        pytest.param("schedule:none", id="an unknown schedule"),
    ],
)
def test_when_nobody_can_be_told_that_is_an_event(target: str) -> None:
    heard = walk(make_policy(target, repeat=3)).hear(make_incident())
    assert heard.state.state is EscalationState.NOBODY
    assert heard.told == ["nobody_on_call"]


def test_who_is_on_call_is_asked_when_the_step_starts() -> None:
    daily = make_schedule(make_layer("a", "b", unit="day", starts_at="2026-06-01T14:02:00"), zone="Europe/Berlin")
    heard = walk(make_policy("schedule:s", "schedule:s"), schedules={"s": daily})
    heard.now = START + timedelta(days=1) - timedelta(minutes=1)
    heard.hear(make_incident()).wait(300)
    assert [page.user.id for page in heard.pages] == ["a", "a", "b", "b"]


def test_a_team_is_told_whole_and_each_person_once() -> None:
    heard = walk(make_policy("team:t user:a"), teams={"t": ["a", "b", "gone"]}).hear(make_incident())
    assert [page.user.id for page in heard.pages] == ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    "news, state, reason",
    [
        pytest.param(make_incident(answered=1), EscalationState.ANSWERED, "answered", id="acknowledged"),
        pytest.param(make_incident(1, 1, status="identified"), EscalationState.ANSWERED, "answered", id="moved on"),
        pytest.param(make_incident(status="resolved"), EscalationState.ENDED, "resolved", id="resolved"),
        pytest.param(make_incident(status="closed"), EscalationState.ENDED, "resolved", id="closed"),
        pytest.param(make_incident(merged_into="INC-2"), EscalationState.ENDED, "merged", id="merged"),
        pytest.param(
            make_incident(snoozed_until=START + timedelta(hours=9)), EscalationState.SNOOZED, "snoozed", id="snoozed"
        ),
    ],
)
def test_an_answer_stops_it_at_once(news: object, state: EscalationState, reason: str) -> None:
    heard = walk(make_policy("user:a", "user:b", repeat=9)).hear(make_incident())
    heard.hear(news).wait(3600)  # type: ignore[arg-type]
    assert len(heard.pages) == 2
    assert heard.state.state is state
    assert heard.told == ["step_started", reason]


def test_a_new_generation_starts_over_at_step_one_with_its_reason() -> None:
    heard = walk().hear(make_incident()).wait(300).hear(make_incident(1, 1))
    heard.hear(make_incident(2, 1, reason=PageReason.NEW_ALERT, status="acknowledged"))
    last = heard.pages[-1]
    assert (last.user.id, last.step, last.round, last.reason, last.generation) == ("a", 1, 0, "new_alert", 2)
    assert len({page.page_id for page in heard.pages}) == len(heard.pages)


def test_severity_rising_to_critical_restarts_a_running_escalation() -> None:
    heard = walk().hear(make_incident()).wait(300)
    heard.hear(make_incident(2, 0, reason=PageReason.REESCALATED))
    assert heard.written()[-1] == "a/hook 1.0"
    assert heard.state.next_step_at == heard.now + timedelta(seconds=300)


def test_other_news_of_the_incident_neither_page_nor_move_the_timer() -> None:
    heard = walk().hear(make_incident()).wait(100).hear(make_incident(title="worse"))
    assert len(heard.pages) == 2
    assert heard.state.next_step_at == START + timedelta(seconds=300)
    assert heard.wait(200).pages[-1].incident.title == "worse"


def test_the_policy_is_copied_when_it_starts() -> None:
    heard = walk().hear(make_incident())
    heard.directory = make_directory(make_policy("user:c", "user:c", "user:c"))
    assert heard.wait(300).written()[-1] == "b/hook 2.0"
    heard.hear(make_incident(2, 0, reason=PageReason.REESCALATED))
    assert heard.written()[-1] == "a/hook 1.0"


def test_an_acknowledgement_runs_out_once_and_pages_again_as_ack_timeout() -> None:
    heard = walk(make_policy("user:a", ack_timeout=600)).hear(make_incident()).wait(10).hear(make_incident(1, 1))
    heard.wait(599)
    assert heard.told[-1] == "answered"
    heard.wait(1)
    assert heard.told[-1] == "ack_timed_out"
    assert heard.state.due_at is None
    heard.hear(make_incident(1, 1, title="still acknowledged"))
    assert heard.state.due_at is None
    heard.hear(make_incident(2, 1, reason=PageReason.ACK_TIMEOUT, status="triggered"))
    assert heard.pages[-1].reason is PageReason.ACK_TIMEOUT
    heard.hear(make_incident(2, 2))
    assert heard.state.ack_due_at == heard.now + timedelta(seconds=600)


def test_an_acknowledgement_does_not_run_out_once_somebody_investigates() -> None:
    heard = walk(make_policy("user:a", ack_timeout=600)).hear(make_incident()).hear(make_incident(1, 1))
    heard.hear(make_incident(1, 1, status="investigating")).wait(6000)
    assert "ack_timed_out" not in heard.told


def test_after_a_snooze_it_starts_again_with_new_pages_even_if_the_incident_says_nothing() -> None:
    heard = walk().hear(make_incident()).hear(make_incident(snoozed_until=START + timedelta(seconds=60)))
    heard.wait(64)
    assert len(heard.pages) == 2
    heard.wait(1)
    assert heard.written()[2:] == ["a/mail 1.0", "a/hook 1.0"]
    assert len({page.page_id for page in heard.pages}) == 4


@pytest.mark.parametrize(
    "service, default, policy, expected",
    [
        pytest.param("payments", None, "p", (EscalationState.RUNNING, "a", "step_started"), id="the service's policy"),
        pytest.param("payments", "p", None, (EscalationState.RUNNING, "a", "step_started"), id="the default, by id"),
        pytest.param(
            "payments", "policy", None, (EscalationState.RUNNING, "a", "step_started"), id="the default, by name"
        ),
        pytest.param("payments", "p", "gone", (EscalationState.RUNNING, "a", "step_started"), id="unknown is as unset"),
        pytest.param("unrouted", None, None, (EscalationState.RUNNING, "b", "step_started"), id="unrouted: the admins"),
        pytest.param(
            "unrouted", "p", None, (EscalationState.RUNNING, "a", "step_started"), id="unrouted has a default"
        ),
        pytest.param("payments", None, None, (EscalationState.RUNNING, "b", "step_started"), id="none: the admins"),
        pytest.param(None, None, "gone", (EscalationState.RUNNING, "b", "step_started"), id="it is gone: the admins"),
        pytest.param("tocsin", None, None, (EscalationState.RUNNING, "b", "step_started"), id="tocsin: the admins"),
        pytest.param("tocsin", "p", None, (EscalationState.RUNNING, "a", "step_started"), id="tocsin has a default"),
    ],
)
def test_which_policy_an_incident_follows(
    service: str | None, default: str | None, policy: str | None, expected: tuple[EscalationState, str, str]
) -> None:
    state, users, reason = expected
    people = {"a": make_user("a", "mail"), "b": make_user("b", "hook", role="admin")}
    heard = Walk(make_directory(users=people, default=default))
    heard.hear(make_incident(policy=policy, service_id=service))
    assert heard.state.state is state
    assert "".join(page.user.id for page in heard.pages) == users
    assert heard.told == [reason]


def test_the_admins_of_unrouted_incidents_are_told_by_mail_only() -> None:
    people = {"b": make_user("b", "hook", role="admin"), "c": make_user("c", "hook", "mail", role="admin")}
    heard = Walk(make_directory(users=people)).hear(make_incident(policy=None, service_id="unrouted"))
    assert [(page.method.channel, page.method.address) for page in heard.pages] == [
        ("email", "b@example.org"),
        ("email", "mail@example.org"),
    ]


def test_a_policy_without_steps_tells_nobody_and_says_so() -> None:
    assert walk(make_policy()).hear(make_incident()).told == ["nobody_policy_without_steps"]


def test_an_imported_incident_never_pages() -> None:
    assert walk().hear(make_incident(imported=True)).pages == []


RULES = (("high", 0, "hook"), ("high", 60, "mail"), ("high", 120, "mail2"), ("low", 0, "mail2"))


def test_delayed_rules_page_at_their_time_also_after_the_next_step_began() -> None:
    people = {"a": make_user("a", "mail", "mail2", "hook", rules=RULES), "b": make_user("b", "mail")}
    heard = walk(make_policy("user:a", "user:b", timeout=90), users=people).hear(make_incident())
    assert heard.written() == ["a/hook 1.0"]
    assert heard.state.due_at == START + timedelta(seconds=60)
    heard.wait(60)
    assert heard.written() == ["a/hook 1.0", "a/mail 1.0"]
    heard.wait(60)
    assert heard.written()[2:] == ["b/mail 2.0", "a/mail2 1.0"]


def test_delayed_pages_still_go_out_when_the_escalation_is_exhausted_but_not_after_an_answer() -> None:
    people = {"a": make_user("a", "mail", "mail2", "hook", rules=RULES)}
    heard = walk(make_policy("user:a", timeout=30), users=people).hear(make_incident()).wait(61)
    assert heard.state.state is EscalationState.EXHAUSTED
    assert heard.written() == ["a/hook 1.0", "a/mail 1.0"]
    heard.hear(make_incident(1, 1)).wait(600)
    assert len(heard.pages) == 2


def test_rules_follow_the_urgency() -> None:
    people = {"a": make_user("a", "mail", "mail2", "hook", rules=RULES)}
    heard = walk(make_policy("user:a"), users=people).hear(make_incident(urgency=Urgency.LOW))
    assert heard.written() == ["a/mail2 1.0"]


@pytest.mark.parametrize(
    "permanent",
    [
        pytest.param((True, True), id="for good"),
        pytest.param((False, False), id="to be tried again"),
        pytest.param((False, True), id="to be tried again, and then for good"),
    ],
)
def test_a_failure_moves_to_the_next_rule_at_once_and_only_once(permanent: tuple[bool, bool]) -> None:
    people = {"a": make_user("a", "mail", "mail2", "hook", rules=RULES)}
    heard = walk(make_policy("user:a"), users=people).hear(make_incident())
    first = heard.pages[0]
    heard.wait(1)
    for one in permanent:
        heard.fail(first, permanent=one)
    assert heard.written() == ["a/hook 1.0", "a/mail 1.0"]
    heard.wait(60)
    assert len(heard.pages) == 2
    heard.wait(60)
    assert heard.written()[2:] == ["a/mail2 1.0"]


def test_without_a_waiting_rule_a_method_not_tried_in_this_step_takes_over_each_once() -> None:
    people = {"a": make_user("a", "mail", "mail2", "hook", rules=[("high", 0, "mail")])}
    heard = walk(make_policy("user:a"), users=people).hear(make_incident())
    heard.fail(heard.pages[-1]).fail(heard.pages[-1]).fail(heard.pages[-1])
    assert heard.written() == ["a/mail 1.0", "a/mail2 1.0", "a/hook 1.0"]
    ends = [entry.reason.value for entry in heard.state.log[-2:]]
    assert ends == ["no_method_left_after_failure", "nobody_reached"]


@pytest.mark.parametrize("permanent", [True, False])
def test_a_failure_after_an_answer_changes_nothing(permanent: bool) -> None:
    people = {"a": make_user("a", "mail", "hook", rules=[("high", 0, "mail")])}
    heard = walk(make_policy("user:a"), users=people).hear(make_incident())
    heard.hear(make_incident(1, 1)).fail(heard.pages[0], permanent=permanent)
    assert heard.written() == ["a/mail 1.0"]


def test_a_method_that_is_gone_when_its_time_comes_is_left_out_and_noted() -> None:
    people = {"a": make_user("a", "mail", "mail2", "hook", rules=RULES)}
    heard = walk(make_policy("user:a"), users=people).hear(make_incident())
    heard.directory = make_directory(users={"a": make_user("a", "hook")})
    heard.wait(130)
    assert heard.written() == ["a/hook 1.0"]
    assert "contact_method_gone" in [entry.reason.value for entry in heard.state.log]


def test_a_step_of_no_length_hands_over_at_once() -> None:
    heard = walk(make_policy("user:a", "user:b", timeout=0)).hear(make_incident()).wait(0)
    assert [page.user.id for page in heard.pages] == ["a", "a", "b", "b"]
    assert heard.state.state is EscalationState.EXHAUSTED


def test_after_a_snooze_every_method_may_be_tried_again() -> None:
    people = {"a": make_user("a", "mail", "hook", rules=[("high", 0, "mail")])}
    heard = walk(make_policy("user:a"), users=people).hear(make_incident())
    heard.fail(heard.pages[0]).hear(make_incident(snoozed_until=START + timedelta(seconds=60)))
    heard.hear(make_incident()).fail(heard.pages[-1])
    assert heard.written() == ["a/mail 1.0", "a/hook 1.0", "a/mail 1.0", "a/hook 1.0"]


def test_only_the_first_step_of_the_first_round_says_since_when_somebody_waits() -> None:
    """It is what alert-to-page is measured from: a later step is late on purpose."""
    heard = walk(make_policy("user:a", "user:b", repeat=1)).hear(make_incident(caused=START)).wait(900)
    first, *later = heard.pages
    assert first.caused_at == START
    assert later
    waiting = {page.caused_at for page in heard.pages if (page.step, page.round) != (1, 0)}
    assert waiting == {None}

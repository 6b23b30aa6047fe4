"""Why each person was or was not paged: every row walks an incident and reads what is said of one person."""

from __future__ import annotations

import pytest

from services.oncall.escalation.explanation import Account, Person, account
from shared.events.incidents import EffectFact
from shared.events.oncall import PageState
from shared.vocabulary import Urgency
from tests.unit.oncall.escalations import START, Walk, make_directory, make_incident, make_policy, make_user
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule

pytestmark = pytest.mark.unit


def explain(heard: Walk, **results: PageState) -> Account:
    return account(heard.state, heard.directory, results)


def about(heard: Walk, user: str) -> Person:
    return next(person for person in explain(heard).people if person.user_id == user)


def said(heard: Walk, user: str) -> dict[str, str]:
    """The sentences about a person by their rule."""
    return {line.rule: line.sentence for line in about(heard, user).lines}


def in_general(heard: Walk) -> dict[str, str]:
    return {line.rule: line.sentence for line in explain(heard).lines}


def test_a_person_on_call_was_told_by_a_layer_of_a_schedule() -> None:
    heard = Walk(make_directory(make_policy("schedule:s"), schedules={"s": make_schedule(make_layer("a", name="day"))}))
    told = said(heard.hear(make_incident()), "a")
    assert told["step_started"] == "Step 1 told a: on call by schedule s, layer day."
    assert told["paged"] == (
        "Paged a by webhook at step 1 because they have no rule for high urgency, so every contact method is used; "
        "not handed over yet."
    )


def test_a_person_on_call_was_told_by_an_override_and_the_other_was_not() -> None:
    override = make_override("replace", "b", "2026-06-01 00:00", "2026-06-02 00:00", name="swap")
    schedule = make_schedule(make_layer("a"), overrides=(override,))
    heard = Walk(make_directory(make_policy("schedule:s"), schedules={"s": schedule})).hear(make_incident())
    assert said(heard, "b")["step_started"] == "Step 1 told b: on call by schedule s, override swap."
    assert said(heard, "a") == {
        "not_meant_by_step": "Step 1 did not tell a: not on call by schedule s when it began (b then)."
    }
    assert not about(heard, "a").paged


RULES = [("high", 0, "hook"), ("low", 0, "mail"), ("low", 600, "sms")]
SILENT = {
    # (methods, rules, urgency) → what is said of those that are not used
    "rules for the other urgency": (
        ["mail", "hook", "sms"],
        RULES,
        Urgency.HIGH,
        {
            "rule_for_other_urgency": [
                "The rule of a to use mail at once is for low urgency, and this incident's is high.",
                "The rule of a to use sms after 600 s is for low urgency, and this incident's is high.",
            ]
        },
    ),
    "and the other way round": (
        ["mail", "hook", "sms"],
        RULES,
        Urgency.LOW,
        {
            "rule_for_other_urgency": [
                "The rule of a to use hook at once is for high urgency, and this incident's is low."
            ]
        },
    ),
    "a method that no rule names": (
        ["mail", "hook"],
        [("high", 0, "hook")],
        Urgency.HIGH,
        {"method_without_rule": ["a was not paged by mail: none of their rules for high urgency names it."]},
    ),
    "a quieter method does": (
        ["hook", "mail"],
        [],
        Urgency.LOW,
        {
            "quieter_method_used": [
                "a was not paged by hook: they have no rule for low urgency, so only the quietest method is used."
            ]
        },
    ),
    "every method is used": (["hook", "mail"], [], Urgency.HIGH, {}),
    "one that waits": (["hook", "mail"], [("high", 0, "hook"), ("high", 60, "mail")], Urgency.HIGH, {}),
}
WHYS = {"rule_for_other_urgency", "method_without_rule", "quieter_method_used", "admins_by_mail_only"}


@pytest.mark.parametrize("methods, rules, urgency, expected", SILENT.values(), ids=SILENT)
def test_what_a_person_has_and_was_not_paged_by_is_named_with_the_reason(
    methods: list[str], rules: list[tuple[str, int, str]], urgency: Urgency, expected: dict[str, list[str]]
) -> None:
    people = {"a": make_user("a", *methods, rules=rules), "b": make_user("b", *methods, rules=rules)}
    heard = Walk(make_directory(users=people)).hear(make_incident(urgency=urgency))

    found: dict[str, list[str]] = {}
    for line in about(heard, "a").lines:
        if line.rule in WHYS:
            found.setdefault(line.rule, []).append(line.sentence)
    assert found == expected
    assert not WHYS & said(heard, "b").keys(), "b was not told at all, for another reason"


def test_admins_who_are_told_by_mail_are_told_by_nothing_else() -> None:
    admin = make_user("a", "mail", "hook", role="admin")
    heard = Walk(make_directory(users={"a": admin})).hear(make_incident(service_id="unrouted", policy=None))
    assert said(heard, "a")["admins_by_mail_only"] == (
        "a was not paged by hook: admins are told by mail alone of what nobody else can be paged for."
    )


def test_a_team_and_a_name_are_said_as_such() -> None:
    heard = Walk(make_directory(make_policy("team:t user:c"), teams={"t": ["a", "b"]})).hear(make_incident())
    assert said(heard, "b")["step_started"] == "Step 1 told b: in team t."
    assert said(heard, "c")["step_started"] == "Step 1 told c: named by the step."


def test_the_alerts_of_another_service_that_joined_as_effects_are_named_with_the_way() -> None:
    effect = EffectFact(service_id="payments", path=["payments", "users"], at=START)
    heard = Walk().hear(make_incident()).hear(make_incident(effects=[effect]))
    assert in_general(heard)["joined_as_effect"] == (
        "Alerts of payments joined as effects (hard dependency: payments → users): nobody is paged for them."
    )
    assert heard.written() == Walk().hear(make_incident()).written()


def test_a_step_that_was_skipped_says_that_nobody_was_on_call() -> None:
    later = make_schedule(make_layer("a", starts_at="2030-01-01T00:00:00"))
    heard = Walk(make_directory(make_policy("schedule:s", "user:b"), schedules={"s": later})).hear(make_incident())
    sentence = "Step 1 was skipped at once: nobody on call by schedule s when it began."
    assert said(heard, "a") == {"step_skipped_nobody_on_call": sentence}
    assert in_general(heard)["step_skipped_nobody_on_call"] == sentence


def test_an_acknowledgement_before_the_next_step_names_the_step_and_both_times() -> None:
    heard = Walk().hear(make_incident()).wait(60).hear(make_incident(1, 1))
    assert said(heard, "b") == {
        "step_not_reached": "Step 2, which was due at 2026-06-01 12:05:00 UTC, could not tell b: somebody acknowledged "
        "the incident at 2026-06-01 12:01:00 UTC, before it."
    }


def test_while_it_runs_the_next_step_is_said_to_be_due() -> None:
    heard = Walk().hear(make_incident())
    assert said(heard, "b") == {
        "step_not_reached": "Step 2, which can tell b, has not begun; it is due at 2026-06-01 12:05:00 UTC."
    }


@pytest.mark.parametrize(
    "methods, rules, urgency, sentence",
    [
        pytest.param((), (), "high", "they have no contact method, so their own e-mail address", id="no method"),
        pytest.param(("hook", "mail"), (), "high", "no rule for high urgency, so every contact method", id="no rules"),
        pytest.param(("hook", "mail"), (), "low", "so only the quietest method is used", id="low, no rules"),
        pytest.param(("mail",), (("low", 0, "mail"),), "low", "a rule of theirs for low urgency", id="a rule"),
    ],
)
def test_the_rule_that_chose_a_method_is_said(
    methods: tuple[str, ...], rules: tuple[tuple[str, int, str], ...], urgency: str, sentence: str
) -> None:
    people = {"a": make_user("a", *methods, rules=rules)}
    heard = Walk(make_directory(make_policy("user:a"), users=people)).hear(make_incident(urgency=Urgency(urgency)))
    assert sentence in said(heard, "a")["paged"]
    assert urgency in in_general(heard)["urgency"]


def test_a_page_that_waits_and_one_that_was_dropped_are_said() -> None:
    people = {"a": make_user("a", "mail", "hook", rules=(("high", 0, "hook"), ("high", 60, "mail")))}
    heard = Walk(make_directory(make_policy("user:a"), users=people)).hear(make_incident())
    assert "waits until 2026-06-01 12:01:00 UTC" in said(heard, "a")["page_waits"]
    heard.hear(make_incident(1, 1))
    assert said(heard, "a")["waiting_page_dropped"] == (
        "A page of a by mail was still waiting and was dropped: somebody acknowledged the incident."
    )


def test_a_failed_method_and_the_one_after_it_are_said() -> None:
    people = {"a": make_user("a", "mail", "hook", rules=[("high", 0, "mail")])}
    heard = Walk(make_directory(make_policy("user:a"), users=people)).hear(make_incident())
    heard.fail(heard.pages[0]).fail(heard.pages[-1])
    told = said(heard, "a")
    assert "at once" in told["next_method_after_failure"]
    assert "no other method" in told["no_method_left_after_failure"]


def test_what_became_of_a_page_is_said() -> None:
    heard = Walk(make_directory(make_policy("user:a"))).hear(make_incident())
    told = explain(heard, **{heard.pages[0].page_id: PageState.FAILED}).people[0].lines
    assert [line.result for line in told if line.rule == "paged"] == [PageState.FAILED, PageState.QUEUED]


def test_the_copied_policy_counts_and_an_edit_or_a_deletion_since_is_said() -> None:
    heard = Walk().hear(make_incident())
    assert "policy_edited_since" not in in_general(heard)
    heard.directory = make_directory(make_policy("user:c"))
    assert "the copy is what counts" in in_general(heard)["policy_edited_since"]
    assert [person.user_id for person in explain(heard).people] == ["a", "b"]
    heard.directory = make_directory(default="p")
    heard.directory = type(heard.directory)(users=heard.directory.users)
    assert "deleted" in in_general(heard)["policy_deleted_since"]


@pytest.mark.parametrize(
    "news, rule",
    [
        pytest.param(make_incident(policy=None), "nobody_no_policy", id="no policy"),
        pytest.param(make_incident(policy="gone"), "nobody_unknown_policy", id="a policy that does not exist"),
        pytest.param(make_incident(imported=True), "imported", id="imported"),
    ],
)
def test_an_incident_that_pages_nobody_says_why(news: object, rule: str) -> None:
    heard = Walk().hear(news)  # type: ignore[arg-type]
    told = explain(heard)
    assert told.people == ()
    assert told.summary.startswith("Nobody was paged.")
    assert rule in in_general(heard)


def test_the_summary_names_who_was_paged() -> None:
    assert explain(Walk().hear(make_incident()).wait(300)).summary == (
        "Paged so far: a, b. It goes on to the next step until somebody answers."
    )

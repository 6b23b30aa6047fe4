"""No grave incident ends with nobody in silence: the default policy takes over, then all admins by mail."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from services.oncall.directory.policy import Policy
from services.oncall.escalation.explanation import account
from shared.events.oncall import EscalationState
from shared.vocabulary import Priority, Severity, Urgency
from tests.unit.oncall.escalations import Walk, make_directory, make_incident, make_policy, make_user

PEOPLE = {name: make_user(name, "mail", "hook") for name in "abc"} | {"z": make_user("z", "hook", role="admin")}


def walk(own: Policy | None, default: Policy | None = None, *, admin: bool = True) -> Walk:
    people = PEOPLE if admin else {name: user for name, user in PEOPLE.items() if name != "z"}
    directory = make_directory(own, users=people, default="d" if default else None)
    policies = ({"p": own} if own else {}) | ({"d": default} if default else {})
    return Walk(directory.__class__(users=people, policies=policies, default_policy=directory.default_policy))


NOBODY = make_policy("user:gone", "schedule:gone", "team:gone")


@pytest.mark.parametrize(
    "own, default, paged",
    [
        pytest.param(NOBODY, make_policy("user:b"), "b", id="nobody in it: the default policy"),
        pytest.param(NOBODY, make_policy("user:gone", "user:c"), "c", id="the default policy's second step"),
        pytest.param(NOBODY, None, "z", id="no default: the admins"),
        pytest.param(NOBODY, NOBODY, "z", id="nobody in the default either: the admins"),
        pytest.param(make_policy(), make_policy("user:b"), "b", id="no steps"),
        pytest.param(None, make_policy("user:b"), "b", id="it does not exist"),
        pytest.param(None, NOBODY, "z", id="it does not exist, and the default reaches nobody"),
        pytest.param(make_policy("user:gone", "user:a"), make_policy("user:b"), "a", id="somebody in it: its own"),
    ],
)
def test_a_policy_that_reaches_nobody_is_taken_over_at_once(own: Policy | None, default: Policy, paged: str) -> None:
    heard = walk(own, default).hear(make_incident())
    assert "".join(dict.fromkeys(page.user.id for page in heard.pages)) == paged
    assert heard.state.state is EscalationState.RUNNING
    assert heard.told[-1:] == ["step_started"]


def test_admins_are_told_by_mail_alone() -> None:
    heard = walk(NOBODY).hear(make_incident())
    assert [(page.method.channel, page.method.address) for page in heard.pages] == [("email", "z@example.org")]


def test_where_there_is_no_admin_either_that_is_said() -> None:
    heard = walk(NOBODY, admin=False).hear(make_incident())
    assert (heard.state.state, heard.told, heard.pages) == (EscalationState.NOBODY, ["nobody_on_call"], [])


def test_what_is_not_grave_wakes_nobody_else() -> None:
    heard = walk(NOBODY, make_policy("user:b")).hear(
        make_incident(severity=Severity.LOW, priority=Priority.LOW, urgency=Urgency.LOW)
    )
    assert (heard.state.state, heard.pages) == (EscalationState.NOBODY, [])


def lose(heard: Walk, *, permanent: bool = True) -> None:
    """The last page failed."""
    heard.fail(heard.pages[-1], permanent=permanent)


@pytest.fixture
def one_hook() -> Walk:
    people = {"a": make_user("a", "hook"), "b": make_user("b", "hook"), "z": make_user("z", role="admin")}
    own, default = make_policy("user:a"), make_policy("user:a", "user:b")
    directory = make_directory(own, users=people)
    return Walk(directory.__class__(users=people, policies={"p": own, "d": default}, default_policy="d"))


def test_when_all_pages_of_a_round_are_lost_another_policy_takes_over_at_once(one_hook: Walk) -> None:
    heard = one_hook.hear(make_incident())
    lose(heard)
    assert [page.user.id for page in heard.pages] == ["a", "a"]
    assert len({page.page_id for page in heard.pages}) == 2, "a page of the other policy is another page"
    heard.wait(300)
    assert heard.pages[-1].user.id == "b"
    lose(heard)
    assert [page.user.id for page in heard.pages] == ["a", "a", "b"], "its first page may still arrive"


def test_a_failure_that_is_tried_again_is_not_lost(one_hook: Walk) -> None:
    heard = one_hook.hear(make_incident())
    lose(heard, permanent=False)
    assert len(heard.pages) == 1
    lose(heard)
    assert len(heard.pages) == 2, "later it is lost for good"
    lose(heard)
    lose(heard)
    assert [page.user.id for page in heard.pages][:2] == ["a", "a"]


def test_lost_pages_of_an_early_step_wait_for_the_next_step() -> None:
    own = make_policy("user:a", "user:b")
    people = {"a": make_user("a", "hook"), "b": make_user("b", "hook"), "z": make_user("z", role="admin")}
    heard = Walk(make_directory(own, users=people)).hear(make_incident())
    lose(heard)
    assert [page.user.id for page in heard.pages] == ["a"]
    heard.wait(300)
    lose(heard)
    assert [page.user.id for page in heard.pages] == ["a", "b", "z"]


def test_the_next_generation_begins_with_its_own_policy_again() -> None:
    heard = walk(NOBODY, make_policy("user:b", ack_timeout=60)).hear(make_incident())
    heard.hear(make_incident(2, 1))
    assert [entry.reason.value for entry in heard.state.log].count("fell_back_nobody_reached") == 2
    assert len({page.page_id for page in heard.pages}) == len(heard.pages)
    heard.hear(make_incident(2, 2))
    assert heard.state.state is EscalationState.ANSWERED


def test_explain_says_who_took_over_and_why() -> None:
    heard = walk(NOBODY).hear(make_incident())
    told = account(heard.state, heard.directory, {})
    rules = {line.rule: line.sentence for line in told.lines}
    assert rules["fallback_admins_by_mail"] == (
        "Nobody could be paged so, and it is grave: all admins are told by mail."
    )
    assert "service_policy" in rules
    assert rules["fell_back_nobody_reached"].startswith("Nobody was reached")
    assert [line.sentence for line in told.lines if line.rule == "step_skipped_nobody_on_call"] == [
        "Step 1 was skipped at once: nobody known as gone when it began.",
        "Step 2 was skipped at once: nobody on call by schedule gone when it began.",
        "Step 3 was skipped at once: nobody in team gone when it began.",
    ]
    assert heard.state.log[-1].reason.value == "step_started"


def test_when_the_last_mail_to_an_admin_is_lost_that_is_said_at_once() -> None:
    heard = walk(make_policy("user:a")).hear(make_incident())
    for page in [*heard.pages]:
        heard.fail(page)
    assert heard.pages[-1].user.id == "z"
    lose(heard)
    assert heard.pages[-1].method.id == "hook", "an admin's other methods are tried too"
    lose(heard)
    assert (heard.state.state, heard.told[-1]) == (EscalationState.NOBODY, "nobody_reached")
    assert account(heard.state, heard.directory, {}).lines[-1].sentence.startswith("Every page failed for good")


def test_rounds_to_come_are_waited_for_where_nothing_takes_over() -> None:
    heard = walk(make_policy("user:a", repeat=1), admin=False).hear(make_incident())
    for page in [*heard.pages]:
        heard.fail(page)
    assert heard.state.state is EscalationState.RUNNING
    heard.wait(300)
    assert {(page.user.id, page.round) for page in heard.pages} == {("a", 0), ("a", 1)}


def test_a_waiting_page_whose_person_is_deleted_does_not_keep_others_from_being_told() -> None:
    late = {"a": make_user("a", "hook", rules=[("high", 600, "hook")]), "z": make_user("z", role="admin")}
    heard = Walk(make_directory(make_policy("user:a"), users=late)).hear(make_incident())
    heard.wait(400)
    assert (heard.state.state, heard.pages) == (EscalationState.EXHAUSTED, [])
    heard.directory = make_directory(make_policy("user:a"), users={"z": late["z"]})
    heard.wait(300)
    assert [page.user.id for page in heard.pages] == ["z"]
    assert heard.told[-1] == "step_started"


@pytest.mark.parametrize("seed", range(60))
def test_no_grave_incident_ends_with_nobody_while_there_is_an_admin_who_can_be_mailed(seed: int) -> None:
    draw = random.Random(seed)
    people = PEOPLE | {"lazy": make_user("lazy", "hook", rules=[("high", 400, "hook")])}
    targets = ["user:a", "user:b", "user:gone", "user:lazy", "schedule:gone"]
    own, default = (
        make_policy(*(draw.choice(targets) for _ in range(draw.randint(0, 3))), repeat=draw.randint(0, 1))
        for _ in range(2)
    )
    directory = make_directory(own, users=people)
    heard = Walk(directory.__class__(users=people, policies={"p": own, "d": default}, default_policy="d"))
    heard.hear(make_incident())
    lost: set[str] = set()
    for _ in range(40):
        alive = [page for page in heard.pages if page.page_id not in lost and page.user.id != "z"]
        if alive and draw.random() < 0.8:
            page = draw.choice(alive)
            lost.add(page.page_id)
            heard.fail(page)
        else:
            heard.wait(draw.choice([10, 100, 300]))
        if draw.random() < 0.1:
            gone = draw.choice("abc")
            left = {name: user for name, user in heard.directory.users.items() if name != gone}
            heard.directory = replace(heard.directory, users=left)
    while alive := [page for page in heard.pages if page.page_id not in lost and page.user.id != "z"]:
        lost.add(alive[0].page_id)
        heard.fail(alive[0]).wait(1000)
    heard.wait(100_000)
    while alive := [page for page in heard.pages if page.page_id not in lost and page.user.id != "z"]:
        lost.add(alive[0].page_id)
        heard.fail(alive[0]).wait(1000)
    assert any(page.user.id == "z" for page in heard.pages), "everybody else was lost, so the admin was mailed"
    assert heard.state.state is not EscalationState.NOBODY
    assert len({page.page_id for page in heard.pages}) == len(heard.pages), "no page twice"

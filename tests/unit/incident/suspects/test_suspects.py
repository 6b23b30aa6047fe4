"""Who is suspected of an incident, in which order, and in which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.commands import Actor
from services.incident.incidents.suspect_mark import SuspectVerdict, Verdict
from services.incident.service_map.graph import ServiceMap
from services.incident.suspects.change import Change, place_change
from services.incident.suspects.neighbourhood import Neighbour, Neighbourhood
from services.incident.suspects.ranking import BaseRate, Lineup, line_up, reason
from services.incident.suspects.verdict import MOST_MARKS, judge
from shared.events.changes import ChangeFact, ChangeKind
from shared.problem import Problem
from tests.unit.incident.builders import NOW, make_incident, make_service
from tests.unit.incident.maps import map_of

HOUR = timedelta(minutes=60)
NEAR = (
    Neighbour("payments"),
    Neighbour("users", 1, hard=True),
    Neighbour("mail", 1, hard=False),
    Neighbour("ldap", 2, hard=True),
)


def make_change(id: str = "c", minutes: float = 5, service: str = "payments", **fields: Any) -> Change:
    stated: dict[str, Any] = {
        "id": id,
        "summary": "the pool was made larger.",
        "service": service,
        "named": service,
        "kind": ChangeKind.DEPLOY,
        "version": "2.4.1",
        "source": "github",
        "at": NOW - timedelta(minutes=minutes),
        "recorded_at": NOW,
    }
    return Change(**(stated | fields))


def lined(*changes: Change, marks: tuple[SuspectVerdict, ...] = ()) -> Lineup:
    return line_up(changes, NOW, HOUR, NEAR, marks)


def mark(id: str, verdict: Verdict = Verdict.GUILTY) -> SuspectVerdict:
    return SuspectVerdict(change_id=id, verdict=verdict, by="sara", at=NOW)


@pytest.mark.parametrize(
    "first, second",
    [
        (make_change("a", 5), make_change("b", 6)),
        (make_change("a", 20), make_change("b", 20, "users")),
        (make_change("a", 59, "users"), make_change("b", 1, "mail")),
        (make_change("a", 20, "users"), make_change("b", 20, "ldap")),
        (make_change("a", 1, "users"), make_change("b", 50)),
        (make_change("a", 5), make_change("b", 5)),
    ],
    ids=["later", "the same service", "hard before soft", "nearer", "much later though further", "by id when equal"],
)
def test_the_likelier_comes_first(first: Change, second: Change) -> None:
    for pair in ((first, second), (second, first)):
        assert [one.change.id for one in lined(*pair).suspects] == ["a", "b"]


@pytest.mark.parametrize(
    "change, suspected, later",
    [
        (make_change(minutes=0), True, False),
        (make_change(minutes=60), True, False),
        (make_change(minutes=60.1), False, False),
        (make_change(minutes=-1), False, True),
        (make_change(service="orders"), False, False),
    ],
    ids=["at the start", "at the window's edge", "before the window", "after the start", "on another service"],
)
def test_only_what_was_done_shortly_before_to_what_is_needed_is_suspected(
    change: Change, *, suspected: bool, later: bool
) -> None:
    found = lined(change)
    assert (bool(found.suspects), bool(found.later)) == (suspected, later)


@pytest.mark.parametrize(
    "change, near, words",
    [
        (make_change(), NEAR[0], "payments 2.4.1 was deployed 5 minutes before, on the same service"),
        (make_change(version=None), NEAR[0], "payments was deployed 5 minutes before, on the same service"),
        (
            make_change(service="users", minutes=1, kind=ChangeKind.ROLLBACK),
            NEAR[1],
            "users 2.4.1 was rolled back 1 minute before, on users, a hard dependency",
        ),
        (
            make_change(service="mail", kind=ChangeKind.CONFIG, minutes=0.2),
            NEAR[2],
            "“the pool was made larger” less than a minute before, on mail, a soft dependency",
        ),
        (
            make_change(service="ldap", minutes=180),
            NEAR[3],
            "ldap 2.4.1 was deployed 3 hours before, on ldap, a hard dependency, 2 steps away",
        ),
        (make_change(minutes=-3), NEAR[0], "payments 2.4.1 was deployed 3 minutes after, on the same service"),
        (
            make_change(service="x"),
            None,
            "x 2.4.1 was deployed 5 minutes before, on x, which nothing here is known to depend on",
        ),
    ],
    ids=["a deploy", "no version", "a rollback", "something else", "far", "later", "unconnected"],
)
def test_the_reason_is_a_sentence(change: Change, near: Neighbour | None, words: str) -> None:
    assert reason(change, (NOW - change.at).total_seconds(), near) == words


def test_a_verdict_outweighs_the_score() -> None:
    changes = [make_change("a", 1), make_change("b", 9), make_change("c", 400, "orders")]
    found = lined(*changes, marks=(mark("c"), mark("a", Verdict.INNOCENT), mark("gone")))
    assert [(one.change.id, one.score) for one in found.suspects][::2] == [("c", 1.0), ("a", 0.0)]
    assert found.top is not None
    assert lined(changes[0], marks=(mark("a", Verdict.INNOCENT),)).top is None
    assert lined(make_change("d", -5), marks=(mark("d"),)).suspects[0].minutes_before == -5


changes = st.builds(
    make_change,
    st.sampled_from("abcdefgh"),
    st.floats(-30, 90),
    st.sampled_from(["payments", "users", "mail", "ldap", "orders"]),
)


@given(st.lists(changes, unique_by=lambda one: one.id), st.randoms())
def test_the_lineup_is_the_same_in_any_order_and_scores_fall(found: list[Change], chance: Any) -> None:
    lineup = lined(*found)
    shuffled = [*found, *found[:2]]
    chance.shuffle(shuffled)
    assert lined(*shuffled) == lineup
    scores = [one.score for one in lineup.suspects]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


@pytest.mark.parametrize(
    "rate, words",
    [
        (BaseRate(3, 41), "3 of 41 deploys of payments were followed by an incident within 30 minutes"),
        (BaseRate(1, 1), "1 of 1 deploy of payments was followed by an incident within 30 minutes"),
        (BaseRate(0, 7), "0 of 7 deploys of payments were followed by an incident within 30 minutes"),
    ],
    ids=["some", "one", "none"],
)
def test_the_base_rate_reads(rate: BaseRate, words: str) -> None:
    assert rate.words("payments") == words


@pytest.mark.parametrize(
    "claim, service, expected",
    [
        ("Payment Desk", make_service("payments"), ("payments", "Payment Desk")),
        (None, make_service("payments"), ("payments", "Payments")),
        ("svc_01", make_service("svc_01", name="payments"), ("svc_01", "payments")),
        ("nobody knows", make_service("unrouted"), ("nobody knows", "nobody knows")),
        (None, make_service("unrouted"), ("unrouted", "Unrouted")),
    ],
    ids=["a name", "no claim", "a drawn id", "unknown", "nothing said"],
)
def test_a_change_is_placed_and_named(claim: str | None, service: Any, expected: tuple[str, str]) -> None:
    fact = ChangeFact(id="c", summary="s", service_claim=claim, source="x", at=NOW, recorded_at=NOW)
    change = place_change(fact, service)
    assert (change.service, change.named) == expected


def test_nothing_happens_to_unrouted_or_without_a_service() -> None:
    around = Neighbourhood(ServiceMap)
    assert around.needs(make_incident(service_id="unrouted")) == []
    assert around.needs(make_incident(service_id=None)) == []
    assert around.needs(make_incident(service_id="payments")) == [Neighbour("payments")]


def test_what_a_service_needs_is_near_it_and_what_needs_it_is_asked_about_its_changes() -> None:
    around = Neighbourhood(
        lambda: map_of("web>payments", "payments>users", "payments~mail", "users>ldap", "ldap>payments")
    )
    assert around.needs(make_incident(service_id="payments")) == [
        Neighbour("payments"),
        Neighbour("users", 1, hard=True),
        Neighbour("mail", 1, hard=False),
        Neighbour("ldap", 2, hard=True),
    ]
    assert list(around.dependents_of("users")) == ["users", "payments", "ldap", "web"]


def test_an_affected_component_is_as_near_as_the_service() -> None:
    around = Neighbourhood(lambda: map_of("payments>users", "search>index"))
    incident = make_incident(service_id="payments", affected_components=["search", "a thing"])
    assert [(one.service_id, one.distance) for one in around.needs(incident)] == [
        ("payments", 0),
        ("search", 0),
        ("index", 1),
        ("users", 1),
    ]


def test_a_verdict_is_said_once_and_taken_back() -> None:
    sara = Actor("sara", "sara")
    marked = judge(make_incident(), make_change(), Verdict.GUILTY, sara, NOW)
    assert marked.lines[0].text == "suspect marked guilty: the pool was made larger."
    assert judge(marked.after, make_change(), Verdict.GUILTY, sara, NOW).is_empty
    assert judge(marked.after, make_change(), None, sara, NOW).after.suspect_marks == []
    assert judge(make_incident(), make_change(), None, sara, NOW).is_empty
    full = make_incident(suspect_marks=[mark(str(n)) for n in range(MOST_MARKS)])
    with pytest.raises(Problem) as refused:
        judge(full, make_change(), Verdict.INNOCENT, sara, NOW)
    assert refused.value.status == 409

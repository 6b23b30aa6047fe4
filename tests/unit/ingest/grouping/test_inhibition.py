"""Which alerts join the incident of a service that their own needs, and which stand for themselves."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.alerts.batch import decide, group_keys, may_be_effects, place_all, with_group
from services.ingest.catalogue_copy.routing import Directory, Service
from services.ingest.grouping.group import GroupReason, is_founder
from services.ingest.grouping.inhibition import MOST_SERVICES, MOST_STEPS, Cause, Causes, InhibitedBy, upstream
from services.ingest.normalisation.alert import Action
from shared.vocabulary import Severity
from tests.unit.ingest.builders import at_second, make_content, make_taken

pytestmark = pytest.mark.unit

NEEDS = {"shop": ("payments",), "payments": ("users", "vault"), "users": ("payments",)}
DIRECTORY = Directory([Service(key, key, needs=tuple(needs)) for key, needs in NEEDS.items()])


def make_cause(service: str = "users", severity: Severity = Severity.CRITICAL, **fields: Any) -> Cause:
    given = {"incident_id": f"INC-{service}", "drill_id": None, "created_at": at_second(0), **fields}
    return Cause(service_id=service, severity=severity, **given)


def causes_of(*incidents: Cause) -> Causes:
    return Causes({key: upstream(key, NEEDS) for key in NEEDS}, incidents)


def test_the_ways_upstream_are_shortest_and_circles_end() -> None:
    assert upstream("shop", NEEDS) == {
        "payments": ("shop", "payments"),
        "users": ("shop", "payments", "users"),
        "vault": ("shop", "payments", "vault"),
    }
    assert upstream("users", NEEDS).keys() == {"payments", "vault"}


@pytest.mark.parametrize(
    "needs, reached",
    [
        ({f"s{n}": (f"s{n + 1}",) for n in range(30)}, MOST_STEPS),
        ({"s0": tuple(f"t{n:03d}" for n in range(500))}, MOST_SERVICES),
    ],
    ids=["a_long_chain", "a_hub"],
)
def test_an_incident_is_looked_for_only_so_far_upstream(needs: dict[str, tuple[str, ...]], reached: int) -> None:
    assert len(upstream("s0", needs)) == reached


SERVICES = "abcdef"
ANY_NEEDS = st.dictionaries(st.sampled_from(SERVICES), st.sets(st.sampled_from(SERVICES)).map(sorted))


@given(ANY_NEEDS, st.sampled_from(SERVICES))
def test_every_way_upstream_is_real_and_of_fewest_steps(needs: dict[str, list[str]], service: str) -> None:
    steps = {service: 0}
    for _ in SERVICES:
        for one, others in needs.items():
            for other in others:
                if one in steps:
                    steps[other] = min(steps.get(other, 99), steps[one] + 1)
    found = upstream(service, needs)
    assert {key: len(path) - 1 for key, path in found.items()} == {k: n for k, n in steps.items() if k != service}
    for key, path in found.items():
        assert (path[0], path[-1]) == (service, key)
        assert all(other in needs[one] for one, other in pairwise(path))


FIRST = {
    "a graver incident one step away": ([make_cause("users")], "INC-users"),
    "of the same severity": ([make_cause("users", Severity.HIGH)], None),
    "of less": ([make_cause("users", Severity.MEDIUM)], None),
    "on a service that it does not need": ([make_cause("shop")], None),
    "of its own": ([make_cause("payments")], None),
    "of a drill": ([make_cause("users", drill_id="d1")], None),
    # users and vault are as near: the gravest, then the oldest, then the first by id
    "the older of two": ([make_cause("users", created_at=at_second(9)), make_cause("vault")], "INC-vault"),
    "the first by id of two": ([make_cause("vault"), make_cause("users")], "INC-users"),
}


@pytest.mark.parametrize("incidents, joined", FIRST.values(), ids=FIRST.keys())
def test_an_alert_is_the_effect_of_a_graver_incident_upstream(incidents: list[Cause], joined: str | None) -> None:
    effect = causes_of(*incidents).of("payments", Severity.HIGH, None)
    assert (effect.incident_id if effect else None) == joined


def test_the_nearest_counts_before_the_gravest() -> None:
    near, far = make_cause("payments", Severity.HIGH), make_cause("users", Severity.CRITICAL)
    assert causes_of(far, near).of("shop", Severity.LOW, None) == InhibitedBy(
        "INC-payments", "payments", ("shop", "payments")
    )
    assert causes_of(far, near).of("shop", Severity.HIGH, None) == InhibitedBy(
        "INC-users", "users", ("shop", "payments", "users")
    )


@pytest.mark.parametrize("drill, joins", [("d1", True), ("d2", False), (None, False)])
def test_a_drill_has_effects_of_the_same_drill_only(drill: str | None, joins: bool) -> None:
    assert (causes_of(make_cause(drill_id="d1")).of("payments", Severity.HIGH, drill) is not None) is joins


@pytest.mark.parametrize("service", [None, "unknown"])
def test_an_alert_whose_service_nobody_knows_stands_for_itself(service: str | None) -> None:
    assert causes_of(make_cause()).of(service, Severity.LOW, None) is None


def test_an_effect_has_no_group_of_its_service_and_does_not_go_ahead() -> None:
    decisions = decide({}, {"h": [make_taken(0, claim="payments")]}, DIRECTORY)
    assert may_be_effects(decisions) == {"payments"}
    placement = place_all(decisions, group_keys(decisions), {}, frozenset(), causes=causes_of(make_cause()))
    assert (placement.reasons, placement.changed) == ((GroupReason.JOINED_AS_EFFECT,), ())
    (draft,) = decisions[0].drafts
    occurrence = with_group(draft.occurrence, placement)
    assert occurrence.effect_of == InhibitedBy("INC-users", "users", ("payments", "users"))
    assert not is_founder(occurrence.group_id, occurrence.id)


def test_an_alert_joins_the_open_incident_of_its_own_service_first() -> None:
    first = decide({}, {"h": [make_taken(0, key="a", claim="payments")]}, DIRECTORY)
    (group,) = place_all(first, group_keys(first), {}, frozenset()).changed
    later = decide({}, {"h": [make_taken(9, key="b", claim="payments")]}, DIRECTORY)
    held = frozenset({group.group_id})
    known = {group.id: group}

    own = place_all(later, group_keys(later), known, frozenset(), held=held, causes=causes_of(make_cause()))
    over = place_all(later, group_keys(later), known, held, causes=causes_of(make_cause()))

    assert (own.reasons, over.reasons) == ((GroupReason.JOINED,), (GroupReason.JOINED_AS_EFFECT,))


def test_what_was_over_before_it_was_heard_of_joins_nothing() -> None:
    messages = [make_taken(1, Action.RESOLVE, claim="payments"), make_taken(0, claim="payments")]
    decisions = [one for message in messages for one in decide({}, {"h": [message]}, DIRECTORY)]
    born = decide({decisions[0].head.id: decisions[0].head}, {decisions[0].head.id: [messages[1]]}, DIRECTORY)
    placement = place_all(born, group_keys(born), {}, frozenset(), causes=causes_of(make_cause()))
    assert placement.effect_of == {}


@given(st.permutations(range(5)))
def test_the_order_in_which_alerts_are_decided_places_none_of_them_elsewhere(order: list[int]) -> None:
    severities = [Severity.HIGH, Severity.CRITICAL, Severity.LOW, Severity.MEDIUM, Severity.CRITICAL]
    messages = [
        make_taken(n, key=f"k{n}", claim="payments", content=make_content(severity=one))
        for n, one in enumerate(severities)
    ]
    causes = causes_of(make_cause())
    inorder, other = (
        decide({}, {messages[n].head: [messages[n]] for n in numbers}, DIRECTORY) for numbers in (range(5), order)
    )
    expected = place_all(inorder, group_keys(inorder), {}, frozenset(), causes=causes)
    found = place_all(other, group_keys(other), {}, frozenset(), causes=causes)
    assert (found.group_of, found.effect_of) == (expected.group_of, expected.effect_of)
    assert len(found.effect_of) == 3

"""Who would lose a person, team, schedule or policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.deletion.refusal import refuse_if_used
from services.oncall.deletion.usage import uses_of
from services.oncall.directory.entry import Kind
from shared.problem import Problem
from tests.unit.oncall.escalations import START, make_directory, make_policy
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule

DIRECTORY = replace(
    make_directory(
        schedules={
            "weekly": make_schedule(make_layer("a", "b")).model_copy(update={"team": "money"}),
            "held": make_schedule(
                make_layer("b"), overrides=(make_override("add", "c", "2026-07-01 00:00", "2026-07-02 00:00"),)
            ),
            "was": make_schedule(
                make_layer("b"), overrides=(make_override("add", "c", "2026-05-01 00:00", "2026-05-02 00:00"),)
            ),
        },
        teams={"money": ["a"], "quiet": ["a", "b", "c"]},
    ),
    policies={
        "by-schedule": make_policy("schedule:weekly"),
        "by-team": make_policy("team:money"),
        "by-name": make_policy("user:c").model_copy(update={"team": "quiet"}),
        "held": make_policy("schedule:held"),
        "free": make_policy("user:b"),
    },
    default_policy="by-name",
)
SERVICES = [
    CatalogueService("pay", "Payments", "money", "by-schedule"),
    CatalogueService("mail", "Mail", None, "by-team"),
    CatalogueService("none", "No policy", None, None),
    CatalogueService("lost", "A policy that is gone", None, "gone"),
    CatalogueService("free", "Free", None, "free"),
]


@pytest.mark.parametrize(
    "kind, key, users",
    [
        pytest.param(
            Kind.USER,
            "a",
            ["schedule weekly", "team money", "policy by-schedule", "policy by-team", "service pay", "service mail"],
            id="a person by a layer, by a team that is paged, and by what pages these",
        ),
        pytest.param(
            Kind.USER,
            "c",
            ["schedule held", "policy by-name", "policy held", "service none", "service lost"],
            id="a person by an override to come, by name, and by the default policy",
        ),
        pytest.param(Kind.USER, "z", [], id="nobody uses who is nowhere"),
        pytest.param(Kind.SCHEDULE, "weekly", ["policy by-schedule", "service pay"], id="a schedule"),
        pytest.param(Kind.SCHEDULE, "was", [], id="a schedule that no policy names"),
        pytest.param(
            Kind.TEAM, "money", ["schedule weekly", "policy by-team", "service pay", "service mail"], id="a team"
        ),
        pytest.param(Kind.TEAM, "quiet", ["policy by-name"], id="a team that owns a policy"),
        pytest.param(Kind.POLICY, "by-schedule", ["service pay"], id="a policy"),
        pytest.param(
            Kind.POLICY,
            "by-name",
            ["setting TOCSIN_DEFAULT_POLICY", "service none", "service lost"],
            id="the default policy",
        ),
        pytest.param(Kind.POLICY, "held", [], id="a policy that nothing follows"),
    ],
)
def test_what_is_in_use_is_named_by_all_that_use_it(kind: Kind, key: str, users: list[str]) -> None:
    assert [f"{one.kind} {one.id}" for one in uses_of(kind, key, DIRECTORY, SERVICES, START)] == users


def test_a_refusal_names_each_user_and_only_counts_those_of_other_teams() -> None:
    uses = uses_of(Kind.SCHEDULE, "weekly", DIRECTORY, SERVICES, START)
    with pytest.raises(Problem, match="in use by 1 policy, 1 service") as told:
        refuse_if_used(Kind.SCHEDULE, "weekly", uses, ["other"])
    assert [(one["kind"], one["id"], one["name"]) for one in told.value.body()["errors"]] == [
        ("policy", "by-schedule", "policy")
    ]
    assert "1 of these belong to other teams" in told.value.detail
    refuse_if_used(Kind.SCHEDULE, "weekly", [], ["other"])

"""The audit finds gaps ahead and people whom nothing would reach, and only those."""

from __future__ import annotations

import pytest

from services.oncall.audit.findings import AHEAD, Finding, audit
from services.oncall.schedules.plan import Schedule
from tests.unit.oncall.escalations import make_directory, make_policy, make_user
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule, utc

pytestmark = pytest.mark.unit

NOW = utc("2026-03-02 12:00")


def found(schedule: Schedule, failing: dict[str, set[str]] | None = None, policy: str = "user:a") -> list[Finding]:
    users = {"a": make_user("a", "mail", "hook"), "b": make_user("b"), "c": make_user("c", "mail")}
    directory = make_directory(
        make_policy(policy),
        users=users,
        teams={"money": ["b", "c"]},
        schedules={"s": schedule.model_copy(update={"team": "money"})},
    )
    return audit(directory, failing or {}, NOW)


def test_a_schedule_that_always_has_somebody_reachable_has_no_findings() -> None:
    assert found(make_schedule(make_layer("a"))) == []


def test_a_gap_within_thirty_days_is_found_with_its_time_and_its_team() -> None:
    removed = make_override("remove", "a", "2026-03-10 08:00", "2026-03-10 20:00")
    late = make_override("remove", "a", "2026-05-10 08:00", "2026-05-10 20:00", name="o2")
    (gap,) = found(make_schedule(make_layer("a"), overrides=(removed, late)))
    assert (gap.kind, gap.schedule_id, gap.teams) == ("gap", "s", ("money",))
    assert (gap.start, gap.end) == (utc("2026-03-10 08:00"), utc("2026-03-10 20:00"))
    assert gap.sentence == "Nobody is on call by plan for 12 hours from 2026-03-10 08:00 UTC on."


def test_a_layer_whose_people_have_all_left_is_found() -> None:
    (layer,) = found(make_schedule(make_layer("a"), make_layer("gone", name="nights")))
    assert (layer.kind, layer.sentence) == ("layer_without_people", "The layer nights of plan has no people.")


def test_a_time_in_which_only_somebody_who_left_is_on_call_is_a_gap() -> None:
    gap, layer = found(make_schedule(make_layer("gone", name="nights")))
    assert (gap.kind, gap.start, gap.end) == ("gap", NOW, NOW + AHEAD)
    assert layer.kind == "layer_without_people"


def test_somebody_on_call_without_a_contact_method_is_found() -> None:
    (one,) = found(make_schedule(make_layer("b")))
    assert (one.kind, one.user_id, one.teams) == ("no_contact_method", "b", ("money",))


@pytest.mark.parametrize(
    "failing, kinds",
    [
        pytest.param({"a": {"mail"}}, [], id="another method works"),
        pytest.param({"a": {"mail", "hook"}}, ["no_working_contact_method"], id="none works"),
        pytest.param({"c": {"mail"}}, [], id="somebody whom nobody would page"),
    ],
)
def test_somebody_whose_every_method_fails_is_found(failing: dict[str, set[str]], kinds: list[str]) -> None:
    assert [one.kind.value for one in found(make_schedule(make_layer("a")), failing)] == kinds


def test_somebody_named_by_a_policy_through_a_team_is_looked_at() -> None:
    kinds = {(one.user_id, one.kind.value) for one in found(make_schedule(make_layer("a")), {}, "team:money")}
    assert kinds == {("b", "no_contact_method")}

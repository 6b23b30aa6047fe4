"""The grid says at each hour whom the engine would tell first, and leaves no time out."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.coverage.grid import make_grid
from services.oncall.directory.policy import Choice
from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.incident_news import apply_incident
from services.oncall.schedules.spans import subtract
from shared.vocabulary import Severity, Urgency
from tests.unit.oncall.escalations import make_directory, make_incident, make_policy, make_user
from tests.unit.oncall.rehearsals.worlds import make_organisation
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule

pytestmark = pytest.mark.unit

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SERVICE = CatalogueService("shop", "Shop", "web", "p")


@pytest.mark.parametrize("seed", range(30))
def test_each_hour_has_those_whom_the_engine_would_tell_first(seed: int) -> None:
    dice = random.Random(seed)
    made = make_organisation(dice)
    directory = Directory(made.users, made.teams, made.schedules, made.policies)
    services = [CatalogueService(f"s-{key}", key, None, key) for key in [*made.policies, "gone"]]
    start = made.at.replace(minute=17)
    for row in make_grid(directory, services, start, start + DAY):
        assert [one.end for one in row.cells[:-1]] == [one.start for one in row.cells[1:]], "no time is left out"
        assert (row.cells[0].start, row.cells[-1].end) == (start, start + DAY)
        for cell in row.cells:
            for at in (cell.start, cell.start + (cell.end - cell.start) * dice.random()):
                fact = make_incident(
                    policy=row.service.policy_id,
                    service_id=row.service.id,
                    severity=Severity.CRITICAL,
                    urgency=Urgency.HIGH,
                )
                decision = apply_incident(None, fact, 1, directory, at)
                assert decision is not None
                told = set(decision.escalation.notified)
                assert told <= set(cell.woken.users), f"{cell} at {at}"
                assert len(told) == (1 if cell.woken.in_turn else len(cell.woken.users)), f"{cell} at {at}"
                fell = decision.escalation.own_choice is not None
                in_hole = any(begins <= at < ends for begins, ends in row.holes)
                assert in_hole is (fell or not told), f"{cell} at {at}"


def test_hours_are_cut_where_somebody_else_takes_over_and_holes_are_told_to_the_minute() -> None:
    layer = make_layer(
        "a", unit="day", starts_at="2026-01-01T00:00:00", restrictions=[{"from": "00:00", "to": "18:30"}]
    )
    override = make_override("replace", "b", "2026-06-01 04:15", "2026-06-01 05:00")
    directory = make_directory(
        make_policy("schedule:s", "schedule:s"),
        users={"a": make_user("a"), "b": make_user("b"), "root": make_user("root", role="admin")},
        schedules={"s": make_schedule(layer, zone="UTC", overrides=(override,))},
    )
    (row,) = make_grid(directory, [SERVICE], START, START + DAY)
    by_start = {f"{cell.start:%H:%M}": cell for cell in row.cells}
    assert len(row.cells) == 26
    assert [by_start[at].woken.users for at in ("03:00", "04:00", "04:15", "05:00")] == [("a",), ("a",), ("b",), ("a",)]
    assert row.holes == [(START + timedelta(hours=18, minutes=30), START + DAY)]
    assert by_start["18:30"].woken.took_over is Choice.FALLBACK_ADMINS
    assert by_start["23:00"].woken.users == ("root",)
    assert (row.policy_id, row.choice) == ("p", Choice.SERVICE_POLICY)
    covered = [(cell.start, cell.end) for cell in row.cells if cell.woken.took_over is None]
    assert subtract([(START, START + DAY)], covered) == row.holes
    assert all(before.end == after.start for before, after in pairwise(row.cells))


def test_a_service_without_a_policy_is_one_hole_and_nobody_at_all_is_told_so() -> None:
    directory = make_directory(users={"a": make_user("a")})
    (row,) = make_grid(directory, [CatalogueService("x", "X", None, None)], START, START + DAY)
    assert row.holes == [(START, START + DAY)]
    assert {cell.woken.users for cell in row.cells} == {()}
    assert len(row.cells) == 24

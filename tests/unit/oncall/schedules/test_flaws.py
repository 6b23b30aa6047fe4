"""Plans and policies that make no sense are told where; those that only look odd are left alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.oncall.directory.policy import Policy
from services.oncall.directory.policy_flaws import policy_faults
from services.oncall.schedules.flaws import plan_faults
from services.oncall.schedules.plan import Layer
from services.oncall.schedules.shifts import shifts
from tests.unit.oncall.escalations import make_policy
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc

pytestmark = pytest.mark.unit


def on(*weekdays: str, begin: str = "09:00", end: str = "17:00") -> list[dict[str, Any]]:
    return [{"weekdays": list(weekdays), "from": begin, "to": end}]


@pytest.mark.parametrize(
    "layer, pointers",
    [
        pytest.param(make_layer("a", restrictions=on("mon", begin="09:00", end="09:00")), ["to"], id="no length"),
        pytest.param(
            make_layer("a", restrictions=on("mon", begin="09:00", end="09:00:00")), ["to"], id="no length, with seconds"
        ),
        pytest.param(make_layer("a", restrictions=on("mon", begin="00:00", end="24:00")), [], id="a whole day"),
        pytest.param(make_layer("a", restrictions=on("mon", begin="22:00", end="06:00")), [], id="past midnight"),
        # every seventh day from a Monday is always a Monday
        pytest.param(make_layer("a", unit="day", every=7, restrictions=on("tue", begin="10:00")), ["restrictions"]),
        pytest.param(make_layer("a", unit="day", every=7, restrictions=on("mon")), [], id="it meets"),
        pytest.param(make_layer("a", unit="day", every=5, restrictions=on("sun")), [], id="it meets later"),
        pytest.param(
            make_layer("a", unit="hour", every=24, restrictions=on("mon", begin="12:00")),
            ["restrictions"],
            id="every 24th hour is the same hour",
        ),
        pytest.param(
            make_layer("a", None, unit="day", every=7, turn_length=2, restrictions=on("mon")), [], id="turns of two"
        ),
        pytest.param(make_layer("a", None, restrictions=on("mon")), [], id="a deliberate gap"),
        pytest.param(make_layer(None, restrictions=on("mon")), ["participants"], id="nothing but gaps"),
        pytest.param(make_layer().model_copy(update={"participants": []}), ["participants"], id="no people"),
        pytest.param(make_layer("a", unit="month", restrictions=on("sun")), [], id="a month has every day"),
    ],
)
def test_a_layer(layer: Layer, pointers: list[str]) -> None:
    assert [pointer.rpartition("/")[2] for pointer, _ in plan_faults(make_schedule(layer).plan)] == pointers


@given(
    unit=st.sampled_from(["hour", "day", "week"]),
    every=st.integers(1, 30),
    weekday=st.sampled_from(["mon", "wed", "sun"]),
    people=st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=3),
    hour=st.integers(0, 22),
)
@settings(max_examples=60, deadline=None)
def test_what_is_refused_has_nobody_on_call_for_years(
    unit: str, every: int, weekday: str, people: list[str | None], hour: int
) -> None:
    hours = on(weekday, begin=f"{hour:02d}:00", end=f"{hour + 1:02d}:00")
    schedule = make_schedule(make_layer(*people, unit=unit, every=every, restrictions=hours), zone="UTC")
    roster = shifts(schedule, utc("2026-01-05 00:00"), utc("2028-06-05 00:00"))
    assert (roster.shifts == ()) == bool(plan_faults(schedule.plan))


@pytest.mark.parametrize(
    "policy, pointers",
    [
        pytest.param(make_policy("user:a", "user:b", timeout=0, repeat=3), ["/repeat"], id="all rounds at once"),
        pytest.param(make_policy("user:a", timeout=0), [], id="one round"),
        pytest.param(make_policy("user:a", timeout=1, repeat=9), [], id="a second each"),
        pytest.param(make_policy(repeat=3), [], id="no steps"),
    ],
)
def test_a_policy(policy: Policy, pointers: list[str]) -> None:
    assert [pointer for pointer, _ in policy_faults(policy)] == pointers

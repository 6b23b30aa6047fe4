"""How many strangers one key may have mailed a day, and who is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.comms.mail.quota import day_of, over_quota
from services.comms.stakeholders.recipients import resolve_recipients
from services.comms.stakeholders.update import Group

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "at, seconds",
    [("2026-11-21T23:59:59.9+00:00", 1), ("2026-11-21T12:00:00+00:00", 43_200), ("2026-11-22T03:00:00+03:30", 1800)],
)
def test_a_key_that_had_its_share_is_told_when_the_next_day_begins(at: str, seconds: int) -> None:
    problem = over_quota(500, datetime.fromisoformat(at))
    assert (problem.status, problem.code, problem.headers["Retry-After"]) == (429, "daily_mail_limit", str(seconds))
    assert "500" in problem.detail


def test_a_day_is_one_of_utc() -> None:
    assert day_of(datetime.fromisoformat("2026-11-22T01:00:00+03:30")) == datetime(2026, 11, 21, tzinfo=UTC)
    assert day_of(datetime(2026, 11, 21, tzinfo=UTC) - timedelta(microseconds=1)) == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "to, strangers",
    [
        pytest.param(["Board"], 0, id="a group"),
        pytest.param(["x@example.org", "y@example.org"], 2, id="addresses"),
        pytest.param(["x@example.org", "X@Example.org"], 1, id="one twice"),
        pytest.param(["a@example.org", "Board"], 0, id="one of the group, before it"),
        pytest.param(["Board", "A@example.org", "x@example.org"], 1, id="one of the group and another"),
    ],
)
def test_a_stranger_is_who_is_in_no_group(to: list[str], strangers: int) -> None:
    board = Group(name="Board", members=["a@example.org", "b@example.org"])
    assert resolve_recipients(to, {"Board": [board]}, None).strangers == strangers

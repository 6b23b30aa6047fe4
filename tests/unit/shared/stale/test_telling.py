"""Who is told of what was forgotten: the people whose it is, else their team."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events.control import StaleItem
from shared.stale.telling import by_owner

pytestmark = pytest.mark.unit

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def item(subject: str, **fields: Any) -> StaleItem:
    return StaleItem(kind="untouched", subject=subject, since=NOW, action="look", path="/x", **fields)


def test_people_are_told_of_theirs_and_a_team_of_what_is_nobodys_in_it() -> None:
    found = by_owner(
        [
            item("a", people=["sara", "sara", "kenji"], team="web"),
            item("b", people=["sara"]),
            item("c", team="web"),
            item("d"),
        ]
    )
    assert {owner: [one.subject for one in items] for owner, items in found.items()} == {
        "person/sara": ["a", "b"],
        "person/kenji": ["a"],
        "team/web": ["c"],
    }

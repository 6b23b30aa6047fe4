"""Incident ids and their ranks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.numbering.incident_ids import day_of, incident_id, rank_of

DAYS = st.dates().map(lambda day: day.strftime("%Y%m%d")).filter(lambda day: len(day) == 8)


def test_an_id_has_four_digits_and_five_after_9999() -> None:
    assert [incident_id("20261121", number) for number in (1, 9999, 10000)] == [
        "INC-20261121-0001",
        "INC-20261121-9999",
        "INC-20261121-10000",
    ]


def test_the_day_is_that_of_utc() -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    assert day_of(datetime(2026, 11, 21, 2, 0, tzinfo=tehran)) == "20261120"
    assert day_of(datetime(2026, 11, 21, 2, 0, tzinfo=UTC)) == "20261121"


@given(st.lists(st.tuples(DAYS, st.integers(1, 999_999)), unique=True))
def test_ranks_sort_ids_as_they_were_made_and_are_unique(made: list[tuple[str, int]]) -> None:
    ids = [incident_id(day, number) for day, number in sorted(made)]
    ranks = [rank_of(one) for one in ids]
    assert ranks == sorted(set(ranks))
    assert len(set(ids)) == len(made)


@pytest.mark.parametrize("text", ["", "INC-2026-1", "inc-20261121-0001", "INC-20261121-0001 "])
def test_what_is_no_id_has_no_rank(text: str) -> None:
    with pytest.raises(ValueError, match="no incident id"):
        rank_of(text)

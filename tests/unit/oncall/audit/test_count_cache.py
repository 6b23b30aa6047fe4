"""A count is kept while it stands: for a while, by the same people and plans, and for whom it was counted."""

from __future__ import annotations

import pytest

from services.oncall.audit.count_cache import LONGEST_REST, REMEMBERED, REST, CountCache


@pytest.mark.parametrize(
    "whose, revision, now, found",
    [
        pytest.param(("a",), 1, 12.0, 3, id="at once"),
        pytest.param(("a",), 1, 12.0 + 2 * REST - 0.1, 3, id="to the end of its rest"),
        pytest.param(("a",), 1, 12.0 + 2 * REST, None, id="after it"),
        pytest.param(("a",), 2, 12.0, None, id="somebody was deleted meanwhile"),
        pytest.param((), 1, 12.0, None, id="asked for by somebody else"),
    ],
)
def test_a_count_is_kept_while_it_stands(whose: tuple[str, ...], revision: int, now: float, found: int | None) -> None:
    cache = CountCache()
    cache.put(("a",), 1, 3, began=10.0, ended=12.0)
    assert cache.get(whose, revision, now) == found


def test_what_took_minutes_is_kept_for_one() -> None:
    cache = CountCache()
    cache.put((), 1, 3, began=0.0, ended=600.0)
    assert cache.get((), 1, 600.0 + LONGEST_REST - 1) == 3
    assert cache.get((), 1, 600.0 + LONGEST_REST) is None


def test_only_so_many_counts_are_kept() -> None:
    cache = CountCache()
    for number in range(REMEMBERED + 1):
        cache.put((str(number),), 1, number, began=0.0, ended=1.0)
    assert [cache.get((str(number),), 1, 1.0) for number in (0, REMEMBERED)] == [None, REMEMBERED]

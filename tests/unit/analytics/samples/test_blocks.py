"""Blocks and histories: whatever order samples come in, and however often, the same is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.forecast.series import Series
from services.analytics.samples.block import BLOCK_MILLIS, MOST_POINTS, empty, merge, slots_of, unpack
from services.analytics.samples.history import NOTHING, extend, thin
from services.analytics.samples.sampled_series import APART, SOON, ToldSamples, apply_samples, join_told
from shared.samples.message import Limit, Samples, Sender, decode, encode_messages

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MILLIS = int(NOW.timestamp() * 1000) // BLOCK_MILLIS * BLOCK_MILLIS
points = st.lists(st.tuples(st.integers(0, BLOCK_MILLIS - 1), st.floats(-1e9, 1e9)), max_size=40)


@given(points, points)
def test_a_block_holds_each_instant_once_and_in_order(
    first: list[tuple[int, float]], more: list[tuple[int, float]]
) -> None:
    block = empty("s", 0)
    one = merge(block, first) or block
    both = merge(one, more) or one
    assert both.millis.tolist() == sorted({at for at, _ in [*first, *more]})
    assert merge(both, [*more, *first]) is None
    again = unpack("s", 0, 3, both.pack())
    assert (again.millis.tolist(), again.values.tolist()) == (both.millis.tolist(), both.values.tolist())


def test_a_block_is_bounded() -> None:
    full = merge(empty("s", 0), [(at, 1.0) for at in range(MOST_POINTS + 10)])
    assert full is not None
    assert len(full.millis) == MOST_POINTS
    assert merge(full, [(BLOCK_MILLIS - 1, 1.0)]) is None


def test_points_lie_in_the_block_of_their_ten_minutes() -> None:
    assert {
        slot: len(ones) for slot, ones in slots_of([(MILLIS, 1.0), (MILLIS - 1, 1.0), (MILLIS + 1, 1.0)]).items()
    } == {
        MILLIS // BLOCK_MILLIS: 2,
        MILLIS // BLOCK_MILLIS - 1: 1,
    }


def test_a_history_read_in_parts_is_that_read_at_once() -> None:
    at = MILLIS + 15_000 * np.arange(4 * 60 * 14)
    told = list(zip(at.tolist(), np.sin(at / 1e6).tolist(), strict=True))
    blocks = [merge(empty("s", slot), ones) for slot, ones in slots_of(told).items()]
    known = [one for one in blocks if one is not None]
    whole = extend(NOTHING, known)
    parts = NOTHING
    for place in range(0, len(known), 5):
        parts = extend(parts, known[max(0, place - 2) : place + 5])
    assert np.allclose(whole.at, parts.at)
    assert np.allclose(whole.values, parts.values)
    assert len(whole) < len(told)
    assert np.allclose(thin(whole).values, whole.values)


def test_of_a_history_a_week_is_kept() -> None:
    at = NOW.timestamp() + 600.0 * np.arange(9 * 144)
    assert thin(Series(at, at)).span <= 7 * 86_400


def told(values: list[tuple[int, float]], **fields: object) -> ToldSamples:
    return ToldSamples(sender=Sender("k"), samples=Samples("h", "m", values, limit=Limit(90.0), **fields))  # type: ignore[arg-type]


def test_a_series_is_due_soon_and_not_too_often() -> None:
    first = apply_samples(None, told([(MILLIS, 1.0)]), "team-a", NOW)
    assert first is not None
    assert (first.due_at, first.visible_to, first.limit) == (NOW + SOON, ["team-a"], 90.0)
    assert apply_samples(first, told([(MILLIS + 1, 1.0)]), "team-a", NOW + timedelta(seconds=1)) is None
    looked = first.changed(due_at=None, looked_at=NOW)
    again = apply_samples(looked, told([(MILLIS + 2, 1.0)]), "team-a", NOW)
    assert again is not None
    assert again.due_at == NOW + APART
    much_later = apply_samples(looked.changed(due_at=NOW + timedelta(hours=1)), told([(MILLIS, 1.0)]), "team-a", NOW)
    assert much_later is not None
    assert much_later.due_at == NOW + APART


def test_a_series_without_a_limit_is_never_due() -> None:
    silent = ToldSamples(sender=Sender("k"), samples=Samples("h", "m", [(MILLIS, 1.0)]))
    kept = apply_samples(None, silent, None, NOW)
    assert kept is not None
    assert (kept.due_at, kept.visible_to) == (None, ["*"])


def test_what_is_told_of_one_series_is_one() -> None:
    (one,) = join_told([told([(1, 1.0)]), told([(2, 2.0)])])
    assert list(one.samples.points) == [(1, 1.0), (2, 2.0)]


def test_a_message_is_read_as_it_was_written() -> None:
    sender = Sender("k", ("a", "b"), "rule-1")
    many = [
        Samples(f"h{place}", "m", [(MILLIS + one, one / 2) for one in range(300)], Limit(1.0)) for place in range(120)
    ]
    messages = list(encode_messages(sender, many))
    assert len(messages) > 1
    found = [decode(one, {}) for one in messages]
    assert {said for said, _ in found} == {sender}
    points = [point for _, ones in found for one in ones for point in one.points]
    assert points == [point for one in many for point in one.points]

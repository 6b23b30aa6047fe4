"""Ids sort by time or are the same whenever their cause is; stamps never go back."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import Stamps, derive_id, fresh

MILLIS = st.integers(min_value=0, max_value=2**47)


def test_fresh_ids_are_unique_and_have_26_characters_after_the_prefix() -> None:
    ids = [fresh("inc_") for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert {len(one) for one in ids} == {4 + 26}
    assert all(set(one[4:]) <= set("0123456789abcdefghjkmnpqrstvwxyz") for one in ids)


def test_fresh_ids_of_later_milliseconds_sort_later() -> None:
    earlier = fresh()
    time.sleep(0.002)
    assert earlier < fresh()


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_derived_ids_are_the_same_exactly_when_their_parts_are(one: list[str], other: list[str]) -> None:
    clean, clean_other = ([part.replace("\x00", "") for part in parts] for parts in (one, other))
    assert (derive_id(*clean) == derive_id(*clean_other)) is ("\x00".join(clean) == "\x00".join(clean_other))


def test_derived_ids_keep_their_parts_apart() -> None:
    assert derive_id("ab", "c") != derive_id("a", "bc")
    assert derive_id("page", 1, prefix="p_") == "p_" + derive_id("page", 1)
    assert len(derive_id("page", 1)) == 32


@given(st.lists(MILLIS, min_size=2, max_size=200))
def test_stamps_only_go_forward_whatever_the_wall_clock_does(clock: list[int]) -> None:
    stamps = Stamps("aaaaaa")
    given_out = [stamps.next(millis) for millis in clock]
    assert given_out == sorted(given_out)
    assert len(set(given_out)) == len(given_out)


@given(st.lists(MILLIS, min_size=1, max_size=50))
def test_a_stamp_never_lags_behind_the_wall_clock(clock: list[int]) -> None:
    stamps = Stamps("aaaaaa")
    for millis in clock:
        assert int(stamps.next(millis)[:12], 16) >= millis


def test_a_clock_that_stands_still_for_more_than_the_counter_holds_moves_the_stamp_on() -> None:
    stamps = Stamps("aaaaaa")
    given_out = [stamps.next(1_000) for _ in range(0x1_0000 + 10)]
    assert given_out == sorted(given_out)
    assert len(set(given_out)) == len(given_out)
    assert int(given_out[-1][:12], 16) == 1_001


def test_a_clock_that_jumps_back_does_not_take_the_stamps_with_it() -> None:
    stamps = Stamps("aaaaaa")
    before = stamps.next(5_000)
    assert stamps.next(10) > before
    assert stamps.next(5_001)[:12] == f"{5_001:012x}"


def test_threads_never_get_the_same_stamp() -> None:
    stamps = Stamps()
    with ThreadPoolExecutor(4) as pool:
        given_out = list(pool.map(lambda _: stamps.next(), range(4_000)))
    assert len(set(given_out)) == len(given_out)


def test_two_nodes_never_give_the_same_stamp() -> None:
    assert Stamps("aaaaaa").next(7) != Stamps("bbbbbb").next(7)


def test_half_of_a_pair_of_surrogates_makes_an_id_like_any_other_text() -> None:
    """JSON may hold it: `"\\\\ud83d"`."""
    assert derive_id("labels", "\ud83d") != derive_id("labels", "\ud83e")

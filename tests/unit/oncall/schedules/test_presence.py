"""Whoever is deleted is on call by no plan from then on, and what was before stays."""

from __future__ import annotations

import random
from datetime import timedelta

from services.oncall.calendars.feed import of_person, of_schedule
from services.oncall.schedules.plan import LATEST
from services.oncall.schedules.presence import NEVER_THERE
from services.oncall.schedules.preview import compare
from services.oncall.schedules.shifts import holders, on_call, shifts
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule, utc

GONE = utc("2026-06-03 10:00")
START, END = utc("2026-06-01 07:00"), utc("2026-06-15 07:00")
ABSENT = {"a": [(GONE, LATEST)]}
ONLY_A = make_schedule(make_layer("a"))


def test_from_the_deletion_on_there_is_a_gap_in_every_answer_and_the_past_stays() -> None:
    roster = shifts(ONLY_A, START, END, ABSENT)
    assert [(one.user_id, one.start, one.end) for one in roster.shifts] == [("a", START, GONE)]
    assert roster.gaps == ((GONE, END),)
    before = GONE - timedelta(seconds=1)
    assert (on_call(ONLY_A, before, ABSENT), on_call(ONLY_A, GONE, ABSENT)) == (frozenset({"a"}), frozenset())
    assert (len(holders(ONLY_A, before, ABSENT)), holders(ONLY_A, GONE, ABSENT)) == (1, [])
    assert max(one.shift.end for one in of_schedule("s", ONLY_A, GONE, ABSENT)) == GONE
    assert max(one.shift.end for one in of_person("a", {"s": ONLY_A}, GONE, ABSENT)) == GONE


def test_nobody_moves_into_the_place_of_somebody_deleted() -> None:
    two = make_schedule(make_layer("a", priority=2), make_layer("b", priority=1))
    assert on_call(two, GONE, ABSENT) == frozenset()
    beside = make_schedule(make_layer("a"), make_layer("b"))
    assert on_call(beside, GONE, ABSENT) == {"b"}
    assert shifts(beside, START, END, ABSENT).gaps == ()


def test_an_override_covers_for_somebody_deleted() -> None:
    override = make_override("replace", "b", "2026-06-01 00:00", "2026-06-30 00:00")
    covered = make_schedule(make_layer("a"), overrides=(override,))
    assert on_call(covered, GONE, ABSENT) == {"b"}


def test_who_comes_back_under_the_same_id_leaves_the_time_between_free() -> None:
    back = GONE + timedelta(hours=5)
    roster = shifts(ONLY_A, START, END, {"a": [(GONE, back)]})
    assert roster.gaps == ((GONE, back),)
    assert (roster.shifts[0].start, roster.shifts[0].end) == (START, GONE)


def test_a_plan_that_names_somebody_who_never_was_has_nobody() -> None:
    assert shifts(ONLY_A, START, END, {"a": NEVER_THERE}).gaps == ((START, END),)


def test_a_preview_shows_the_gap_that_an_edit_fills() -> None:
    filled = compare(ONLY_A, make_schedule(make_layer("b")), GONE, ABSENT)
    assert [one.user_id for one in filled.people] == ["b"]
    assert filled.gaps_vanish[0][0] == GONE


def test_every_answer_agrees_at_every_instant_whoever_comes_and_goes() -> None:
    draw = random.Random(3)
    for _ in range(60):
        layers = [
            make_layer(
                *(draw.choice(["a", "b", "c", None]) for _ in range(3)), "a",
                unit=draw.choice(["day", "hour"]), turn_length=draw.randint(1, 9), priority=draw.randint(1, 2),
            )
            for _ in range(2)
        ]  # fmt: skip
        override = make_override(draw.choice(["add", "replace"]), "c", "2026-06-04 00:00", "2026-06-06 00:00")
        schedule = make_schedule(*layers, overrides=(override,))
        cuts = [sorted(START + draw.random() * (END - START) for _ in range(2)) for _ in range(3)]
        absences = {user: [(cut[0], cut[1])] for user, cut in zip("abc", cuts, strict=True)}
        roster = shifts(schedule, START, END, absences)
        for _ in range(40):
            at = START + draw.random() * (END - START)
            there = {user for user in on_call(schedule, at) if not absences[user][0][0] <= at < absences[user][0][1]}
            assert on_call(schedule, at, absences) == there
            assert {one.user_id for one in holders(schedule, at, absences)} == there
            assert {one.user_id for one in roster.shifts if one.start <= at < one.end} == there
            assert any(start <= at < end for start, end in roster.gaps) is (not there)

"""Who was on call is told once an hour is over, by whichever replica, and heard again by who asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.oncall.directory.entry import Kind, create_entry
from services.oncall.directory.store import DirectoryStore
from services.oncall.duty_records.recorder import DutyRecorder
from services.oncall.duty_records.store import DutyRecords
from shared.clocks.clock import FixedClock
from shared.events.oncall import DutyFact
from shared.leader_lease import LeaderLease
from shared.runtime import Runtime
from shared.testing.harness import Harness
from tests.unit.oncall.escalations import START, make_user
from tests.unit.oncall.schedule_builders import make_layer, make_schedule

pytestmark = pytest.mark.integration


async def test_each_hour_is_told_once_and_edits_change_nothing_of_it(harness: Harness) -> None:
    runtime, clock = Runtime("oncall", harness.settings), FixedClock(START)
    runtime.clock = clock  # type: ignore[assignment]
    directory, records = DirectoryStore(runtime), DutyRecords(runtime)
    recorders = [DutyRecorder(records, directory, LeaderLease(runtime, "duty records"), clock) for _ in range(2)]
    await runtime.database.ensure_indexes(runtime._indexes)
    schedule = make_schedule(make_layer("a", "b", unit="hour", starts_at="2026-01-05T00:00:00"), zone="UTC")
    person = create_entry(Kind.USER, "a", make_user("a", "mail"), None, START)
    planned = create_entry(Kind.SCHEDULE, "s", schedule.changed(team="money"), None, START)
    for entry in (person, planned):
        assert await directory.commit(entry)

    async def facts() -> dict[str, DutyFact]:
        return {one.subject: one.data async for one in records.snapshots() if isinstance(one.data, DutyFact)}

    for recorder in recorders:
        await recorder.sweep()
    first = await facts()
    clock.advance(hours=5)
    for recorder in recorders:
        await recorder.sweep()
    told = await facts()
    assert {one.team for one in told.values()} == {"money"}
    hours = sum(((turn.end - turn.start) for one in told.values() for turn in one.turns), timedelta())
    before = sum(((turn.end - turn.start) for one in first.values() for turn in one.turns), timedelta())
    assert hours - before == timedelta(hours=5)

    gone = planned.with_content(make_schedule(make_layer("b")).changed(team="other"), clock.now())
    assert await directory.commit(gone)
    for recorder in recorders:
        await recorder.sweep()
    assert await facts() == told
    clock.advance(hours=1)
    await recorders[1].sweep()
    after = await facts()
    assert sum(((turn.end - turn.start) for one in after.values() for turn in one.turns), timedelta()) > hours

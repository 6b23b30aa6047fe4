"""Puts the records of who was on call together."""

from __future__ import annotations

from services.oncall.directory.store import DirectoryStore
from services.oncall.duty_records.recorder import DutyRecorder
from services.oncall.duty_records.store import RECORDED, DutyRecords
from shared.leader_lease import LeaderLease
from shared.runtime import Runtime


def wire(runtime: Runtime, directory: DirectoryStore) -> None:
    """Starts the recorder, and has what it told heard again."""
    records = DutyRecords(runtime)
    runtime.snapshots(RECORDED, records.snapshots)
    lease = LeaderLease(runtime, "duty records")
    runtime.worker(DutyRecorder(records, directory, lease, runtime.clock).run)

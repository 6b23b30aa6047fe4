"""Tells whose it is of what was forgotten: at once who has not been told of anything for a day, then once a day.

One replica looks at a time. What is told is guarded by the version of a document for each person or team, so nobody is
told twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from shared.clocks.clock import Now
from shared.events import make
from shared.events.control import StaleFact, StaleItem
from shared.leader_lease import LeaderLease
from shared.mongo import find_by_ids
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.stale.asking import Find
from shared.timers import sweep_forever

COLLECTION = "stale_tellings"
LOOK_SECONDS = 300.0
AGAIN = timedelta(days=1)
MOST_ITEMS = 100
"""That one telling holds, the oldest first."""


class StaleTeller:
    """One service's."""

    def __init__(self, runtime: Runtime, find: Find) -> None:
        self._service = runtime.name
        self._find = find
        self._clock: Now = runtime.clock
        self._lease = LeaderLease(runtime, "stale")
        self._aggregates = runtime.aggregates(COLLECTION)
        self._tellings = runtime.database.collection(COLLECTION)

    async def run(self) -> None:
        """Look for ever, while this process holds the lease."""

        async def sweep() -> bool:
            if await self._lease.is_mine():
                await self.sweep()
            return False

        await sweep_forever("stale", sweep, poll_seconds=LOOK_SECONDS)

    async def sweep(self) -> None:
        """Tell each person and team whose day has passed."""
        now = self._clock.now()
        owners = by_owner(await self._find())
        known = await find_by_ids(self._tellings, sorted(owners))
        due = [key for key in sorted(owners) if key not in known or known[key]["told_at"] + AGAIN <= now]
        await self._aggregates.commit(
            Change(
                key,
                version := known[key]["version"] if key in known else 0,
                {"told_at": now},
                [
                    make(
                        "stale.found.v1",
                        subject=f"{self._service}/{key}",
                        sequence=version + 1,
                        time=now,
                        data=self._fact(key, owners[key]),
                    )
                ],
            )
            for key in due
        )

    def _fact(self, owner: str, items: Sequence[StaleItem]) -> StaleFact:
        kind, _, id_ = owner.partition("/")
        oldest = sorted(items, key=lambda one: (one.since, one.kind, one.subject))[:MOST_ITEMS]
        return StaleFact(
            service=self._service,
            person=id_ if kind == "person" else None,
            team=id_ if kind == "team" else None,
            items=oldest,
            at=self._clock.now(),
        )


def by_owner(items: Iterable[StaleItem]) -> dict[str, list[StaleItem]]:
    """What each is told of: people as `person/id`; a team as `team/id`, of what is nobody's in it."""
    found: dict[str, list[StaleItem]] = {}
    for one in items:
        owners = [f"person/{user}" for user in dict.fromkeys(one.people)]
        if not owners and one.team is not None:
            owners = [f"team/{one.team}"]
        for owner in owners:
            found.setdefault(owner, []).append(one)
    return found

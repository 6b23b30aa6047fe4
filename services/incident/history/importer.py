"""Brings rows of history in, a hundred at a time: read, look up, write in bulks, one call after the other.

Each piece is written in an order that leaves nothing half done when a process dies in it: what a row is known by and
its number, then its timeline, post-mortem and actions, the incident last, and then that others are to be told of it.
Who sends the rows again finds those that are there, and gets the rest. A process takes one call at a time, and few
wait, so its memory is bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from services.incident.action_items.store import Actions, Written
from services.incident.catalogue.store.services import Catalogue
from services.incident.history.announcer import Announcer
from services.incident.history.body_reader import Body, Place
from services.incident.history.judgement import judge
from services.incident.history.made import Made, make
from services.incident.history.plan import (
    Present,
    Tally,
    Wanted,
    difference,
    give_ids,
    looked_up,
    number_equals,
    people_in,
    pick_new,
    unknown_names,
)
from services.incident.history.store.announcements import Announcements
from services.incident.history.store.rows import ImportedRows
from services.incident.history.telling import messages_of
from services.incident.incidents.edit import Edit
from services.incident.incidents.store.incidents import Incidents
from services.incident.numbering.imported_numbers import ImportedNumbers
from services.incident.numbering.incident_ids import day_in, day_of
from services.incident.numbering.store import MAY_BE_COUNTED, Numbers
from services.incident.people.store import People
from services.incident.postmortems.postmortem import Revised, Step
from services.incident.postmortems.store.comments import Comments
from services.incident.postmortems.store.postmortems import Postmortems
from services.incident.timeline.store import Timeline
from shared.clocks.clock import Now
from shared.failures import is_dependency_failure
from shared.outbox.races import decide_and_commit
from shared.problem import unavailable
from shared.process.logs import get_logger

PIECE = 100
WAITING = 4
"""Calls that may wait for their turn, each with a body of some megabytes."""
PAUSES_SECONDS = (0.5, 2.0, 5.0)
"""Before a piece is tried again."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """What an import reads and writes."""

    incidents: Incidents
    timeline: Timeline
    postmortems: Postmortems
    comments: Comments
    actions: Actions
    catalogue: Catalogue
    people: People
    numbers: Numbers
    imported_numbers: ImportedNumbers
    rows: ImportedRows
    announcements: Announcements


@dataclass(slots=True)
class ImportCall:
    """One call: what it brings, for which teams (none: any), and what has become of it."""

    body: bytes
    content_type: str
    teams: Sequence[str]
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Its body could be read, and its rows are being taken: nothing refuses the call any more."""
    tally: Tally = field(default_factory=Tally)


class Importer:
    """Takes one call at a time."""

    def __init__(self, stores: Stores, announcer: Announcer, clock: Now) -> None:
        self._stores = stores
        self._announcer = announcer
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def carry_out(self, call: ImportCall) -> Tally:
        """What became of the rows. Raises a `Problem` for a body that can't be read, and 503 when too many wait.

        When the database fails in the midst of it, the rows that are left are refused for that reason.
        """
        if self._waiting >= WAITING:
            raise unavailable("Too many imports wait; send it again in a while.", 10)
        self._waiting += 1
        try:
            async with self._turn:
                body = await asyncio.to_thread(Body, call.body, call.content_type)
                await self._take_all(body, call)
        finally:
            self._waiting -= 1
        return call.tally

    async def _take_all(self, body: Body, call: ImportCall) -> None:
        places = body.places()
        has_failed = False
        while piece := await asyncio.to_thread(lambda: list(islice(places, PIECE))):
            call.begun.set()
            has_failed = has_failed or not await self._take_surely(piece, call)
            if has_failed:
                _give_up(piece, call.tally)
        call.begun.set()

    async def _take_surely(self, piece: Sequence[Place], call: ImportCall) -> bool:
        """Take one piece; again when a part fails, which changes nothing that was written. False: it goes on failing.

        Raises what failed when nothing of the call was taken yet.
        """
        for pause in (*PAUSES_SECONDS, None):
            try:
                await self._take(piece, call)
            except Exception as error:
                if not is_dependency_failure(error) or (pause is None and call.tally.read == 0):
                    raise
                log.warning("a part failed in the midst of an import", error=type(error).__name__, again=pause)
                if pause is not None:
                    await asyncio.sleep(pause)
            else:
                return True
        return False

    async def _take(self, places: Sequence[Place], call: ImportCall) -> None:
        """Take one piece; it counts in the tally when all of it is written."""
        now = self._clock.now()
        judged = await asyncio.to_thread(lambda: [judge(place, now) for place in places])
        tally = call.tally.draft()
        wanted = number_equals(judged, tally)
        present = await self._read_present(wanted)
        new = pick_new(wanted, present, call.teams, tally)
        new = await self._without_taken_actions(new, present, tally)
        ids = await self._number(new, present, tally)
        new = [one for one in new if one.judged.place in ids]
        made = await asyncio.to_thread(
            lambda: [make(one.judged.place, one.row, ids[one.judged.place], present.service_of(one.row)) for one in new]
        )
        known = await self._known_people(new)
        lost = await self._write(made)
        await self._count(new, ids, lost, tally)
        for one in new:
            names = unknown_names(one.row, present.service_of(one.row), known)
            tally.note(one.judged.place, ids[one.judged.place], [*one.judged.notes, *names])
        call.tally.take(tally)

    async def _count(self, new: Sequence[Wanted], ids: Mapping[int, str], lost: set[str], tally: Tally) -> None:
        """Count what was written; what somebody else wrote first is there, if it is the same."""
        there = await self._stores.incidents.by_ids(lost) if lost else {}
        for one in new:
            stored = there.get(ids[one.judged.place])
            if stored is None:
                tally.imported += 1
            elif difference(one.row, stored.incident):
                tally.reject(one.judged, "id: it was taken meanwhile")
            else:
                tally.already_there += 1

    async def _read_present(self, wanted: Sequence[Wanted]) -> Present:
        claimed = await self._stores.rows.claimed(one.key for one in wanted if one.key)
        stored = await self._stores.incidents.by_ids(looked_up(wanted, claimed))
        named = {one.row.service_id for one in wanted if one.row.service_id}
        services = await self._stores.catalogue.by_ids(named) if named else []
        return Present(
            claimed=claimed,
            incidents={key: one.incident for key, one in stored.items()},
            services={one.id: one for one in services if not one.deleted},
        )

    async def _known_people(self, new: Sequence[Wanted]) -> set[str]:
        named = {name for one in new for name in people_in(one.row)}
        return set(await self._stores.people.names(named)) if named else set()

    async def _without_taken_actions(self, new: Sequence[Wanted], present: Present, tally: Tally) -> list[Wanted]:
        named = {action.id for one in new for action in one.row.actions if action.id}
        there = await self._stores.actions.by_ids(named) if named else {}
        owners = {key: action.incident_id for key, action in there.items()}
        kept: list[Wanted] = []
        for one in new:
            ids = {action.id for action in one.row.actions if action.id}
            taken = [key for key in sorted(ids) if owners.setdefault(key, present.id_of(one) or one.key) not in
                     (present.id_of(one), one.key)]  # fmt: skip
            if taken:
                tally.reject(one.judged, f"actions: the id {taken[0]!r} is taken")
            else:
                kept.append(one)
        return kept

    async def _number(self, new: Sequence[Wanted], present: Present, tally: Tally) -> dict[int, str]:
        """The id of each row that gets its incident, by place. What it is known by and its number are noted first."""
        now = self._clock.now()
        numbers = self._stores.imported_numbers
        unclaimed = {one.key: day_of(one.row.created_at) for one in new if present.id_of(one) is None}
        counted = await self._counted(unclaimed, now)
        ids = [present.id_of(one) or counted.get(one.key) for one in new]
        days = {*unclaimed.values(), *(day_in(one) for one in ids if one is not None)}
        numbered = await decide_and_commit(
            lambda: numbers.read(days),
            lambda read: give_ids(new, present, counted, read, tally.draft()),
            lambda decided: numbers.take(decided.days.values(), now),
        )
        tally.take(numbered.tally)
        found = dict(numbered.ids)
        own = {one.key: found[one.judged.place] for one in new if one.key in unclaimed and one.judged.place in found}
        claims = await self._stores.rows.claim(own)
        for one in new:
            if claims.get(one.key, own.get(one.key)) != own.get(one.key):
                # somebody else brings the same row in at the same instant
                tally.already_there += 1
                del found[one.judged.place]
        return found

    async def _counted(self, unclaimed: Mapping[str, str], now: datetime) -> dict[str, str]:
        """Ids of rows that began on days that our own incidents are still counted on: by the same counter."""
        by_day: dict[str, list[str]] = {}
        for key, day in unclaimed.items():
            if day >= day_of(now - MAY_BE_COUNTED):
                by_day.setdefault(day, []).append(key)
        given: dict[str, str] = {}
        for day, keys in sorted(by_day.items()):
            given |= zip(keys, await self._stores.numbers.take_imported(day, len(keys)), strict=True)
        return given

    async def _write(self, made: Sequence[Made]) -> set[str]:
        """Write the piece; the ids of those that somebody else wrote first."""
        if not made:
            return set()
        stores, now = self._stores, self._clock.now()
        await stores.timeline.write((entry, 0) for one in made if not one.is_short for entry in one.entries)
        await stores.comments.bring_in(comment for one in made for comment in one.comments)
        await stores.postmortems.bring_in(
            Revised(before=None, after=one.postmortem, step=Step.IMPORTED) for one in made if one.postmortem is not None
        )
        await stores.actions.commit(Written(None, action) for one in made for action in one.actions)
        announcement = await stores.announcements.open([one.incident.id for one in made], now)
        edits = [Edit(None, one.incident, now) for one in made]
        lost = await stores.incidents.bring_in(edits, {one.incident.id: one.entries for one in made if one.is_short})
        written = [one.incident for one in made if one.incident.id not in lost]
        self._announcer.take(announcement, await asyncio.to_thread(messages_of, announcement.id, written, now))
        return lost


def _give_up(places: Sequence[Place], tally: Tally) -> None:
    for place in places:
        tally.read += 1
        named = place.value.get("id") if isinstance(place.value, dict) else None
        own = named[:100] if isinstance(named, str) else None
        tally.reject_place(place.place, own, "not stored: a part was down; send it once more")

"""Carries imports out, one after the other, whether or not somebody still waits for them.

An import is decided as a whole before anything is written. Its services are then written in pieces, each service
standing for itself, and what somebody else changed meanwhile is decided again. What takes long to compute is done
beside the event loop, so nobody else's request waits for a file of thousands.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.incident.catalogue.change_mark import MOST_IDS
from services.incident.catalogue.store.services import Catalogue
from services.incident.catalogue_import.job import ImportJob
from services.incident.catalogue_import.plan import Plan, Row, plan_import, read_rows
from services.incident.catalogue_import.store import ImportJobs
from services.incident.service_map.map_cache import MapCache
from shared.clocks.clock import Now
from shared.failures import is_dependency_failure
from shared.ids import fresh
from shared.outbox.races import decide_and_commit
from shared.problem import Problem, unavailable
from shared.process.outliving import log_and_continue
from shared.text.yaml_reader import read_yaml

WAITING = 8
"""As many files may wait, of at most some megabytes each."""
PIECE = MOST_IDS
"""Other replicas read what a piece changed by its names, and not everything."""


@dataclass(frozen=True, slots=True)
class File:
    """What was asked for; `teams` (empty: not limited) are those that the key is for."""

    text: bytes
    teams: Sequence[str]
    prune: bool


@dataclass(slots=True)
class Order:
    """An import under way. `outcome` is its plan; nobody waits for it any more once it is `kept`."""

    file: File
    job: ImportJob
    outcome: asyncio.Future[Plan] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    """Of the request: its correlation id goes with what is told of the services."""
    kept: bool = False


class ImportWorker:
    """Takes orders of imports and carries out one at a time; a process has one of it."""

    def __init__(self, catalogue: Catalogue, map_cache: MapCache, jobs: ImportJobs, clock: Now) -> None:
        self._catalogue = catalogue
        self._map_cache = map_cache
        self._jobs = jobs
        self._clock = clock
        self._read: tuple[bytes, Sequence[Row]] | None = None
        self._orders: asyncio.Queue[Order] = asyncio.Queue(WAITING)

    async def plan(self, file: File) -> Plan:
        """What the file would change. Raises a `Problem` with the place of each fault."""
        # both take a moment where they are many, and neither waits for the other
        rows, known = await asyncio.gather(self._rows(file.text), self._catalogue.all())
        return await asyncio.to_thread(plan_import, rows, known, file.teams, self._clock.now(), prune=file.prune)

    async def _rows(self, text: bytes) -> Sequence[Row]:
        """The rows of a file; of the one that was read last they are known, for the gateway asks about it first."""
        digest = hashlib.sha256(text).digest()
        if self._read is not None and self._read[0] == digest:
            return self._read[1]
        rows = await asyncio.to_thread(lambda: read_rows(read_yaml(text)))
        self._read = (digest, rows)
        return rows

    async def carry_out(self, file: File, seconds: float) -> Plan | ImportJob:
        """What was changed; or, when it takes longer than so long, the job by which its end is found.

        Raises a `Problem`: what `plan` raises, or 503 when too many wait.
        """
        now = self._clock.now()
        job = ImportJob(id=fresh("imp_"), teams=list(file.teams), begun_at=now, seen_at=now)
        order = Order(file, job)
        if self._orders.full():
            raise unavailable("Too many imports wait; send the file again in a while.", 10)
        self._orders.put_nowait(order)
        done, _ = await asyncio.wait({order.outcome}, timeout=seconds)
        if done:
            return order.outcome.result()
        order.kept = True
        await self._jobs.keep(order.job)
        if order.outcome.done():  # while that was written
            await self._jobs.keep(order.job)
        return order.job

    async def run(self) -> None:
        """Carry out what was ordered, for ever."""
        while True:
            with log_and_continue("an import is given up"):
                await self._carry_out(await self._orders.get())

    async def _carry_out(self, order: Order) -> None:
        try:
            plan = await asyncio.create_task(self._write(order), context=order.context)
        except BaseException as error:
            problem = _problem_of(error)
            order.job = order.job.record_failure(problem, self._clock.now())
            order.outcome.set_exception(problem)
            order.outcome.exception()  # somebody has looked at it, should its caller have left
            await self._store_progress(order)
            if not isinstance(error, Problem):
                raise
        else:
            order.job = order.job.record_done(self._clock.now())
            order.outcome.set_result(plan)
            await self._store_progress(order)

    async def _write(self, order: Order) -> Plan:
        first = await self.plan(order.file)
        order.job = order.job.record_plan(first, self._clock.now())

        async def commit(plan: Plan) -> set[str]:
            lost: set[str] = set()
            for start in range(0, len(plan.changes), PIECE):
                piece = plan.changes[start : start + PIECE]
                lost |= await self._catalogue.commit_all([(one.before, one.after) for one in piece])
                order.job = order.job.record_written(len(piece), self._clock.now())
                await self._store_progress(order)
            return lost

        await decide_and_commit(lambda: self.plan(order.file), lambda plan: plan, commit, known=first)
        await self._map_cache.refresh()
        return first

    async def _store_progress(self, order: Order) -> None:
        if order.kept:
            await self._jobs.keep(order.job)


def _problem_of(error: BaseException) -> Problem:
    if isinstance(error, Problem):
        return error
    if is_dependency_failure(error):
        return unavailable("A part was down in the middle of it; send the same file once more.")
    return Problem(500, "broken_off", "The import was broken off; send the same file once more.")

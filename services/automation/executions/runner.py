"""Runs executions: takes up what is due, begins steps, keeps what they write, and writes how they ended.

That a step begins is written before it does, with the time until when this process has it in hand; that time is moved
on while the step runs. A process that dies leaves its steps to whoever looks when their time is over (`progress`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from prometheus_client import Counter, Gauge

from services.automation.actions.contract import Action, FailReason, StepEnd, Waits
from services.automation.executions.approver_lookup import ApproverLookup
from services.automation.executions.execution import Execution, Live
from services.automation.executions.filling import task_for
from services.automation.executions.output_sink import StepOutput
from services.automation.executions.progress import LEASE, Doing, advance, decide_next, is_in_hand
from services.automation.executions.starting import open_secrets
from services.automation.executions.step_outcome import Outcome, decide_end
from services.automation.executions.store.executions import Executions
from services.automation.executions.store.output import Attempt, Outputs
from services.automation.values.template import NoValue
from shared.clocks.clock import Now
from shared.outbox.races import step_aside
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue
from shared.secrecy.sealing import Seal
from shared.telemetry.metrics import DUE_LAG

MOST_AT_ONCE = 16
"""Executions that one process has in hand."""
LOOK_SECONDS = 4.0
LOOK_AT_OUTPUT_SECONDS = 1.0
"""So often what a step has written is kept, and it is looked whether somebody wants it to end."""
RENEW_AFTER = LEASE / 5
GRACE_SECONDS = 15.0
"""Longer than its time limit a step is not waited for, whatever its kind."""
DRAIN_SECONDS = 4.0
"""For steps that run when the process is told to end."""
AGAIN_SECONDS = 0.5

ENDED = Counter("tocsin_executions_total", "Executions of runbooks that have ended", ["state", "reason"])
STEPS = Counter("tocsin_execution_steps_total", "Steps of runbooks that have ended", ["type", "reason"])
IN_HAND = Gauge("tocsin_executions_in_hand", "Executions that this process has in hand")

log = get_logger(__name__)


class Runner:
    """The executions that this process has in hand."""

    def __init__(
        self,
        executions: Executions,
        outputs: Outputs,
        actions: Mapping[str, Action],
        approvers: ApproverLookup,
        *,
        seal: Seal,
        clock: Now,
    ) -> None:
        self._executions = executions
        self._outputs = outputs
        self._actions = actions
        self._approvers = approvers
        self._seal = seal
        self._clock = clock
        self._work = executions.due_work(self.sweep, look_seconds=LOOK_SECONDS)
        self._in_hand: dict[str, asyncio.Event] = {}
        """By execution: what is set when there is news of it."""
        self._tasks: asyncio.TaskGroup | None = None
        self._ending = False
        self._room = asyncio.Event()
        """Set when one of them has ended."""
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self) -> None:
        """Take up what is due, for ever."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await self._work.run()

    async def drain(self) -> None:
        """Begin nothing more; what still runs after a while is ended, and that is written down."""
        self._ending = True
        self._room.set()
        for news in self._in_hand.values():
            news.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS + 3):
                await self._idle.wait()

    def nudge(self, execution_id: str) -> None:
        """Somebody wants something of this execution: if it is in hand here it is looked at now."""
        if news := self._in_hand.get(execution_id):
            news.set()

    async def sweep(self) -> bool:
        """Take up what is due, as far as there is room; True when there may be more at once."""
        room = MOST_AT_ONCE - len(self._in_hand)
        if room <= 0:
            # whoever is next begins when one of these has ended, and not when it is looked again
            self._room.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._room.wait()
            room = MOST_AT_ONCE - len(self._in_hand)
        if room <= 0 or self._ending or self._tasks is None:
            return False
        now = self._clock.now()
        found = await self._executions.due(now, room + len(self._in_hand), tuple(self._in_hand))
        for execution in found:
            if execution.due_at is not None:
                DUE_LAG.labels("executions").observe((now - execution.due_at).total_seconds())
            self._in_hand[execution.id] = asyncio.Event()
            self._idle.clear()
            IN_HAND.set(len(self._in_hand))
            self._tasks.create_task(self._take(execution))
        return len(found) >= room

    async def _take(self, execution: Execution) -> None:
        """Bring one execution as far as it goes by itself."""
        try:
            with log_and_continue("an execution is left to the next look", execution=execution.id):
                await self._drive(execution)
        finally:
            self._in_hand.pop(execution.id, None)
            self._room.set()
            IN_HAND.set(len(self._in_hand))
            if not self._in_hand:
                self._idle.set()

    async def _drive(self, execution: Execution) -> None:
        now = self._clock.now()
        known = advance(decide_next(execution, now), now)
        if known.execution is execution or self._ending:
            return
        stored = await self._executions.commit(execution, await self._with_approvers(known.execution))
        if stored is None:  # somebody else wrote: it is theirs, or is found due again
            return
        _count(execution, stored)
        is_begun = known.doing is Doing.RUN
        while is_begun:
            outcome = await self._run_step(stored)
            written = await self._write_end(stored, outcome) if outcome is not None else None
            if written is None:
                return
            stored, is_begun = written

    async def _run_step(self, begun: Execution) -> Outcome | None:
        """Run the step that was begun; None when it is not ours any more."""
        secrets = self._secrets_of(begun)
        if secrets is None:
            words = "Its secrets can't be opened: they were sealed under another key."
            return Outcome(StepEnd(FailReason.REFUSED, detail=words))
        attempt = Attempt(begun.id, begun.at + 1, begun.run.attempt)
        output = StepOutput(self._outputs, attempt, list(secrets.values()))
        action = asyncio.create_task(self._act(begun, secrets, output))
        try:
            is_ours = await self._watch(begun, action, output)
        finally:
            if not action.done():
                action.cancel()
                await asyncio.gather(action, return_exceptions=True)
        if not is_ours:
            return None
        with log_and_continue("the end of an output is lost", execution=begun.id):
            await output.end()
        ending = None if action.cancelled() else action.result()
        return Outcome(ending, output.size, output.tail, is_cut=output.is_cut)

    async def _act(self, begun: Execution, secrets: Mapping[str, str], output: StepOutput) -> StepEnd | Waits:
        """Have the step's action do it, once."""
        step = begun.step
        action = self._actions.get(step.type)
        if action is None:
            return StepEnd(FailReason.REFUSED, detail=f"This version of Tocsin knows no steps of the kind {step.type}.")
        try:
            async with asyncio.timeout(step.timeout_seconds + GRACE_SECONDS):
                return await action.run(task_for(begun, begun.at, secrets), output)
        except TimeoutError:
            reason = FailReason.TIMED_OUT if step.is_repeatable else FailReason.OUTCOME_UNKNOWN
            return StepEnd(reason, detail="It went on beyond its time limit, and was given up.")
        except NoValue as missing:
            return StepEnd(FailReason.NO_VALUE, detail=f"It can't be filled in: there is no {missing} here.")
        except Exception:
            log.exception("a step fails by a fault of ours", execution=begun.id, step=begun.at + 1)
            return StepEnd(FailReason.INTERNAL, detail="Something is wrong on our side; it has been logged.")

    async def _watch(self, begun: Execution, action: asyncio.Task[StepEnd | Waits], output: StepOutput) -> bool:
        """Keep what the step writes, and have it in hand, until it has ended or is to end; False when it is not ours
        any more.
        """
        news, current, renewed_at = self._in_hand[begun.id], begun, self._clock.now()
        ends_at: float | None = None
        while not action.done():
            await _first_of(action, news, LOOK_AT_OUTPUT_SECONDS)
            is_news = news.is_set()
            news.clear()
            if self._ending:
                loop = asyncio.get_running_loop()
                ends_at = ends_at or loop.time() + DRAIN_SECONDS
                if loop.time() >= ends_at:
                    return True
            with log_and_continue("a step that runs is looked at again", execution=begun.id):
                await output.keep()
                is_due = self._clock.now() - renewed_at >= RENEW_AFTER
                if not is_news and not is_due and output.size == _told(current):
                    continue
                stored = await self._executions.commit(current, self._renewed(current, output))
                if stored is None:
                    found = await self._executions.find(begun.id)
                    if found is None or not is_in_hand(found, begun):
                        return False
                    stored = found
                current, renewed_at = stored, self._clock.now()
                if current.cancelled_by is not None:
                    return True
        return True

    def _renewed(self, current: Execution, output: StepOutput) -> Execution:
        live = Live(n=current.at + 1, output_size=output.size)
        return current.changed(due_at=self._clock.now() + LEASE, live=live)

    async def _write_end(self, begun: Execution, outcome: Outcome) -> tuple[Execution, bool] | None:
        """Write how a step ended while it is still ours, however long the database is away, with what follows at once:
        the execution as it is stored then, and whether the next step is begun by it. None when it is not ours any more.
        """
        current, number = begun, 0
        while True:
            with log_and_continue("the end of a step is written again", execution=begun.id):
                now = self._clock.now()
                known = decide_end(current, outcome, now)
                known = known if self._ending else advance(known, now)
                after = await self._with_approvers(known.execution)
                stored = await self._executions.commit(current, after, outcome.message)
                if stored is not None:
                    _count(current, stored)
                    return stored, known.doing is Doing.RUN
                found = await self._executions.find(begun.id)
                if found is None or not is_in_hand(found, begun):
                    return None
                current, number = found, number + 1
            await (step_aside(number) if number else asyncio.sleep(AGAIN_SECONDS))

    async def _with_approvers(self, execution: Execution) -> Execution:
        """The same; where it begins to wait for an approval, with the people who are asked."""
        if not execution.needs_approval:
            return execution
        return execution.with_run(execution.at, asked=await self._approvers.find(execution))

    def _secrets_of(self, execution: Execution) -> dict[str, str] | None:
        try:
            return open_secrets(self._seal, execution)
        except ValueError:
            return None


async def _first_of(action: asyncio.Task[StepEnd | Waits], news: asyncio.Event, seconds: float) -> None:
    """Return when the action has ended, when there is news, or after so long."""
    heard = asyncio.create_task(news.wait())
    try:
        await asyncio.wait({action, heard}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        heard.cancel()


def _told(execution: Execution) -> int:
    return execution.live.output_size if execution.live is not None else 0


def _count(before: Execution, after: Execution) -> None:
    """Count what ended by this write."""
    for step, old, new in zip(after.steps, before.runs, after.runs, strict=True):
        if new.ended_at is not None and new.ended_at != old.ended_at:
            STEPS.labels(step.type, new.reason.value if new.reason is not None else "").inc()
    if after.state.is_over and not before.state.is_over:
        ENDED.labels(after.state.value, after.reason.value if after.reason is not None else "").inc()

"""Writes what people answer from messages and by links, as far as it counts."""

from __future__ import annotations

from datetime import datetime

from services.automation.approvals.decision import Answer, decide_answer, is_asked, refusal
from services.automation.executions.approver_lookup import ApproverLookup
from services.automation.executions.execution import Execution
from services.automation.executions.facts import approval_event
from services.automation.executions.store.executions import Executions
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.outbox.relay import EventSink
from shared.problem import Problem, not_found
from shared.process.logs import get_logger

log = get_logger(__name__)


class ApprovalAnswers:
    """Decides about answers and writes what follows."""

    def __init__(self, executions: Executions, approvers: ApproverLookup, sink: EventSink, clock: Now) -> None:
        self._executions = executions
        self._approvers = approvers
        self._sink = sink
        self._clock = clock

    async def find(self, execution_id: str) -> Execution:
        """The execution. Raises a 404 `Problem`."""
        found = await self._executions.find(execution_id)
        if found is None:
            raise not_found("execution", execution_id)
        return found

    async def may_answer(self, execution: Execution, n: int, until: datetime, user_id: str) -> bool:
        """Whether this is waited for still. Raises a `Problem` for a person who may not answer it."""
        await self._approvers.require(execution, user_id)
        return is_asked(execution, n, until) and self._clock.now() < until

    async def take(self, answer: Answer) -> Execution:
        """The execution as it is stored then. Raises a `Problem` for an answer that does not count."""
        stored: list[Execution] = []

        async def decide(before: Execution) -> tuple[Execution, Execution]:
            await self._approvers.require(before, answer.user_id)
            return before, decide_answer(before, answer, self._clock.now())

        async def commit(decided: tuple[Execution, Execution]) -> set[str]:
            before, after = decided
            written = before if after == before else await self._executions.commit(before, after)
            if written is None:
                return {answer.execution_id}
            stored.append(written)
            return set()

        await decide_and_commit(lambda: self.find(answer.execution_id), decide, commit)
        return stored[-1]

    async def take_told(self, answer: Answer) -> None:
        """Take an answer that came by event; that it does not count is told to where it came from."""
        try:
            await self.take(answer)
        except Problem as problem:
            execution = await self._executions.find(answer.execution_id)
            if execution is None:
                log.info("an answer is about an execution that is gone", execution=answer.execution_id)
                return
            event = approval_event(refusal(execution, answer, problem.code, self._clock.now()))
            await self._sink.publish_events([(event.type, event.encode(), event.id)])

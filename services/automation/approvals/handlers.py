"""Events in: what people answered in messages."""

from __future__ import annotations

from collections.abc import Sequence

from services.automation.approvals.answering import ApprovalAnswers
from services.automation.approvals.decision import Answer
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.automation import ApprovalAnswer


class ApprovalHandler:
    """Has each answer decided about, in the order in which they came."""

    def __init__(self, answers: ApprovalAnswers) -> None:
        self._answers = answers

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take a batch of answers; a repeat changes nothing."""
        for _, fact in facts_of(batch, ApprovalAnswer):
            answer = Answer(fact.execution_id, fact.n, fact.until, fact.user_id, fact.approve, fact.id)
            await self._answers.take_told(answer)

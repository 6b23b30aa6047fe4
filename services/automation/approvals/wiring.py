"""Puts approvals together: the page behind a signed link, and the queue of answers and of who may give them."""

from __future__ import annotations

from services.automation.approvals import api
from services.automation.approvals.answering import ApprovalAnswers
from services.automation.approvals.handlers import ApprovalHandler
from services.automation.executions.wiring import ExecutionParts
from services.automation.handlers import in_turn
from services.automation.people.store import People
from shared.runtime import Runtime
from shared.secrecy.approval_links import PATH

QUEUE = "automation.approvals"


def add_approvals(runtime: Runtime, people: People, parts: ExecutionParts) -> None:
    """Put approvals into the service; people's roles come by the same queue, before what they answer."""
    answers = ApprovalAnswers(parts.executions, parts.approvers, runtime.publisher, runtime.clock)
    runtime.routes(api.routes(answers, runtime.settings.secret_key))
    runtime.open_prefixes = (*runtime.open_prefixes, PATH)
    runtime.consume_events(QUEUE, in_turn(people.handle, ApprovalHandler(answers).handle))

"""Requests for approvals, `approval_requests`: one document each, due while something is to be said in Slack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from pymongo import IndexModel

from services.comms.approvals.approval_request import ApprovalRequest
from shared.due_work import DueWork
from shared.mongo import to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

APPROVAL_REQUESTS = "approval_requests"


class ApprovalRequests:
    """The questions that are asked of requests."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(APPROVAL_REQUESTS, silent=True)
        self._clock = runtime.clock
        expiry = IndexModel([("expire_at", 1)], name="expire_at", sparse=True, expireAfterSeconds=0)
        runtime.indexes({APPROVAL_REQUESTS: [DUE_INDEX, expiry]})

    def due_work(self, sweep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `sweep` when there is something to say."""
        return DueWork.of(self._aggregates, "approvals", sweep, clock=self._clock, look_seconds=look_seconds)

    async def find(self, request_id: str) -> ApprovalRequest | None:
        """The request with this id."""
        found = await self._aggregates.collection.find_one({"_id": request_id})
        return ApprovalRequest.model_validate({**found, "id": found["_id"]}) if found is not None else None

    async def due(self, now: datetime, limit: int) -> list[ApprovalRequest]:
        """Up to `limit` for which something is to be said, the longest due first."""
        cursor = self._aggregates.collection.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        return [ApprovalRequest.model_validate({**one, "id": one["_id"]}) async for one in cursor]

    async def commit(self, before: ApprovalRequest | None, after: ApprovalRequest) -> ApprovalRequest | None:
        """Write the next version and return it; None when somebody else was faster."""
        base = before.version if before is not None else 0
        document = to_document(after)
        fields = {name: document.get(name) for name in set(ApprovalRequest.model_fields) - {"id", "version"}}
        if await self._aggregates.commit([Change(after.id, base, fields)]):
            return None
        return after.changed(version=base + 1)

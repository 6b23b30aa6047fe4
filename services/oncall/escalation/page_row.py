"""What is known of one page, and which of two reports of it is further on.

Until a result is told, a page stands only in its escalation, as an attempt; the results are stored as rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.oncall.escalation.escalation import Attempt
from shared.events.oncall import PageResult, PageState
from shared.stored import Stored
from shared.vocabulary import Channel, PageReason, Urgency

_FURTHER = (PageState.QUEUED, PageState.SENT, PageState.FAILED, PageState.CANCELLED, PageState.DELIVERED)
"""After as many attempts, the later one here is further on: a cancelled page may have failed before."""


class Row(Stored):
    """One page. Ids only; names and addresses are not kept here."""

    page_id: str
    incident_id: str
    user_id: str
    channel: Channel
    method_id: str
    step: int
    round: int
    generation: int
    reason: PageReason
    urgency: Urgency
    state: PageState
    attempts: int = 0
    permanent: bool = False
    detail: str = ""
    requested_at: datetime
    at: datetime

    @property
    def position(self) -> tuple[datetime, str]:
        """Its place in the list of an incident's pages."""
        return self.requested_at, self.page_id

    @property
    def order(self) -> int:
        """Grows with every attempt, and with the state within one."""
        return self.attempts * len(_FURTHER) + _FURTHER.index(self.state)


def requested_row(incident_id: str, attempt: Attempt) -> Row:
    """The row of a page that was requested and has no result yet."""
    fields = attempt.model_dump(exclude={"failed", "cause", "rule"})
    return Row(**fields, incident_id=incident_id, state=PageState.QUEUED, at=attempt.requested_at)


def merge_rows(known: Iterable[Row], attempts: Iterable[Row]) -> list[Row]:
    """Results and requests, each page once, the oldest request first."""
    found = {row.page_id: row for row in attempts} | {row.page_id: row for row in known}
    return sorted(found.values(), key=lambda row: row.position)


def reported_row(result: PageResult) -> Row:
    """The row of a page with a result."""
    return Row.model_validate(result.model_dump())

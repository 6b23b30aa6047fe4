"""What is known of one page, from the request to its end, and which of two reports of it is further on."""

from __future__ import annotations

from datetime import datetime

from services.oncall.plan import Stored
from shared.events.oncall import PageFact, PageResult, PageState
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
    def order(self) -> int:
        """Grows with every attempt, and with the state within one."""
        return self.attempts * len(_FURTHER) + _FURTHER.index(self.state)


def requested(page: PageFact) -> Row:
    """The row of a page that was just asked for."""
    return Row(
        page_id=page.page_id,
        incident_id=page.incident.id,
        user_id=page.user.id,
        channel=page.method.channel,
        method_id=page.method.id,
        step=page.step,
        round=page.round,
        generation=page.generation,
        reason=page.reason,
        urgency=page.urgency,
        state=PageState.QUEUED,
        requested_at=page.requested_at,
        at=page.requested_at,
    )


def reported(result: PageResult) -> Row:
    """The row of a page of which a result is told."""
    return Row.model_validate(result.model_dump())

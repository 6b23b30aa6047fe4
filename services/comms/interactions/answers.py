"""An answer that somebody gave in a message, as the event that tells of it. Pure.

Who answered: a message in a person's own conversation is read by that person. In a channel whoever is there may press
the button, as whoever holds the link beside it may follow it: the person who has that Slack id among their contact
methods, else it is Slack's name for them that is told; never the person who was paged only because they were.
"""

from __future__ import annotations

from datetime import datetime

from services.comms.paging.delivery import Delivery
from services.comms.slack.requests import Press
from shared.events import Event, make
from shared.events.communication import AnswerFact
from shared.ids import derive_id
from shared.secrecy.signed_links import VALID_FOR, AckClaim
from shared.vocabulary import Channel

CHANNELS = ("C", "G", "#")
"""How addresses of conversations that several people read begin."""


def responder_of(delivery: Delivery | None, press: Press, claim: AckClaim) -> str | None:
    """The id of the person who was paged, if it was they who pressed it; None: somebody in a channel.

    `delivery` is None, or without its address, when nothing is known of the page any more: then the message tells.
    """
    address = delivery.page.method.address if delivery else ""
    where = address or press.message or "C"
    return None if where.startswith(CHANNELS) and "@" not in where else claim.user_id


def answer_event(
    press: Press,
    claim: AckClaim,
    user_id: str | None,
    now: datetime,
    *,
    correlation: str | None,
    traceparent: str | None,
) -> Event:
    """The event of one press; telling it again makes the same event id, as far as Slack tells presses apart."""
    fact = AnswerFact(
        incident_id=claim.incident_id,
        page_id=claim.page_id,
        generation=claim.generation,
        action=press.action,
        via=Channel.SLACK,
        user_id=user_id,
        by=user_id or f"slack:{press.slack_user}",
        at=now,
        paged_at=claim.expires_at - VALID_FOR,
    )
    stamp = press.stamp or str(now.timestamp())
    return make(
        "answer.given.v1",
        subject=claim.page_id,
        sequence=int(now.timestamp() * 1000),
        time=now,
        data=fact,
        correlation=correlation,
        traceparent=traceparent,
        id=derive_id(claim.page_id, press.action.value, press.slack_user, stamp, prefix="ans_"),
    )

"""What a channel says of one attempt to hand a page over: four words, the provider's own text, and no more.

The difference between the two that may be tried again is whose fault it is. `down` is the destination's: it can't be
reached, does not answer in time or breaks (HTTP 5xx, SMTP 421), so it counts against the destination's circuit and
is tried again within seconds for as long as the page is fresh. `busy` is a destination that works and asks for
patience (HTTP 408, 409, 425 and 429, SMTP 4xx), so the waits grow and the attempts are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

DETAIL_LIMIT = 300
PATIENCE = frozenset({408, 409, 425, 429})


class OutcomeKind(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    DOWN = "down"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt. `retry_after_seconds` is the provider's wish, where it gave one."""

    kind: OutcomeKind
    detail: str
    retry_after_seconds: float | None = None
    reference: str | None = None
    """Where the message is now, for a channel that can bring it up to date."""


def delivered(detail: str, reference: str | None = None) -> Outcome:
    """Handed over; `detail` is the provider's receipt, `reference` is where the message is now."""
    return Outcome(OutcomeKind.DELIVERED, detail[:DETAIL_LIMIT], reference=reference)


def down(detail: str, retry_after_seconds: float | None = None) -> Outcome:
    """The destination can't be reached or is broken."""
    return Outcome(OutcomeKind.DOWN, detail[:DETAIL_LIMIT], retry_after_seconds)


def busy(detail: str, retry_after_seconds: float | None = None) -> Outcome:
    """The destination works and asks to be asked later."""
    return Outcome(OutcomeKind.BUSY, detail[:DETAIL_LIMIT], retry_after_seconds)


def refused(detail: str) -> Outcome:
    """No retry would change it."""
    return Outcome(OutcomeKind.REFUSED, detail[:DETAIL_LIMIT])


def http_outcome(status: int, headers: Mapping[str, str], text: str, now: datetime) -> Outcome:
    """What an HTTP answer means for a webhook.

    2xx is delivered. A redirect is refused, since following it would let the receiver choose where we go. Other 4xx
    than those that ask for patience are refused for good, 410 ("gone") among them. `headers` are in lower case.
    Source: the Standard Webhooks specification, "Operational considerations", and RFC 9110.
    """
    said = f"HTTP {status}" + (f": {text}" if text else "")
    if 200 <= status < 300:
        return delivered(said)
    if 300 <= status < 400:
        return refused(f"HTTP {status}: redirects are not followed; the address must be the final one")
    after = retry_after(headers.get("retry-after"), now)
    if status in PATIENCE:
        return busy(said, after)
    if 400 <= status < 500:
        return refused(said)
    return down(said, after)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks to wait, from either of its forms (RFC 9110, 10.2.3); never negative."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def smtp_outcome(code: int, text: str, *, of_this_mail: bool) -> Outcome:
    """What an SMTP reply means (RFC 5321, 4.2.1).

    Only a 5xx about this mail (its recipient or its content) is for good. A 5xx before that, to our greeting, our
    credentials or our sender's address, is a fault of the server's set-up: people mend it, so it counts as down.
    """
    said = f"SMTP {code} {' '.join(text.split())}".strip()
    if of_this_mail and 500 <= code < 600:
        return refused(said)
    if of_this_mail and code != 421:
        return busy(said)
    return down(said)

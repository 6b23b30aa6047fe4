"""What a channel says of one attempt to hand a page over: four words, the provider's own text, and no more.

The difference between the two that may be tried again is whose fault it is. `down` is the destination's: it can't be
reached, does not answer in time or breaks (HTTP 5xx, SMTP 421), so it counts against the destination's circuit and
is tried again within seconds for as long as the page is fresh. `busy` is a destination that works and asks for
patience (HTTP 408, 409, 425 and 429, SMTP 4xx), so the waits grow and the attempts are counted.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from shared.mail import mail_address

Leave = Callable[[], Awaitable[None]]
"""Asks whether a page may still leave; raises when it may not."""

SEND_SECONDS = 10.0
"""The time limit of one attempt, all of it."""
DETAIL_LIMIT = 300
_RAW_LIMIT = 2000
"""Characters that are looked at of a provider's words."""
PATIENCE = frozenset({408, 409, 425, 429})
_MAILBOX = re.compile(r"(?<![^\s<>(),;:\"])[^\s<>(),;:\"@]+@[^\s<>(),;:\"]+")
_HIDDEN = "[address]"


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
    reached: bool = True
    """False: it ended here, before anything was asked of the destination, of which it says nothing."""

    def without(self, address: str) -> Outcome:
        """The same without the reader's address: providers repeat it, and what became of a page is kept and told."""
        return replace(self, detail=without_addresses(self.detail, address))


def without_addresses(detail: str, address: str) -> str:
    """A provider's words with this address, however it is written, and whatever looks like one hidden."""
    known = mail_address(address)
    for written in (address, known.envelope if known else ""):
        if written:
            detail = detail.replace(written, _HIDDEN)
    return _MAILBOX.sub(_HIDDEN, detail)


def _said(detail: str) -> str:
    """What is kept of a provider's words; what looks like an address is out of them before they are cut."""
    return _MAILBOX.sub(_HIDDEN, detail[:_RAW_LIMIT])[:DETAIL_LIMIT]


def delivered(detail: str, reference: str | None = None) -> Outcome:
    """Handed over; `detail` is the provider's receipt, `reference` is where the message is now."""
    return Outcome(OutcomeKind.DELIVERED, _said(detail), reference=reference)


def down(detail: str, retry_after_seconds: float | None = None) -> Outcome:
    """The destination can't be reached or is broken."""
    return Outcome(OutcomeKind.DOWN, _said(detail), retry_after_seconds)


def busy(detail: str, retry_after_seconds: float | None = None) -> Outcome:
    """The destination works and asks to be asked later."""
    return Outcome(OutcomeKind.BUSY, _said(detail), retry_after_seconds)


def refused(detail: str) -> Outcome:
    """No retry would change it."""
    return Outcome(OutcomeKind.REFUSED, _said(detail))


def unwritable(error: Exception, what: str = "message") -> Outcome:
    """The message can't be made of what this one page or letter says: no retry would change that."""
    said = f"the {what} can't be written: {type(error).__name__}"
    return Outcome(OutcomeKind.REFUSED, said, reached=False)


def failed_here(error: Exception, what: str = "message") -> Outcome:
    """What an exception that a channel let out says; `what` was to be written.

    A link to the outside that broke is the destination's; with all else the message can't be made of what this one page
    or letter says, and no retry would change that.
    """
    if isinstance(error, OSError | EOFError):
        return down(f"the destination can't be reached: {type(error).__name__}")
    return unwritable(error, what)


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

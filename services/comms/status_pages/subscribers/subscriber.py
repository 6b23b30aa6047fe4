"""Subscribers of a status page: double opt-in, one address once, forgotten when they leave.

    nobody -> pending -> confirmed -> nobody

Asking again sends another confirmation after `ASK_AGAIN`; who is confirmed already gets none. The answer to whoever
asks is the same in all cases, so nobody learns whose address is known. What is pending is forgotten with its link.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.mail import mail_address
from shared.secrecy.signing import secrets_in, sign
from shared.stored import Stored

CONFIRM_WITHIN = timedelta(hours=48)
ASK_AGAIN = timedelta(minutes=10)
LONGEST_ADDRESS = 254


class Subscriber(Stored):
    """Somebody who wants, or may want, the updates of a page. The address is personal: it is in no event and no log."""

    id: str
    page: str
    """The page's key."""
    address: str
    asked_at: datetime
    confirmed_at: datetime | None = None
    expires_at: datetime | None = None
    """When an unconfirmed one is forgotten."""


def address_of(text: str) -> str | None:
    """The address as it is kept, or None when it is none: blanks at its ends and the case of letters mean nothing."""
    address = text.strip().lower()
    known = mail_address(address)
    return known.envelope if known is not None and len(known.envelope) <= LONGEST_ADDRESS else None


def subscriber_id(secret_key: str, page: str, address: str) -> str:
    """The id of an address on a page: nobody without the key can tell which address it is."""
    return subscriber_ids(secret_key, page, address)[0]


def subscriber_ids(secret_key: str, page: str, address: str) -> list[str]:
    """The ids that an address may have, one for each secret; who subscribed under an older one keeps that id."""
    said = f"subscriber\x00{page}\x00{address}".encode()
    return [sign(secret.encode(), said).hex()[:32] for secret in secrets_in(secret_key)]


def create_subscriber(id: str, page: str, address: str, now: datetime) -> Subscriber:
    """A subscriber who asked at `now` and has not confirmed yet."""
    return Subscriber(id=id, page=page, address=address, asked_at=now, expires_at=now + CONFIRM_WITHIN)


def is_to_be_asked(known: Subscriber | None, now: datetime) -> bool:
    """True when a confirmation is to be mailed."""
    return known is None or (known.confirmed_at is None and now - known.asked_at >= ASK_AGAIN)

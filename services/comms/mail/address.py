"""Whose mail it is, and the ids by which mail is threaded. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr

from services.comms.i18n.plain_text import one_line
from shared.mail import MailAddress, mail_address

_UNSAFE_IN_ID = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class MailFrom:
    """Whose mail it is."""

    name: str
    address: MailAddress


def sender_of(mail_from: str) -> MailFrom:
    """The sender in `TOCSIN_MAIL_FROM`, called Tocsin where it has no name. Raises `ValueError` for no address."""
    name, written = parseaddr(mail_from)
    address = mail_address(written)
    if address is None:
        raise ValueError("TOCSIN_MAIL_FROM is not an e-mail address")
    return MailFrom(one_line(name) or "Tocsin", address)


def id_part(text: str) -> str:
    """The text as the left side of a `Message-ID`."""
    return _UNSAFE_IN_ID.sub("-", text)[:120]

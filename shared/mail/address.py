"""E-mail addresses: which can be written to, and how each is written in an envelope and a header.

A domain goes out in its ASCII form (IDNA 2008 with the mapping of UTS 46, as browsers have it), so only a local part
beyond ASCII needs SMTPUTF8. Source: RFC 5321 4.1.2, RFC 5322 3.4.1, RFC 6531, RFC 5890.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import idna

LONGEST = 254
"""Octets of an address in an envelope (RFC 5321 4.5.3.1.3, less the two angle brackets)."""
LONGEST_LOCAL = 64

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]"
_LOCAL = re.compile(rf"(?:{_ATOM}|[^\x00-\x7f])+")
_DOMAIN = re.compile(
    r"(?=[^\x00-\x20]{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    r"(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*"
)


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address that mail can be sent to."""

    local: str
    domain: str
    """In ASCII."""

    @property
    def envelope(self) -> str:
        """As `RCPT TO` and headers have it; a local part that is no series of atoms stands in quotes."""
        plain = not (self.local.startswith(".") or self.local.endswith(".") or ".." in self.local)
        return f"{self.local}@{self.domain}" if plain else f'"{self.local}"@{self.domain}'

    @property
    def needs_utf8(self) -> bool:
        """True when only a server that offers SMTPUTF8 can take it."""
        return not self.local.isascii()


def mail_address(text: str) -> MailAddress | None:
    """The address that a text is, None for one that no mail can be addressed to.

    No quotes, comments, address literals or routes are taken: nobody is reached by them, and they end headers.
    """
    local, at, domain = text.rpartition("@")
    if not at or not local.isprintable() or not domain.isprintable() or len(text) > LONGEST or " " in local:
        return None
    if not _LOCAL.fullmatch(local) or any(char.isspace() for char in local):
        return None
    ascii_domain = _ascii(domain)
    if ascii_domain is None:
        return None
    try:
        octets = len(local.encode())
    except UnicodeEncodeError:
        return None
    if octets > LONGEST_LOCAL or octets + 1 + len(ascii_domain) > LONGEST:
        return None
    return MailAddress(local, ascii_domain)


def _ascii(domain: str) -> str | None:
    if domain.isascii():
        return domain if _DOMAIN.fullmatch(domain) else None
    try:
        found = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    return found if _DOMAIN.fullmatch(found) else None

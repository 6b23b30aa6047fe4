"""Keys and passwords that senders put into their bodies: neither what is kept of a body for inspection nor an alert's
text shows one.

PagerDuty's events carry `routing_key` (v1: `service_key`), Opsgenie's old ones `apiKey`. A body that is kept may be no
JSON, so there this looks at text; a key whose text does not end counts to the end of the body.
"""

from __future__ import annotations

import re

STARS = "***"

_WORDS = (
    r"(?:routing|service|integration|api|private|access|account)[_ -]?key"
    r"|passw(?:or)?d|passphrase|secret|credentials?|authori[sz]ation|token|cookie|bearer"
)
_KEY = re.compile(rf'("[\w.-]{{0,40}}(?:{_WORDS})"\s*:\s*")(?:[^"\\]|\\.)*'.encode(), re.IGNORECASE | re.DOTALL)
_SECRET_NAME = re.compile(rf"(?:{_WORDS}|^pwd|^pass|^auth|^jwt)(?:s|[_ -]?id|[_ -]?value)?$", re.IGNORECASE)
_IN_TEXT = re.compile(rf'((?:{_WORDS})(?:=|\\{{0,4}}"\s?:\s?\\{{0,4}}"))[^\s"&;\\]+', re.IGNORECASE)
_BEARER = re.compile(r"(?<=\bBearer\s)[\w.~+/=-]{8,}", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)[^\s/@:]{0,200}:[^\s/@]{1,200}(?=@)")


def redact(body: bytes) -> bytes:
    """The body with the values of known key members replaced by stars."""
    return _KEY.sub(rb"\1***", body)


def is_secret(name: str) -> bool:
    """True for the name of a member that holds a key or a password."""
    return _SECRET_NAME.search(name[-200:]) is not None


def without_secrets(text: str) -> str:
    """The text without what stands in it as credentials do: after `Bearer`, before the host of an address, behind
    `token=` and the like, or in JSON inside a text.
    """
    return _IN_TEXT.sub(rf"\1{STARS}", _USER_INFO.sub(STARS, _BEARER.sub(STARS, text)))

"""What the form of a text says of it: a time, an id, an address, a word of status, something measured.

Every pattern is bounded and begins only where a word does, so a text is read in a time that grows as its length.
"""

from __future__ import annotations

import re

from services.ingest.normalisation.normalise import ACKNOWLEDGED_WORDS, FIRING_WORDS, RESOLVED_WORDS

_SHORT = 64
_STATUS_WORDS = RESOLVED_WORDS | ACKNOWLEDGED_WORDS | FIRING_WORDS

_ZONE = r"(?:\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})(?!\w|:\d)|(?!\w|:\d))"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:\s?[AaPp][Mm])?" + _ZONE
_DAY = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}/\d{1,2}/\d{2})"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_NAMED_DAY = rf"(?:\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?|{_MONTH}\s{{1,2}}\d{{1,2}}(?:,?\s\d{{4}})?)(?!\w)"
_TIME = (
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}},?\s{{1,2}})?(?:{_DAY}|{_NAMED_DAY})"
    rf"(?:(?:T|,?\s{{1,2}}){_CLOCK}|(?!\w|[:.]\d))(?:\s\d{{4}}(?!\w))?"
)
_EPOCH = r"1[5-9]\d{8}(?:\d{3}){0,3}(?:\.\d{1,9})?(?![\w-]|\.\d)"
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])"
_NUMBER = r"\d{1,20}(?:[.,]\d{1,20}){0,2}"
_UNIT = (
    r"(?:%|percent|[munµ]?s|m|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|d|days?|[kKMGTP]?i?B|bytes|[kKMG]?bps|[kMG]?Hz"
    r"|[rq]ps|req/s|°[CF])(?![\w%])"
)
_MEASURED = rf"{_NUMBER}\s?{_UNIT}"
_MOVING = re.compile(
    rf"(?<![\w.:@/+-])(?=[-+\dJFMASONDTW])(?:{_TIME}|{_CLOCK}|{_EPOCH}|[-+]?{_MEASURED})|(?<![\w-]){_UUID}"
)
_ANY_UUID = re.compile(rf"(?<![\w-]){_UUID}")
_DECIMAL = re.compile(r"[-+]?(?:\d{1,20}[.,]\d{1,20}(?:[eE][-+]?\d{1,4})?|\d{1,20}[eE][-+]?\d{1,4})")
_AMOUNT = re.compile(rf"[-+<>=~\s]{{0,4}}{_NUMBER}(?:[eE][-+]?\d{{1,4}})?\s?[^\W\d]{{0,12}}[%/°]?[^\W\d]{{0,12}}")
_RANDOM = re.compile(r"(?:[A-Za-z]{1,12}[_:-])?(?:[0-9a-f]{16,128}|[0-9A-F]{16,128}|[0-9A-HJKMNP-TV-Z]{26})")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://\S*|(?:arn|urn):\S*|mailto:\S*")
_DIGIT = re.compile(r"\d")
_TELLING = re.compile(r"[^\W\d_]")


def is_status_word(text: str) -> bool:
    """True for a word that says how an alert stands, and nothing else."""
    return len(text) <= _SHORT and text.strip().lower() in _STATUS_WORDS


def is_address(text: str) -> bool:
    """True for a URL or the like."""
    return _URL.fullmatch(text.strip()[:4096]) is not None


def is_random_id(text: str) -> bool:
    """True for an id that a machine drew: a UUID, a ULID, sixteen hexadecimal digits or more, also with a prefix."""
    short = text.strip()
    return len(short) <= 160 and (_RANDOM.fullmatch(short) or _ANY_UUID.fullmatch(short)) is not None


def is_amount(text: str) -> bool:
    """True for a number as a text, with or without a unit."""
    return len(text) <= _SHORT and _AMOUNT.fullmatch(text.strip()) is not None


def says_something(text: str) -> bool:
    """True for a text that has a word in it, of whatever script."""
    return _TELLING.search(text) is not None


def steady_text(text: str, *, lasts: bool = False) -> str:
    """A text without the times, drawn ids and measured amounts in it; empty when nothing else is in it.

    `lasts`: it names something that is there at every delivery, so a UUID and a number with a point stay.
    """
    if not _DIGIT.search(text):
        return text if text.strip() else ""
    if not lasts and len(text) <= _SHORT and _DECIMAL.fullmatch(text.strip()):
        return ""
    left = _MOVING.sub(lambda found: found[0] if lasts and _ANY_UUID.fullmatch(found[0]) else "\x00", text)
    return left if left.strip("\x00 \t\r\n.,;:()[]/-+") else ""

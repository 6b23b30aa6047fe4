"""The languages of what comms writes. Pure."""

from __future__ import annotations

from enum import StrEnum


class Locale(StrEnum):
    """The languages a page can have."""

    EN = "en"
    JA = "ja"
    FA = "fa"

"""The languages that people are written to in. Pure."""

from __future__ import annotations

from enum import StrEnum


class Locale(StrEnum):
    """The languages there are."""

    EN = "en"
    JA = "ja"
    FA = "fa"

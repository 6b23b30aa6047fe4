"""Times, days and figures in mail, as its reader knows them: in Persian the Jalali calendar and Persian digits. Pure.

In other languages times are ISO 8601, which nobody takes for another day. Ids stay as they are: people copy them.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.comms.i18n.words import language, word
from shared.i18n.calendars import day_text, number_text, time_text
from shared.i18n.language import Locale


def local_time(at: datetime, time_zone: str, locale: str) -> str:
    """`2026-11-21 15:30:00 +03:30 (Asia/Tehran)` or `۳۰ آبان ۱۴۰۵، ۱۵:۳۰ (Asia/Tehran)`; UTC for an unknown zone."""
    try:
        zone, name = ZoneInfo(time_zone), time_zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone, name = ZoneInfo("UTC"), "UTC"
    if _of(locale) is Locale.FA:
        return f"{time_text(at, zone, Locale.FA)} ({name})"
    text = at.astimezone(zone).isoformat(" ", "seconds")
    return f"{text[:19]} {text[19:]} ({name})"


def local_day(day: date, locale: str) -> str:
    """`2026-12-01`, or `۱۰ آذر ۱۴۰۵`."""
    return day_text(day, Locale.FA) if _of(locale) is Locale.FA else day.isoformat()


def figure(number: int, locale: str) -> str:
    """A number in the digits of the language."""
    return number_text(number, _of(locale))


def step_text(step: int, round: int, locale: str) -> str:
    """Which step of an escalation it is, in which round; rounds count from 0 and are shown from 1."""
    return word(locale, "step").format(step=figure(step, locale), round=figure(round + 1, locale))


def _of(locale: str) -> Locale:
    return Locale(language(locale))

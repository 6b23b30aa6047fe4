"""Dates, times and figures as their readers know them: Gregorian, or Jalali with Persian digits."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from persiantools import digits
from persiantools.jdatetime import JalaliDate

from shared.i18n.language import Locale

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SOLAR = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip


def day_text(day: date, locale: Locale) -> str:
    """A day: `25 November 2026`, `2026年11月25日`, `۴ آذر ۱۴۰۵`."""
    if locale is Locale.FA:
        solar = JalaliDate(day)
        return number_text(f"{solar.day} {_SOLAR[solar.month - 1]} {solar.year}", locale)
    if locale is Locale.JA:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def day_number(day: date, locale: Locale) -> str:
    """A day by its number in the month of the readers' calendar: `25`, `۴`."""
    return number_text(JalaliDate(day).day if locale is Locale.FA else day.day, locale)


def time_text(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """An instant in a zone, to the minute: the day, then the time."""
    local = at.astimezone(zone)
    clock = number_text(f"{local:%H:%M}", locale)
    if locale is Locale.JA:
        return f"{day_text(local.date(), locale)} {clock}"
    return f"{day_text(local.date(), locale)}{'،' if locale is Locale.FA else ','} {clock}"


def month_of(day: date, locale: Locale) -> tuple[int, int]:
    """Year and month of a day in the calendar of its readers."""
    if locale is Locale.FA:
        solar = JalaliDate(day)
        return solar.year, solar.month
    return day.year, day.month


def month_text(year: int, month: int, locale: Locale) -> str:
    """A month: `November 2026`, `2026年11月`, `آذر ۱۴۰۵`."""
    if locale is Locale.FA:
        return number_text(f"{_SOLAR[month - 1]} {year}", locale)
    return f"{year}年{month}月" if locale is Locale.JA else f"{_MONTHS[month - 1]} {year}"


def first_day(year: int, month: int, locale: Locale) -> date:
    """The first day of a month of the readers' calendar, as a Gregorian date."""
    return JalaliDate(year, month, 1).to_gregorian() if locale is Locale.FA else date(year, month, 1)


def months_back(year: int, month: int, back: int) -> tuple[int, int]:
    """The month so many months earlier; years of both calendars have twelve."""
    years, rest = divmod(year * 12 + month - 1 - back, 12)
    return years, rest + 1


def number_text(text: str | int, locale: Locale) -> str:
    """Figures in the digits of the language."""
    return str(digits.en_to_fa(str(text))) if locale is Locale.FA else str(text)


def share_text(share: float, locale: Locale) -> str:
    """A share as per cent with up to two places; what is not whole never reads 100 %."""
    cut = int(share * 10_000 + 1e-6) / 100  # a share such as 0.57 is a little less as a float
    text = f"{cut:.2f}".rstrip("0").rstrip(".")
    return number_text(text.replace(".", "٫"), locale) + "٪" if locale is Locale.FA else f"{text}%"

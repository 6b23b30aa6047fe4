"""Drills that come again: a recurrence rule (RFC 5545), read in the wall clock of a time zone.

What is taken is bounded so that a rule always has a next time, and finding it is little work: no parts smaller than a
day, no days that most months lack, no parts that can contradict each other.
"""

from __future__ import annotations

import re
from datetime import datetime

from dateutil.rrule import rrulestr

from shared.clocks.wallclock import find_zone, instant, local
from shared.problem import invalid

LONGEST = 200
_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "COUNT", "UNTIL"})
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_DAY = re.compile(r"^([+-]?[1-4])?(MO|TU|WE|TH|FR|SA|SU)$")


def require_rule(rule: str) -> str:
    """The rule, without its name. Raises a 422 `Problem` with the reason for one that is not taken."""
    text = rule.strip().removeprefix("RRULE:").upper()
    parts = [part.partition("=") for part in text.split(";")]
    told = {name: value for name, _, value in parts}
    if len(text) > LONGEST or len(told) < len(parts) or not all(equals for _, equals, _ in parts):
        raise invalid("/rrule", "no recurrence rule, such as FREQ=MONTHLY;BYDAY=2TU")
    if unknown := told.keys() - _PARTS:
        raise invalid("/rrule", f"{', '.join(sorted(unknown))}: only {', '.join(sorted(_PARTS))} are taken")
    if fault := _fault_in(told):
        raise invalid("/rrule", fault)
    try:
        rrulestr(text, dtstart=datetime(2026, 1, 1))  # noqa: DTZ001 - a wall clock
    except (ValueError, TypeError) as error:
        raise invalid("/rrule", f"no recurrence rule: {error}") from None
    return text


def next_start(rule: str, first: datetime, after: datetime, time_zone: str) -> datetime | None:
    """When a drill that came `first` then comes again after `after`; None: it has come as often as it was to."""
    zone = find_zone(time_zone)
    if zone is None:
        return None
    following = rrulestr(rule, dtstart=local(first, zone), ignoretz=True).after(local(after, zone))
    return instant(following, zone) if following is not None else None


def _fault_in(told: dict[str, str]) -> str | None:
    """What a rule has that would make it come never, or hard to find."""
    frequency, interval = told.get("FREQ", ""), told.get("INTERVAL", "1")
    if frequency not in _FREQUENCIES:
        return f"FREQ is one of {', '.join(sorted(_FREQUENCIES))}"
    if not interval.isdigit() or not 1 <= int(interval) <= 100:
        return "INTERVAL is a number from 1 to 100"
    if interval != "1" and ("BYMONTH" in told or (frequency == "DAILY" and "BYDAY" in told)):
        return "an INTERVAL with these parts may never come"
    months = told.get("BYMONTH", "1").split(",")
    if not all(one.isdigit() and 1 <= int(one) <= 12 for one in months):
        return "BYMONTH is 1 to 12"
    days = told.get("BYDAY", "")
    if days and not all(map(_DAY.match, days.split(","))):
        return "BYDAY has days such as TU, 2TU or -1FR"
    if re.search(r"\d", days) and frequency not in ("MONTHLY", "YEARLY"):
        return "a number in BYDAY is for FREQ=MONTHLY or YEARLY"
    if "BYMONTHDAY" in told and (days or frequency not in ("MONTHLY", "YEARLY")):
        return "BYMONTHDAY is for FREQ=MONTHLY or YEARLY, and without BYDAY"
    numbers = told.get("BYMONTHDAY", "").split(",") if "BYMONTHDAY" in told else []
    if not all(re.fullmatch(r"-?\d{1,2}", one) and 1 <= abs(int(one)) <= 28 for one in numbers):
        return "BYMONTHDAY is 1 to 28, or -1 to -28 from the end"
    return None

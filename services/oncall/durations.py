"""How long something lasts, as people say it. Pure."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60))


def duration_text(span: timedelta) -> str:
    """The two largest units that a span has, to the minute: `26 minutes`, `1 hour and 5 minutes`, `2 days`."""
    left = round(max(span, timedelta()).total_seconds() / 60) * 60
    parts: list[str] = []
    for name, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {name}{'s' if count != 1 else ''}")
        elif parts:
            break
    return " and ".join(parts[:2]) or "less than a minute"

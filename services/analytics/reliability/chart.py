"""The reliability of services as one picture: a strip of days each, uptime, and what is left of the budget. Pure.

It stands alone in a document: no font, script or picture from elsewhere; colours for light and dark come with it (who
knows no `prefers-color-scheme` shows the light ones); names are text of any script, kept apart from what is beside it.
What is bad is also larger, not only of another colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from html import escape

from services.analytics.periods.period import Calendar, Period, name_day
from services.analytics.reliability.report import Day, ServiceReliability, Stretch

WIDTH, MARGIN, TOP, ROW = 960, 24, 84, 46
STRIP_X, STRIP_WIDTH, CELL_HEIGHT = 250, 460, 24
VALUES_X = STRIP_X + STRIP_WIDTH + 16
MOST_CELLS, MOST_ROWS, LONGEST_NAME = 92, 100, 28
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_FILLS = {
    "up": "#cfe8d8",
    "some": "#b26a00",
    "down": "#c62828",
    "rail": "#e3e7ec",
    "left": "#2e7d4f",
    "over": "#c62828",
}
"""In light; in dark those of the style."""
_STYLE = """\
text{font-family:system-ui,sans-serif;font-size:13px}
@media (prefers-color-scheme:dark){
.bg{fill:#14171c}.ink{fill:#e6e9ee}.soft{fill:#9aa4b2}.up{fill:#2f4a3c}.some{fill:#e0a33a}.down{fill:#ff6b5e}
.rail{fill:#2a2f38}.left{fill:#4caf7a}.over{fill:#ff6b5e}}
"""


def reliability_chart(
    services: Sequence[ServiceReliability], period: Period, stretch: Stretch, calendar: Calendar
) -> str:
    """The SVG document."""
    shown = services[:MOST_ROWS]
    height = TOP + ROW * max(len(shown), 1) + MARGIN
    first = name_day(period.start.astimezone(period.zone).date(), calendar)
    after = name_day(period.end.astimezone(period.zone).date(), calendar)
    heading = f"Reliability, {first} to {after} ({period.zone.key})"
    cells = _cells(stretch.days)
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(heading)}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="bg" width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(MARGIN, 36, heading, "ink", size=18, weight=600),
        _text(STRIP_X, 68, "each day; the taller, the more downtime" if cells else "nothing to show yet", "soft"),
        _text(VALUES_X, 68, "uptime / target, budget left", "soft"),
    ]
    for number, one in enumerate(shown):
        parts.append(_row(one, TOP + number * ROW, cells))
    if not shown:
        parts.append(_text(MARGIN, TOP + 20, "No services", "soft"))
    if len(services) > len(shown):
        parts.append(_text(MARGIN, height - 8, f"and {len(services) - len(shown)} more", "soft"))
    return "\n".join([*parts, "</svg>\n"])


def _row(one: ServiceReliability, top: int, cells: Sequence[tuple[int, int]]) -> str:
    service = one.service
    middle = top + 17
    parts = [_text(MARGIN, middle, _isolated(service.name or service.id), "ink", weight=600)]
    if service.team:
        parts.append(_text(MARGIN, middle + 16, _isolated(service.team), "soft", size=11))
    parts += _strip(one, top, cells)
    uptime = _percent(one.uptime) if one.uptime is not None else "-"
    promised = f" / {_percent(Fraction(repr(service.target)))}" if service.target is not None else ""
    parts.append(_text(VALUES_X, top + 14, uptime + promised, "ink", weight=600))
    if one.budget is not None:
        parts += _budget(one.budget.left_share, top)
    return "\n".join(parts)


def _strip(one: ServiceReliability, top: int, cells: Sequence[tuple[int, int]]) -> list[str]:
    if not cells:
        return []
    step = STRIP_WIDTH / len(cells)
    width = max(step - 1, 1.0)
    parts = []
    for number, (start, end) in enumerate(cells):
        share = one.downtime.within(start, end) / (end - start)
        x = STRIP_X + number * step
        parts.append(_rect(x, top, width, CELL_HEIGHT, "up"))
        if share:
            # a day that was down for a moment shows, too
            tall = max(5.0, CELL_HEIGHT * min(share * 8, 1.0))
            parts.append(_rect(x, top + CELL_HEIGHT - tall, width, tall, "down" if share > _BAD else "some"))
    return parts


_BAD = 0.02
"""A day with more downtime than this share of it, half an hour, is a bad one."""


def _budget(left: Fraction, top: int) -> list[str]:
    wide = WIDTH - MARGIN - VALUES_X
    filled = wide * float(min(max(left, Fraction(0)), Fraction(1)))
    parts = [_rect(VALUES_X, top + 21, wide, 5, "rail")]
    if left >= 0:
        parts.append(_rect(VALUES_X, top + 21, filled, 5, "left"))
    else:
        parts.append(_rect(VALUES_X, top + 21, wide, 5, "over"))
    parts.append(_text(VALUES_X, top + 38, f"{float(100 * left):.1f} % of the budget left", "soft", size=11))
    return parts


def _cells(days: Sequence[Day]) -> list[tuple[int, int]]:
    """The days, or as many equal runs of days as there is room for: [start, end) in milliseconds."""
    run = -(-len(days) // MOST_CELLS) if days else 1
    return [(some[0].start, some[-1].end) for at in range(0, len(days), run) if (some := days[at : at + run])]


def _percent(share: Fraction) -> str:
    """As many digits as it takes to tell it from 100 %, rounded down, so that what was missed never looks met."""
    digits = 4 if Fraction("0.9999") <= share < 1 else 3 if Fraction("0.999") <= share < 1 else 2
    return f"{int(share * 100 * 10**digits) / 10**digits:.{digits}f} %"


def _isolated(text: str) -> str:
    cut = text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "\u2026"
    return f"{_ISOLATE}{cut}{_END_OF_ISOLATE}"


def _text(x: float, y: float, text: str, kind: str, *, size: int = 13, weight: int = 400) -> str:
    fill = "#1b1f24" if kind == "ink" else "#5b6572"
    plain = "".join(one for one in text if one.isprintable() or one in (_ISOLATE, _END_OF_ISOLATE))
    return (
        f'<text class="{kind}" x="{x:g}" y="{y:g}" fill="{fill}" font-family="system-ui, sans-serif" '
        f'font-size="{size}" font-weight="{weight}" style="font-size:{size}px">{escape(plain)}</text>'
    )


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    fill = _FILLS[kind]
    return (
        f'<rect class="{kind}" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" rx="1" fill="{fill}"/>'
    )

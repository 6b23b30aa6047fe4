"""The chart of a review: incidents by day or week beside those of the time before, for readers of a language. Pure."""

from __future__ import annotations

from functools import partial

from shared.charts.bars import bar_chart
from shared.events.analytics.reviews import ReviewChart
from shared.i18n.calendars import day_number, number_text
from shared.i18n.language import Locale


def incident_bars(chart: ReviewChart, title: str, locale: Locale) -> str:
    """The bars as SVG, in the digits and by the days of the readers' calendar; empty where there is nothing to draw."""
    if not chart.labels:
        return ""
    labels = [day_number(day, locale) for day in chart.labels]
    return bar_chart(title, labels, chart.values, chart.previous, figure=partial(number_text, locale=locale))

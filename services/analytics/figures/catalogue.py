"""All figures, in the order in which they are shown: names, titles, formulas and what computes them. Pure.

`docs/metrics.md` is made from this list (`python -m services.analytics.figures.document`).
"""

from __future__ import annotations

from collections.abc import Mapping

from services.analytics.figures import measures
from services.analytics.figures.figure import Figure, FigureKind

FIGURES: tuple[Figure, ...] = (
    Figure(
        "incidents",
        FigureKind.TOTAL,
        ("Incidents", "インシデント数", "رخدادها"),
        "The incidents that were created in [from, to) and count: no drills, and what was merged into another one "
        "counts as that one. Imports count.",
        measures.every_incident,
    ),
    Figure(
        "time_to_page",
        FigureKind.DURATION,
        ("Time to page", "呼び出しまでの時間", "زمان تا خبر کردن"),
        "First page handed over - created. Pending: nobody was paged. Imports, which page nobody, are in neither.",
        measures.time_to_page,
    ),
    Figure(
        "time_to_acknowledge",
        FigureKind.DURATION,
        ("Time to acknowledge (MTTA)", "確認までの時間（MTTA）", "زمان تا تأیید (MTTA)"),
        "First acknowledgement - created. Pending: nobody acknowledged it, be it resolved or not.",
        measures.time_to_acknowledge,
    ),
    Figure(
        "time_to_resolve",
        FigureKind.DURATION,
        ("Time to resolve (MTTR)", "解決までの時間（MTTR）", "زمان تا حل (MTTR)"),
        "Resolved - created. Pending: it is open. After a reopening the last resolution counts.",
        measures.time_to_resolve,
    ),
    Figure(
        "alerts_per_incident",
        FigureKind.AVERAGE,
        ("Alerts per incident", "インシデントあたりのアラート数", "هشدار در هر رخداد"),
        "Alerts / incidents, of the incidents that have an alert.",
        measures.alerts_per_incident,
    ),
    Figure(
        "pages",
        FigureKind.TOTAL,
        ("Pages", "呼び出し数", "خبر کردن‌ها"),
        "Pages of these incidents that were handed over: each interrupted one person by one contact method. n: "
        "incidents with one.",
        measures.pages,
    ),
    Figure(
        "pages_at_night",
        FigureKind.TOTAL,
        ("Pages at night", "夜間の呼び出し", "خبر کردن در شب"),
        "Pages that were handed over from 22:00 to 07:00 by the clock of the person's own time zone. n: incidents with "
        "one.",
        measures.pages_at_night,
    ),
    Figure(
        "pages_at_weekends",
        FigureKind.TOTAL,
        ("Pages at weekends", "週末の呼び出し", "خبر کردن در آخر هفته"),
        "Pages that were handed over on a Saturday or Sunday of the person's own time zone. n: incidents with one.",
        measures.pages_at_weekends,
    ),
    Figure(
        "resolved_by_itself",
        FigureKind.SHARE,
        ("Resolved by itself", "自然に解決した割合", "خودبه‌خود حل شده"),
        "Incidents that ended because their alerts did / resolved incidents. Pending: it is open.",
        measures.resolved_by_itself,
    ),
    Figure(
        "failures",
        FigureKind.TOTAL,
        ("Failures", "障害数", "خرابی‌ها"),
        "Incidents of severity critical or high and of category failure, error, security or performance. None: what "
        "was opened for a forecast or by an alert about an error budget.",
        measures.failures,
    ),
    Figure(
        "recurrence_rate",
        FigureKind.SHARE,
        ("Recurrence rate", "再発率", "نرخ تکرار"),
        "Incidents whose cluster had one resolved in the 30 days before they were created / all.",
        measures.recurrence,
    ),
    Figure(
        "response_in_time",
        FigureKind.SHARE,
        ("Response in time", "応答目標の達成率", "پاسخ به‌موقع"),
        "Incidents whose response clock was met / those where it was met or breached. Pending: it runs. An import that "
        "is open has no clocks; after a reopening the first response counts.",
        measures.response_in_time,
    ),
    Figure(
        "resolution_in_time",
        FigureKind.SHARE,
        ("Resolution in time", "解決目標の達成率", "حل به‌موقع"),
        "Incidents whose resolution clock was met / those where it was met or breached. Pending: it runs. An import "
        "that is open has no clocks; after a reopening each resolution must be in time.",
        measures.resolution_in_time,
    ),
    Figure(
        "actions_in_time",
        FigureKind.SHARE,
        ("Action items in time", "期限内に完了したアクション", "اقدام‌های به‌موقع"),
        "Action items of these incidents that were done by the end of their due day / those that were done or whose "
        "day is over. Dropped ones are in neither. n: incidents with one. Pending: incidents that have only such as "
        "are not due yet.",
        measures.actions_in_time,
    ),
)
BY_NAME: Mapping[str, Figure] = {one.name: one for one in FIGURES}

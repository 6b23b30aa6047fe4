"""Trends as CSV (RFC 4180): a row a cluster, and a last one for what is in none. Pure."""

from __future__ import annotations

import csv
import io

from services.analytics.clusters.trends import Trends
from services.analytics.csv_table import harmless

_HEAD = (
    "cluster", "name", "count", "share", "trend", "previous_count", "previous_share", "cause", "fix", "prevention",
    "open_actions", "recurred_after_action", "examples", "runbook", "runbook_ended", "runbook_ran_for",
)  # fmt: skip


def trends_csv(trends: Trends) -> str:
    """The table. A text that a spreadsheet would compute has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    for one in trends.clusters:
        writer.writerow(
            [
                one.id,
                harmless(one.name),
                one.count,
                f"{one.share:.4f}",
                one.trend.value,
                one.previous_count,
                f"{one.previous_share:.4f}",
                *(harmless(told[0].text) if told else "" for told in (one.causes, one.fixes, one.preventions)),
                sum(action.state.is_open for action in one.actions),
                len({incident for recurrence in one.recurrences for incident in recurrence.incidents}),
                " ".join(example.id for example in one.examples),
                *(
                    (harmless(best.name), best.ended, best.ran_for)
                    if (best := next(iter(one.runbooks), None))
                    else ("", 0, 0)
                ),
            ]
        )
    share = trends.unclustered / trends.total if trends.total else 0.0
    writer.writerow(["", "(in no cluster)", trends.unclustered, f"{share:.4f}", *[""] * (len(_HEAD) - 4)])
    return out.getvalue()

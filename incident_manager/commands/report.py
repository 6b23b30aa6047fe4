"""`report`: MTTA, MTTR, MTBF, recurrence rate, statistics by category, impact by component of a period."""

from __future__ import annotations

import argparse
from typing import Any

from incident_manager.commandline.arguments import add_span, number_from
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.reporting.figures import Period, measure
from incident_manager.reporting.reading import LOOK_BACK, period_of, read_clusters, read_facts
from incident_manager.terminal.cells import duration, local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 20


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_span(parser, words)
    parser.add_argument("--days", type=number_from(words, "--days", 1), metavar="N", help=words("help.days"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    period = period_of(asked.begin, asked.end, asked.days)
    if period.start >= period.end:
        raise UsageError(run.words("usage.span"))
    start = period.start - LOOK_BACK
    clusters = read_clusters(run.gateway, start, period.end)
    figures = measure(read_facts(run.manager, start, period.end), period, clusters)
    if run.printer.wants_json:
        run.printer.json({"from": period.start.isoformat(), "to": period.end.isoformat(), **figures})
    else:
        tell(run, figures, period)
    return ExitCode.DONE


def tell(run: Run, figures: dict[str, Any], period: Period) -> None:
    """The figures as people read them."""
    words, printer = run.words, run.printer
    start, end = local_time(period.start.isoformat()), local_time(period.until.isoformat())
    printer.line(words("report.period", count=figures["incidents"], from_=start, to=end, open=figures["open"]))
    printer.line()
    headings = ("column.figure", "column.mean", "column.median", "column.p90", "column.count")
    rows = [
        (
            words(f"report.{name}"),
            *(duration(figures[name][one]) for one in ("mean_seconds", "median_seconds", "p90_seconds")),
            figures[name]["n"],
        )
        for name in ("mtta", "mttr")
    ]
    printer.table([Column(words(one), right=place > 0) for place, one in enumerate(headings)], rows)
    printer.line()
    if figures["failures"]:
        down, mtbf = duration(figures["downtime_seconds"]), duration(figures["mtbf_seconds"])
        printer.line(words("report.mtbf", mtbf=mtbf, failures=figures["failures"], downtime=down))
    else:
        printer.line(words("report.mtbf_none"))
    rate = "–" if figures["recurrence_rate"] is None else f"{figures['recurrence_rate']:.0%}"
    key = f"report.recurrence_by_{figures['recurrence_by']}"
    printer.line(words(key, rate=rate, recurred=figures["recurred"], count=figures["incidents"]))
    if figures["categories"]:
        _categories(run, figures["categories"])
    if figures["components"]:
        _components(run, figures["components"])


def _categories(run: Run, categories: list[dict[str, Any]]) -> None:
    run.printer.line()
    run.printer.line(run.words("report.categories"))
    headings = ("column.category", "column.count", "column.open", "column.share", "report.mttr")
    rows = [
        (one["category"], one["count"], one["open"], f"{one['share']:.0%}", duration(one["mttr"]["mean_seconds"]))
        for one in categories
    ]
    run.printer.table([Column(run.words(one), right=place > 0) for place, one in enumerate(headings)], rows)


def _components(run: Run, components: list[dict[str, Any]]) -> None:
    run.printer.line()
    run.printer.line(run.words("report.components"))
    names = ("component", "count", "failures", "downtime", "share", "mtbf")
    rows = [
        (
            one["component"],
            one["incidents"],
            one["failures"],
            duration(one["downtime_seconds"]),
            f"{one['share']:.0%}",
            duration(one["mtbf_seconds"]),
        )
        for one in components
    ]
    run.printer.table([Column(run.words(f"column.{one}"), right=place > 0) for place, one in enumerate(names)], rows)


COMMAND = Command("report", _arguments, _run)

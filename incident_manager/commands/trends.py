"""`trends`: which kinds of incidents there were in a time, with their share, and how that changed."""

from __future__ import annotations

import argparse
from typing import Any

from incident_manager.commandline.arguments import add_span, rfc3339
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 41
PATH = "/analytics/trends"


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--month", metavar="YYYY-MM", help=words("help.month"))
    add_span(parser, words)
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--calendar", choices=("gregorian", "persian"), help=words("help.calendar"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    calendar = asked.calendar if asked.calendar != "gregorian" else None
    found = run.gateway.must_know(
        PATH, month=asked.month, service_id=asked.service, calendar=calendar,
        **{"from": rfc3339(asked.begin), "to": rfc3339(asked.end)},
    )  # fmt: skip
    printer, words = run.printer, run.words
    if printer.wants_json:
        printer.json(found)
        return ExitCode.DONE
    if printer.is_quiet:
        for one in found["clusters"]:
            printer.line(one["name"])
        return ExitCode.DONE
    columns = [
        Column(words("column.share"), right=True), Column(words("column.count"), right=True),
        Column(words("column.trend"), right=True), Column(words("column.name"), may_shrink=True),
    ]  # fmt: skip
    rows = [(f"{one['share']:.0%}", one["count"], trend_of(one.get("trend")), one["name"]) for one in found["clusters"]]
    if rows:
        printer.table(columns, rows)
    printer.line(words("trends.counts", total=found["total"], rest=found.get("unclustered", 0)))
    return ExitCode.DONE


def trend_of(trend: Any) -> str:
    """The change against the period before, whatever the gateway tells it by."""
    if isinstance(trend, dict):
        trend = trend.get("change", trend.get("direction", ""))
    if isinstance(trend, int | float) and not isinstance(trend, bool):
        return f"{trend:+.0%}" if isinstance(trend, float) else f"{trend:+d}"
    return str(trend or "")


COMMAND = Command("trends", _arguments, _run)

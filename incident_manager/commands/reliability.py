"""`reliability`: uptime of services in a quarter or another time, beside their targets and error budgets."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from incident_manager.commandline.arguments import add_span, rfc3339
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 42
PATH = "/reports/reliability"


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--quarter", metavar="YYYYQN", help=words("help.quarter"))
    parser.add_argument("--month", metavar="YYYY-MM", help=words("help.month"))
    add_span(parser, words)
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--calendar", choices=("gregorian", "persian"), help=words("help.calendar"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    found = run.gateway.must_know(
        PATH, quarter=asked.quarter, month=asked.month, service_id=asked.service, calendar=asked.calendar,
        **{"from": rfc3339(asked.begin), "to": rfc3339(asked.end)},
    )  # fmt: skip
    printer, words = run.printer, run.words
    if printer.wants_json:
        printer.json(found)
        return ExitCode.DONE
    services = found["services"]
    if printer.is_quiet:
        for one in services:
            if one["slo"] is not None and one["slo"]["met"] is False:
                printer.line(one["service_id"])
        return ExitCode.DONE
    names = ("uptime", "target", "down", "left", "burn")
    columns = [
        Column(words("column.service"), may_shrink=True),
        *(Column(words(f"column.{name}"), right=True) for name in names),
        Column(words("column.longest"), may_shrink=True),
    ]
    if services:
        printer.table(columns, [row_of(one) for one in services])
    printer.line(
        words(
            "reliability.counts",
            start=local_time(found["start"]),
            end=local_time(found["counted_until"]),
            met=found["met"],
            missed=found["missed"],
        )
    )
    return ExitCode.DONE


def row_of(service: Mapping[str, Any]) -> tuple[str, ...]:
    """One service as a row of the table; a dash where nothing was promised."""
    slo, budget = service["slo"], service["budget"]
    longest = next((one for one in service["spent_by"] if one["incident_id"] is not None), None)
    return (
        service["name"],
        percent(service["uptime"]),
        percent(slo["target"]) if slo is not None else "–",
        duration(service["downtime_seconds"]),
        f"{budget['left_share']:.1%}" if budget is not None else "–",
        f"{service['burn_rate']:.2f}" if service["burn_rate"] is not None else "–",
        f"{longest['incident_id']} {longest['title']}" if longest is not None else "",
    )


def percent(share: float | None) -> str:
    """A share with so many digits that what was missed does not look met."""
    if share is None:
        return "–"
    return f"{int(share * 1_000_000 + 1e-6) / 10_000:.4f}".rstrip("0").rstrip(".") + "%"


def duration(seconds: float) -> str:
    """`1:02:03`; days are hours."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


COMMAND = Command("reliability", _arguments, _run)

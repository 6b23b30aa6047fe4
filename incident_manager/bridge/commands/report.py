"""`report`: imported errors and all other incidents in one report, over all time unless a span is said."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta

from incident_manager.bridge.combined_report import Combination
from incident_manager.commandline.arguments import add_span, rfc3339
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.commands.report import tell
from incident_manager.terminal.printer import Column

ORDER = 20
MOST_TYPES = 20


def _run(run: Run, asked: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    combination = Combination()
    for incident in run.manager.list_incidents(from_=rfc3339(asked.begin), to=rfc3339(asked.end)):
        combination.add(incident)
    figures, period = combination.figures(asked.begin, asked.end or now + timedelta(seconds=1), now)
    printer, words = run.printer, run.words
    if printer.wants_json:
        printer.json({"from": period.start.isoformat(), "to": period.end.isoformat(), **figures})
        return ExitCode.DONE
    tell(run, figures, period)
    printer.line()
    own = figures["incidents"] - figures["imported"]
    printer.line(words("bridge.combined", imported=figures["imported"], open=figures["imported_open"], own=own))
    if figures["error_types"]:
        printer.line()
        rows = [(one["error_type"], one["count"]) for one in figures["error_types"][:MOST_TYPES]]
        printer.table([Column(words("column.error_type")), Column(words("column.count"), right=True)], rows)
    if figures["months"]:
        printer.line()
        months = [(one["month"], one["imported"], one["own"]) for one in figures["months"]]
        headings = ("column.month", "column.imported", "column.own")
        printer.table([Column(words(one), right=place > 0) for place, one in enumerate(headings)], months)
    return ExitCode.DONE


COMMAND = Command("report", add_span, _run)

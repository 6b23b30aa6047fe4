"""`check`: that nothing is missing or contradicts itself; exit code 0 when all holds. Nothing is repaired."""

from __future__ import annotations

import argparse

from incident_manager.bridge.comparison import Findings, check_incidents, compare_months
from incident_manager.bridge.reading import read_errors, read_ids, read_incidents
from incident_manager.bridge.source import add_source, source_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 30
MOST_NOTES = 20


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_source(parser, words)
    parser.add_argument("--strict", action="store_true", help=words("help.strict"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    source, gateway, findings = source_of(asked, run.environ), run.gateway, Findings()
    services, users = read_ids(gateway, "/services"), read_ids(gateway, "/users")
    found = check_incidents(read_incidents(gateway), services, users, findings)
    if source is not None:
        compare_months(read_errors(source, asked.encoding), found, findings)
    if asked.strict:
        findings.wrong += findings.notes
        findings.notes = []
    if run.printer.wants_json:
        run.printer.json(findings.as_json())
    else:
        tell(run, findings)
    return ExitCode.INCOMPLETE if findings.wrong else ExitCode.DONE


def tell(run: Run, findings: Findings) -> None:
    """The findings as people read them."""
    printer, words = run.printer, run.words
    for subject, detail in findings.wrong:
        printer.line(words("check.wrong", subject=subject, detail=detail))
    if printer.is_quiet:
        return
    for subject, detail in findings.notes[:MOST_NOTES]:
        printer.say(words("check.note", subject=subject, detail=detail))
    if len(findings.notes) > MOST_NOTES:
        printer.say(words("check.more_notes", count=len(findings.notes) - MOST_NOTES))
    if findings.months:
        columns = [Column(words("column.month")), Column(words("column.source"), right=True)]
        rows = [(one["month"], one["source"], one["there"]) for one in findings.months]
        printer.table([*columns, Column(words("column.there"), right=True)], rows)
    key = "check.fails" if findings.wrong else "check.holds"
    counts = {"incidents": findings.incidents, "errors": findings.errors}
    printer.line(words(key, **counts, findings=len(findings.wrong)))


COMMAND = Command("check", _arguments, _run)

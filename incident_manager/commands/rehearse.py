"""`rehearse`: who would be paged, over what and when, should this alert come then. Nothing is sent or stored."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from incident_manager.commandline.arguments import RATINGS, rfc3339, time_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 33


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--title", help=words("help.rehearsed_title"))
    parser.add_argument("--severity", choices=RATINGS, help=words("help.severity"))
    parser.add_argument("--file", metavar="FILE", help=words("help.alert_file"))
    parser.add_argument("--source", metavar="ID", help=words("help.source"))
    parser.add_argument("--integration", metavar="ID", help=words("help.integration"))
    parser.add_argument("--incident", metavar="ID", help=words("help.past_incident"))
    parser.add_argument("--at", metavar="TIME", type=time_of(words, "--at"), help=words("help.at"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    words, printer = run.words, run.printer
    body = {
        "alert": alert_of(asked, words),
        "incident": asked.incident,
        "source": asked.source,
        "integration_id": asked.integration,
        "at": rfc3339(asked.at),
    }
    found = run.gateway.post("/rehearsals", {name: value for name, value in body.items() if value is not None})
    if printer.wants_json:
        printer.json(found)
    elif printer.is_quiet:
        for user in dict.fromkeys(one["user_id"] for one in found["pages"]):
            printer.line(user)
    else:
        tell(run, found)
    return ExitCode.DONE


def alert_of(asked: argparse.Namespace, words: Words) -> Any:
    """The alert: what the file holds, or one made of the options; None for an incident."""
    if sum(one is not None for one in (asked.file, asked.service, asked.incident)) != 1:
        raise UsageError(words("rehearse.what"))
    if asked.incident is not None:
        return None
    if asked.file is None:
        told = {"title": asked.title or "rehearsal", "service": asked.service, "severity": asked.severity}
        return {name: value for name, value in told.items() if value is not None}
    try:
        text = sys.stdin.read() if asked.file == "-" else Path(asked.file).read_text(encoding="utf-8-sig")
        return json.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(words("rehearse.unreadable", file=asked.file, reason=error)) from error


def tell(run: Run, found: dict[str, Any]) -> None:
    """What becomes of the alerts, then of each incident, and its pages."""
    words, printer = run.words, run.printer
    for one in found["alerts"]:
        printer.line(f"{one['title']}: {one['sentence']}")
    for place, one in enumerate(found["incidents"]):
        name = one["incident_id"] or words("rehearse.new")
        if one["withheld"]:
            printer.line(words("rehearse.withheld", incident=name, service=one["service_id"] or "-"))
            continue
        pages = [page for page in found["pages"] if page["incident"] == place]
        said = words(
            "rehearse.incident", incident=name, service=one["service_id"] or "-", severity=one["severity"],
            policy=one["policy_id"] or one["policy_reason"] or "-", count=len(pages), ends=one["ends"] or "-",
        )  # fmt: skip
        printer.line(said)
        columns = [
            Column(words("column.after"), right=True), Column(words("column.step"), right=True),
            Column(words("column.whom")), Column(words("column.channel")), Column(words("column.why"), may_shrink=True),
        ]  # fmt: skip
        rows = [
            (
                span_of(page["after_seconds"]),
                f"{page['step']}.{page['round']}",
                page["user_id"],
                page["channel"],
                page["why"],
            )
            for page in pages
        ]
        if rows:
            printer.table(columns, rows)
    for change in found["changes"]:
        printer.line(change["sentence"])
    if not found["complete"]:
        printer.say(words("rehearse.cut"))


def span_of(seconds: int) -> str:
    """Hours, minutes and seconds: `0:05:00`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


COMMAND = Command("rehearse", _arguments, _run)

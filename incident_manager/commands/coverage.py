"""`coverage`: who would be woken first by a critical alert of each service, hour by hour, and when nobody would be."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from incident_manager.commandline.arguments import add_span, rfc3339
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 31


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_span(parser, words)
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--holes", action="store_true", help=words("help.holes"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    words, printer = run.words, run.printer
    rows = run.gateway.pages("/on-call/coverage", **{"from": rfc3339(asked.begin), "to": rfc3339(asked.end)})
    found = [one for one in rows if asked.service in (None, one["service_id"]) and (one["holes"] or not asked.holes)]
    if printer.wants_json:
        printer.json(found)
        return ExitCode.DONE
    if printer.is_quiet:
        for one in found:
            printer.line(one["service_id"])
        return ExitCode.DONE
    columns = [
        Column(words("column.service")), Column(words("column.start")), Column(words("column.end")),
        Column(words("column.whom"), may_shrink=True),
    ]  # fmt: skip
    lines = [line for one in found for line in (holes_of(one, words) if asked.holes else shifts_of(one, words))]
    if lines:
        printer.table(columns, lines)
    else:
        printer.say(words("coverage.none"))
    return ExitCode.DONE


def holes_of(row: dict[str, Any], words: Words) -> Iterator[tuple[str, str, str, str]]:
    """The times in which nobody would be woken."""
    for one in row["holes"]:
        yield row["service_id"], local_time(one["start"]), local_time(one["end"]), words("coverage.nobody")


def shifts_of(row: dict[str, Any], words: Words) -> Iterator[tuple[str, str, str, str]]:
    """The hours, those that follow each other with the same people as one line."""
    start, end, said = None, None, ""
    for one in row["hours"]:
        who = whom_of(one, words)
        if who != said:
            if start is not None:
                yield row["service_id"], local_time(start), local_time(end), said
            start, said = one["start"], who
        end = one["end"]
    if start is not None:
        yield row["service_id"], local_time(start), local_time(end), said


def whom_of(hour: dict[str, Any], words: Words) -> str:
    """Who would be woken, and what took over where the service's own policy has nobody."""
    users = ", ".join(hour["users"]) or words("coverage.nobody")
    took_over = hour.get("took_over")
    return words("coverage.took_over", users=users, why=took_over) if took_over else users


COMMAND = Command("coverage", _arguments, _run)

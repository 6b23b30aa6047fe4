"""`on-call`: who is on call now, schedule by schedule, or at a time by one schedule."""

from __future__ import annotations

import argparse

from incident_manager.client.gateway import segment
from incident_manager.commandline.arguments import rfc3339, time_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 30


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--schedule", metavar="ID", help=words("help.schedule"))
    parser.add_argument("--at", metavar="TIME", type=time_of(words, "--at"), help=words("help.at"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    printer, words = run.printer, run.words
    if asked.schedule is not None:
        found = run.gateway.get(f"/schedules/{segment(asked.schedule)}/on-call", at=rfc3339(asked.at))
        if printer.wants_json:
            printer.json(found)
        else:
            for user in found["users"]:
                printer.line(user)
            if not found["users"]:
                printer.say(words("on_call.nobody"))
        return ExitCode.DONE
    if asked.at is not None:
        raise UsageError(words("usage.required", what="--schedule"))
    everywhere = run.gateway.pages("/on-call")
    if printer.wants_json:
        printer.json_list(everywhere)
    elif printer.is_quiet:
        for user in sorted({user for one in everywhere for user in one["users"]}):
            printer.line(user)
    else:
        columns = [Column(words("column.schedule")), Column(words("column.team")), Column(words("column.on_call"))]
        rows = [
            (one["name"], one.get("team"), ", ".join(one["users"]) or words("on_call.nobody")) for one in everywhere
        ]
        printer.table(columns, rows)
    return ExitCode.DONE


COMMAND = Command("on-call", _arguments, _run)

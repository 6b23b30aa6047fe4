"""`timeline`: what happened in an incident, the oldest first; with `--add` a line is written."""

from __future__ import annotations

import argparse

from incident_manager.commandline.arguments import add_id, id_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 16


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_id(parser, words)
    parser.add_argument("--add", metavar="TEXT", help=words("help.add"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    printer, words = run.printer, run.words
    if asked.add is not None:
        entry = run.manager.add_note(id_of(asked), asked.add)
        if printer.wants_json:
            printer.json(entry)
        elif printer.is_quiet:
            printer.line(entry["id"])
        return ExitCode.DONE
    entries = run.manager.timeline(id_of(asked))
    if printer.wants_json:
        printer.json_list(entries)
        return ExitCode.DONE
    if printer.is_quiet:
        for one in entries:
            printer.line(one["id"])
        return ExitCode.DONE
    columns = [Column(words("column.time")), Column(words("column.kind")), Column(words("column.author"))]
    rows = [(local_time(one["at"], seconds=True), one["kind"], one["author"], one["text"]) for one in entries]
    printer.table([*columns, Column(words("column.text"))], rows)
    return ExitCode.DONE


COMMAND = Command("timeline", _arguments, _run)

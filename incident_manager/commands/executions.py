"""`executions`: runs of runbooks, one of them, and what people answer them with."""

from __future__ import annotations

import argparse

from incident_manager.client.gateway import segment
from incident_manager.commandline.contract import Command
from incident_manager.commandline.executions import show_execution
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 45
PATH = "/executions"
ANSWERS = ("approve", "reject", "cancel", "retry")
STATES = ("running", "waiting", "succeeded", "failed", "cancelled")


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("execution", nargs="?", metavar="EXECUTION", help=words("help.execution"))
    parser.add_argument("--incident", metavar="ID", help=words("help.executions_incident"))
    parser.add_argument("--runbook", metavar="ID", help=words("help.executions_runbook"))
    parser.add_argument("--state", choices=STATES, help=words("help.executions_state"))
    parser.add_argument("--limit", type=int, default=50, metavar="N", help=words("help.limit"))
    answers = parser.add_mutually_exclusive_group()
    for answer in ANSWERS:
        answers.add_argument(f"--{answer}", action="store_true", help=words(f"help.executions_{answer}"))
    answers.add_argument("--done", type=int, metavar="STEP", help=words("help.executions_done"))
    parser.add_argument("--note", metavar="TEXT", default="", help=words("help.executions_note"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    path = address_of(asked)
    if asked.execution is None:
        if path is not None:
            raise UsageError(run.words("usage.required", what="EXECUTION"))
        return _list(run, asked)
    if path is None:
        show_execution(run, run.gateway.get(f"{PATH}/{segment(asked.execution)}"))
    else:
        show_execution(run, run.gateway.post(path, {"note": asked.note}))
    return ExitCode.DONE


def address_of(asked: argparse.Namespace) -> str | None:
    """Where the answer goes that was asked for; None where none was."""
    below = f"{PATH}/{segment(asked.execution)}" if asked.execution is not None else PATH
    if asked.done is not None:
        return f"{below}/steps/{asked.done}/complete"
    said = next((answer for answer in ANSWERS if getattr(asked, answer)), None)
    return f"{below}/{said}" if said is not None else None


def _list(run: Run, asked: argparse.Namespace) -> int:
    printer, words = run.printer, run.words
    pages = run.gateway.pages(PATH, incident_id=asked.incident, runbook_id=asked.runbook, state=asked.state)
    found = [one for _, one in zip(range(asked.limit), pages, strict=False)]
    if printer.wants_json:
        printer.json_list(found)
    elif printer.is_quiet:
        for one in found:
            printer.line(one["id"])
    else:
        columns = [Column(words(f"column.{name}")) for name in ("id", "created", "state", "incident", "runbook")]
        names = ("state", "incident_id", "runbook_id", "detail")
        rows = [(one["id"], local_time(one["created_at"]), *(one[name] for name in names)) for one in found]
        printer.table([*columns, Column(words("column.detail"), may_shrink=True)], rows)
    return ExitCode.DONE


COMMAND = Command("executions", _arguments, _run)

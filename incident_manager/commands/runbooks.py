"""`runbooks`: which there are, what one does, and running one for an incident, or seeing what that would do."""

from __future__ import annotations

import argparse
from typing import Any

from incident_manager.client.errors import BadInput
from incident_manager.client.gateway import segment
from incident_manager.commandline.contract import Command
from incident_manager.commandline.executions import show_execution, wait_for_end
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 44
PATH = "/runbooks"
ACTIONS = ("list", "show", "run", "examples")


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("action", choices=ACTIONS, help=words("help.runbook_action"))
    parser.add_argument("runbook", nargs="?", metavar="RUNBOOK", help=words("help.runbook"))
    parser.add_argument("--incident", metavar="ID", help=words("help.runbook_incident"))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=words("help.runbook_set"))
    parser.add_argument("--dry-run", action="store_true", help=words("help.runbook_dry_run"))
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help=words("help.runbook_wait"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    if asked.action == "list":
        return _list(run)
    if asked.action == "examples":
        return _examples(run, asked.runbook)
    if asked.runbook is None:
        raise UsageError(run.words("usage.required", what="RUNBOOK"))
    return _show(run, asked.runbook) if asked.action == "show" else _start(run, asked)


def _list(run: Run) -> int:
    printer, words, found = run.printer, run.words, run.gateway.pages(PATH)
    if printer.wants_json:
        printer.json_list(found)
    elif printer.is_quiet:
        for one in found:
            printer.line(one["id"])
    else:
        columns = [Column(words(key)) for key in ("column.id", "column.team", "column.steps", "column.starts")]
        starts = {True: words("runbooks.by_itself"), False: ""}
        rows = [
            (one["id"], one.get("team"), len(one["steps"]), starts[bool(one["triggers"])], one["name"]) for one in found
        ]
        printer.table([*columns, Column(words("column.name"), may_shrink=True)], rows)
    return ExitCode.DONE


def _show(run: Run, runbook: str) -> int:
    printer = run.printer
    if not printer.wants_json and not printer.is_quiet:
        printer.verbatim(b"".join(run.gateway.pieces(f"{PATH}/{segment(runbook)}.yaml", "application/yaml")).decode())
        return ExitCode.DONE
    found = run.gateway.get(f"{PATH}/{segment(runbook)}")
    if printer.wants_json:
        printer.json(found)
    else:
        printer.line(found["id"])
    return ExitCode.DONE


def _examples(run: Run, wanted: str | None) -> int:
    """Those that come with Tocsin: a list, or one as the file that it is."""
    printer, words = run.printer, run.words
    found = list(run.gateway.pages(f"{PATH}/examples"))
    if wanted is not None:
        found = [one for one in found if one["id"] == wanted]
        if not found:
            raise BadInput(words("runbooks.no_example", id=wanted))
    if printer.wants_json:
        printer.json_list(found)
    elif printer.is_quiet:
        for one in found:
            printer.line(one["id"])
    elif wanted is not None:
        printer.verbatim(found[0]["yaml"])
    else:
        columns = [Column(words("column.id")), Column(words("column.name"), may_shrink=True)]
        printer.table(columns, [(one["id"], one["name"]) for one in found])
    return ExitCode.DONE


def _start(run: Run, asked: argparse.Namespace) -> int:
    if asked.incident is None:
        raise UsageError(run.words("usage.required", what="--incident"))
    body: dict[str, Any] = {
        "runbook_id": asked.runbook,
        "parameters": parameters_of(asked.set),
        "dry_run": asked.dry_run,
    }
    execution = run.gateway.post(f"/incidents/{segment(asked.incident)}/run-action", body)
    if asked.wait > 0 and not asked.dry_run:
        execution = wait_for_end(run.gateway, execution, asked.wait)
    show_execution(run, execution)
    return ExitCode.FAILED if execution["state"] in ("failed", "cancelled") else ExitCode.DONE


def parameters_of(said: list[str]) -> dict[str, str]:
    """`NAME=VALUE`, each. Raises `BadInput` for anything else."""
    found: dict[str, str] = {}
    for one in said:
        name, is_said, value = one.partition("=")
        if not is_said or not name:
            raise BadInput(f"--set {one!r} is not NAME=VALUE.")
        found[name] = value
    return found


COMMAND = Command("runbooks", _arguments, _run)

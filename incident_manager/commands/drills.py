"""`drills`: the drills there are; begins one, shows one with its score, prints its report, or stops it."""

from __future__ import annotations

import argparse
from typing import Any

from incident_manager.client.gateway import segment
from incident_manager.commandline.arguments import RATINGS, number_from, rfc3339, time_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 34
REPORT = "text/markdown"


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("id", nargs="?", metavar="ID", help=words("help.drill"))
    parser.add_argument("--start", metavar="SCENARIO", help=words("help.drills_start"))
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--name", help=words("help.drills_name"))
    parser.add_argument("--severity", choices=RATINGS, help=words("help.severity"))
    parser.add_argument("--at", metavar="TIME", type=time_of(words, "--at"), help=words("help.drills_at"))
    parser.add_argument("--rrule", metavar="RULE", help=words("help.drills_rrule"))
    parser.add_argument(
        "--ack-within", type=number_from(words, "--ack-within", 1), metavar="SECONDS", help=words("help.drills_ack")
    )
    parser.add_argument("--run-runbooks", action="store_true", help=words("help.drills_runbooks"))
    parser.add_argument("--cancel", action="store_true", help=words("help.drills_cancel"))
    parser.add_argument("--report", action="store_true", help=words("help.drills_report"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    words, printer = run.words, run.printer
    if asked.start is not None:
        begin(run, asked)
    elif asked.id is None:
        if asked.cancel or asked.report:
            raise UsageError(words("drills.what"))
        show_all(run)
    elif asked.report:
        pieces = run.gateway.pieces(f"/drills/{segment(asked.id)}.md", REPORT)
        printer.verbatim(b"".join(pieces).decode("utf-8", "replace"))
    elif asked.cancel:
        stopped = run.gateway.post(f"/drills/{segment(asked.id)}/cancel")
        show(run, stopped, words("drills.stopped", id=stopped["id"], state=stopped["state"]))
    else:
        found = run.gateway.get(f"/drills/{segment(asked.id)}")
        if printer.wants_json or printer.is_quiet:
            show(run, found, "")
        else:
            table(run, [found])
    return ExitCode.DONE


def begin(run: Run, asked: argparse.Namespace) -> None:
    """Plan it; standard output is its id alone."""
    scenario: Any = {"incident": asked.start} if asked.start.upper().startswith("INC-") else asked.start
    body = {
        "name": asked.name or asked.start,
        "scenario": scenario,
        "service_id": asked.service,
        "severity": asked.severity,
        "starts_at": rfc3339(asked.at),
        "rrule": asked.rrule,
        "run_runbooks": asked.run_runbooks or None,
        "expected": {"ack_within_seconds": asked.ack_within} if asked.ack_within else None,
    }
    made = run.gateway.post("/drills", {name: value for name, value in body.items() if value is not None})
    at = local_time(made["starts_at"])
    if run.printer.wants_json:
        run.printer.json(made)
        return
    run.printer.line(made["id"])
    run.printer.say(run.words("drills.made", id=made["id"], state=made["state"], at=at))


def show(run: Run, drill: dict[str, Any], said: str) -> None:
    """One drill as a value, with a remark."""
    if run.printer.wants_json:
        run.printer.json(drill)
    else:
        run.printer.line(drill["id"])
        if said:
            run.printer.say(said)


def show_all(run: Run) -> None:
    """All of them, those that begin last first."""
    drills = run.gateway.pages("/drills")
    if run.printer.wants_json:
        run.printer.json_list(drills)
    elif run.printer.is_quiet:
        for one in drills:
            run.printer.line(one["id"])
    else:
        table(run, list(drills))


def table(run: Run, drills: list[dict[str, Any]]) -> None:
    """Drills as a table."""
    words = run.words
    headings = ("column.id", "column.state", "column.time", "column.service", "column.met")
    columns = [*(Column(words(one)) for one in headings), Column(words("column.title"), may_shrink=True)]
    rows = [
        (
            one["id"],
            one["state"],
            local_time(one["starts_at"]),
            one["service_id"],
            met_of(one, words),
            one["name"],
        )
        for one in drills
    ]
    if rows:
        run.printer.table(columns, rows)
    else:
        run.printer.say(words("drills.none"))


def met_of(drill: dict[str, Any], words: Words) -> str:
    """Whether it went as expected, once that is known."""
    met = (drill.get("score") or {}).get("met")
    return "-" if met is None else words("drills.yes" if met else "drills.no")


COMMAND = Command("drills", _arguments, _run)

"""`stale`: what was forgotten, and the one thing to do about each. Who did not answer is said."""

from __future__ import annotations

import argparse
from typing import Any

from incident_manager.commandline.contract import Command, no_arguments
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column

ORDER = 35
PATH = "/incidents/stale"


def _run(run: Run, _: argparse.Namespace) -> int:
    words, printer = run.words, run.printer
    items, unanswered = read_all(run)
    if printer.wants_json:
        printer.json({"items": items, "unanswered": unanswered})
    elif printer.is_quiet:
        for one in items:
            printer.line(one["subject"])
    elif items:
        headings = ("column.since", "column.kind", "column.subject", "column.owner")
        columns = [*(Column(words(one)) for one in headings), Column(words("column.action"), may_shrink=True)]
        rows = [
            (local_time(one["since"]), one["kind"], one["subject"], one["owner"] or one["team"], one["action"])
            for one in items
        ]
        printer.table(columns, rows)
    else:
        printer.say(words("stale.none"))
    if unanswered:
        printer.complain(words("stale.unanswered", services=", ".join(unanswered)))
    return ExitCode.INCOMPLETE if unanswered else ExitCode.DONE


def read_all(run: Run) -> tuple[list[dict[str, Any]], list[str]]:
    """Everything, and the services that did not answer."""
    items: list[dict[str, Any]] = []
    unanswered: dict[str, None] = {}
    cursor: str | None = None
    while True:
        page = run.gateway.must_know(PATH, limit=200, cursor=cursor)
        items += page["items"]
        unanswered |= dict.fromkeys(page["unanswered"])
        cursor = page["next_cursor"]
        if not cursor:
            return items, list(unanswered)


COMMAND = Command("stale", no_arguments, _run)

"""`page-me-test`: pages one person by all of their own rules, and tells what became of each attempt.

It is a drill that pages this person alone: every message says that it is one, and no figure has it. Who shows a key of
their own may page themselves with it; to page somebody else takes a manager's. It is stopped at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from typing import Any

from incident_manager.client.errors import Conflict
from incident_manager.client.gateway import segment
from incident_manager.commandline.arguments import number_from
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 32
LOOK_SECONDS = 0.5


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--user", metavar="ID", help=words("help.user"))
    parser.add_argument("--urgency", choices=("high", "low"), default="high", help=words("help.urgency"))
    parser.add_argument(
        "--wait", type=number_from(words, "--wait", 1), default=60, metavar="SECONDS", help=words("help.wait")
    )


def _run(run: Run, asked: argparse.Namespace) -> int:
    words, printer = run.words, run.printer
    user = asked.user or run.settings.user or run.gateway.get("/session").get("user_id")
    if not user:
        raise UsageError(words("page_test.none"))
    drill = begin(run, user, asked.urgency)
    printer.say(words("page_test.begun", id=drill, user=user, urgency=asked.urgency))
    pages: list[dict[str, Any]] = []
    try:
        pages = wait_for_pages(run, drill, asked.wait)
    finally:
        end(run, drill)
    tell(run, drill, pages, asked.wait)
    return ExitCode.DONE if any(one.get("state") in ("sent", "delivered") for one in pages) else ExitCode.FAILED


def begin(run: Run, user: str, urgency: str) -> str:
    """The id of a drill that pages this person alone, begun now."""
    title = run.words("page_test.title", user=user)
    made = run.gateway.post(
        "/drills",
        {
            "name": title[:200],
            "scenario": {"name": "page-me-test", "alerts": [{"title": title, "severity": "low"}]},
            "pages": {"user_ids": [user], "urgency": urgency},
        },
    )
    return str(made["id"])


def wait_for_pages(run: Run, drill: str, seconds: int) -> list[dict[str, Any]]:
    """What became of the pages once each has an outcome, or somebody acknowledged, or the time is over."""
    until = time.monotonic() + seconds
    while True:
        found = run.gateway.get(f"/drills/{segment(drill)}")
        pages: list[dict[str, Any]] = found["pages"]
        ended = [one for one in pages if one.get("state") not in ("queued", None)]
        is_answered = any(one["acknowledged_at"] or not one["is_open"] for one in found["incidents"])
        if time.monotonic() >= until or is_answered or (pages and len(ended) == len(pages)):
            return pages
        time.sleep(LOOK_SECONDS)


def end(run: Run, drill: str) -> None:
    """Stop it, unless it is over."""
    with contextlib.suppress(Conflict):
        run.gateway.post(f"/drills/{segment(drill)}/cancel")


def tell(run: Run, id_: str, pages: list[dict[str, Any]], seconds: int) -> None:
    """The attempts."""
    words, printer = run.words, run.printer
    if printer.wants_json:
        printer.json({"id": id_, "pages": pages})
    elif printer.is_quiet:
        printer.line(id_)
    elif not pages:
        printer.complain(words("page_test.silent", seconds=seconds))
    else:
        headings = ("column.time", "column.channel", "column.state", "column.detail")
        rows = [
            (
                local_time(one.get("at") or one.get("requested_at"), seconds=True),
                one.get("channel"),
                one.get("state"),
                one.get("detail"),
            )
            for one in pages
        ]
        printer.table([Column(words(one)) for one in headings], rows)


COMMAND = Command("page-me-test", _arguments, _run)

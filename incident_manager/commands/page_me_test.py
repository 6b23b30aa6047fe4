"""`page-me-test`: pages one person by all of their own rules, and tells what became of each attempt.

It is a real incident of the category request and the priority low on a service of its own, `page-me-test-<user>`,
whose policy has this person alone; both are made the first time, which a manager's key may do. It is resolved at the
end.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from incident_manager.client.errors import Conflict, NotFound
from incident_manager.client.gateway import Gateway, segment
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
ENDED = frozenset({"resolved", "closed"})


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
    service = prepare(run.gateway, user, asked.urgency)
    title = words("page_test.title", user=user)
    incident = run.manager.create(
        {"title": title, "category": "request", "priority": "low", "severity": "low", "service_id": service}
    )
    printer.say(words("page_test.begun", id=incident["id"], user=user, urgency=asked.urgency))
    try:
        pages = wait_for_pages(run, incident["id"], asked.wait)
    finally:
        if run.manager.get_incident(incident["id"])["status"] not in ENDED:
            run.manager.resolve_incident(incident["id"], root_cause="page-me-test")
    tell(run, incident["id"], pages, asked.wait)
    return ExitCode.DONE if any(one.get("state") in ("sent", "delivered") for one in pages) else ExitCode.FAILED


def prepare(gateway: Gateway, user: str, urgency: str) -> str:
    """The service whose incidents page this person alone, made when it is not there; returns its id."""
    gateway.get(f"/users/{segment(user)}")
    name = f"page-me-test-{user}"[:100]
    step = {"targets": [{"type": "user", "id": user}], "timeout_seconds": 300}
    _make(gateway, "/escalation-policies", {"id": name, "name": name, "steps": [step]})
    _make(gateway, "/services", {"id": name, "name": name, "escalation_policy_id": name, "urgency": urgency})
    service = gateway.get(f"/services/{segment(name)}")
    if service.get("urgency") != urgency:
        gateway.write("PATCH", f"/services/{segment(name)}", {"urgency": urgency})
    return name


def _make(gateway: Gateway, path: str, body: dict[str, Any]) -> None:
    try:
        gateway.get(f"{path}/{segment(body['id'])}")
    except NotFound:
        try:
            gateway.post(path, body)
        except Conflict:
            return


def wait_for_pages(run: Run, id_: str, seconds: int) -> list[dict[str, Any]]:
    """What became of the pages once each has an outcome, or somebody acknowledged, or the time is over."""
    until = time.monotonic() + seconds
    while True:
        pages = list(run.gateway.pages(f"/incidents/{segment(id_)}/pages"))
        ended = [one for one in pages if one.get("state") not in ("queued", None)]
        is_over = time.monotonic() >= until or run.manager.get_incident(id_)["status"] != "triggered"
        if is_over or (pages and len(ended) == len(pages)):
            return pages
        time.sleep(LOOK_SECONDS)


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

"""`search`: has this happened before, and what ended it?"""

from __future__ import annotations

import argparse
from typing import Any

from incident_manager.commandline.arguments import add_span, number_from, rfc3339
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words

ORDER = 40
PATH = "/knowledge-base/search"
KINDS = ("incident", "postmortem", "action", "pattern", "runbook")


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("words", nargs="+", metavar="WORD", help=words("help.question"))
    parser.add_argument("--kind", choices=KINDS, help=words("help.kind"))
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    add_span(parser, words)
    parser.add_argument(
        "--limit", type=number_from(words, "--limit", 1), default=10, metavar="N", help=words("help.limit")
    )


def _run(run: Run, asked: argparse.Namespace) -> int:
    found = run.gateway.must_know(
        PATH, q=" ".join(asked.words), kind=asked.kind, service_id=asked.service, limit=min(asked.limit, 200),
        **{"from": rfc3339(asked.begin), "to": rfc3339(asked.end)},
    )  # fmt: skip
    printer = run.printer
    if printer.wants_json:
        printer.json(found)
        return ExitCode.DONE
    for one in found["items"]:
        if printer.is_quiet:
            printer.line(one["id"])
        else:
            tell(run, one)
    if not found["items"]:
        printer.say(run.words("search.none"))
    return ExitCode.DONE


def tell(run: Run, one: dict[str, Any]) -> None:
    """One result: what it is, what ended it, why it was found."""
    run.printer.line(f"{one['id']}  [{one['kind']}]  {one['title']}")
    told = (
        ("search.solution", one.get("solution")),
        ("search.excerpt", excerpt_of(one.get("excerpt"))),
        ("search.reason", one.get("reason")),
    )
    for key, text in told:
        if text:
            run.printer.block(f"  {run.words(key)}: {text}")


def excerpt_of(pieces: object) -> str:
    """The excerpt with what is marked in brackets; a terminal's own marks would be lost in a pipe."""
    if not isinstance(pieces, list):
        return str(pieces or "")
    return "".join(f"[{one['text']}]" if one.get("marked") else str(one["text"]) for one in pieces)


COMMAND = Command("search", _arguments, _run)

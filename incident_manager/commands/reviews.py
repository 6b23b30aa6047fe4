"""`reviews`: what the week, the month and the quarter were, as a list, or one as Markdown in the reader's language."""

from __future__ import annotations

import argparse
from datetime import date, timedelta

from incident_manager.client.gateway import segment
from incident_manager.commandline.arguments import number_from
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 43
PATH = "/reviews"
KINDS = ("weekly", "monthly", "quarterly")
MARKDOWN = "text/markdown"


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("id", nargs="?", metavar="REVIEW", help=words("help.review_id"))
    parser.add_argument("--kind", choices=KINDS, help=words("help.review_kind"))
    parser.add_argument(
        "--limit", type=number_from(words, "--limit", 1), default=10, metavar="N", help=words("help.limit")
    )


def _run(run: Run, asked: argparse.Namespace) -> int:
    return _list(run, asked) if asked.id is None else _show(run, asked.id)


def _list(run: Run, asked: argparse.Namespace) -> int:
    words, printer = run.words, run.printer
    found = run.gateway.must_know(PATH, kind=asked.kind, limit=min(asked.limit, 200))
    if printer.wants_json:
        printer.json(found)
    elif printer.is_quiet:
        for one in found["items"]:
            printer.line(one["id"])
    elif found["items"]:
        columns = [Column(words(one)) for one in ("column.review", "column.start", "column.end", "column.made")]
        rows = [
            (
                one["id"],
                one["start"],
                str(date.fromisoformat(one["end"]) - timedelta(days=1)),
                local_time(one["made_at"]),
            )
            for one in found["items"]
        ]
        printer.table(columns, rows)
    else:
        printer.say(words("reviews.none"))
    return ExitCode.DONE


def _last_day(end: str) -> str:
    return str(date.fromisoformat(end) - timedelta(days=1))


def _show(run: Run, id_: str) -> int:
    if run.printer.wants_json:
        run.printer.json(run.gateway.get(f"{PATH}/{segment(id_)}"))
        return ExitCode.DONE
    pieces = run.gateway.pieces(f"{PATH}/{segment(id_)}.md?lang={run.words.language}", MARKDOWN)
    run.printer.verbatim(b"".join(pieces).decode("utf-8", "replace"))
    return ExitCode.DONE


COMMAND = Command("reviews", _arguments, _run)

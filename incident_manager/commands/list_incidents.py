"""`list`: incidents, the newest first, ids never shortened. Imported open ones only with `--imported`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from incident_manager.commandline.arguments import CATEGORIES, RATINGS, add_span, number_from, rfc3339
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 11
ENDED = frozenset({"resolved", "closed"})


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--status", default="open", help=words("help.status"))
    parser.add_argument("--category", choices=CATEGORIES, help=words("help.category"))
    parser.add_argument("--priority", choices=RATINGS, help=words("help.priority"))
    parser.add_argument("--severity", choices=RATINGS, help=words("help.severity"))
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--component", metavar="NAME", help=words("help.component"))
    parser.add_argument("--words", metavar="TEXT", help=words("help.words"))
    add_span(parser, words)
    parser.add_argument("--limit", type=number_from(words, "--limit", 1), metavar="N", help=words("help.limit"))
    parser.add_argument("--imported", action="store_true", help=words("help.imported"))
    parser.add_argument("--drills", action="store_true", help=words("help.only_drills"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    found = islice(wanted(find(run, asked), asked), asked.limit)
    if run.printer.wants_json:
        run.printer.json_list(found)
        return ExitCode.DONE
    if run.printer.is_quiet:
        for one in found:
            run.printer.line(one["id"])
        return ExitCode.DONE
    show(run, found)
    return ExitCode.DONE


def find(run: Run, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The incidents that the gateway's filters find."""
    parts = ["investigating" if one.strip() == "in_progress" else one.strip() for one in asked.status.split(",")]
    limit = min(asked.limit, 200) if asked.limit and not asked.component else 200
    only_open = not {"all", *ENDED}.intersection(parts)
    return run.manager.list_incidents(
        status="" if "all" in parts else ",".join(parts),
        category=asked.category,
        priority=asked.priority,
        severity=asked.severity,
        service_id=asked.service,
        q=asked.words,
        from_=rfc3339(asked.begin),
        to=rfc3339(asked.end),
        drill="true" if asked.drills else None,
        imported="false" if only_open and not asked.imported else None,
        limit=limit,
    )


def wanted(found: Iterable[dict[str, Any]], asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Those of them that the gateway has no filter for."""
    for one in found:
        if one.get("imported") and one.get("status") not in ENDED and not asked.imported:
            continue
        names = {one.get("service_id"), one.get("service_name"), *one.get("affected_components", [])}
        if asked.component is None or asked.component in names:
            yield one


def show(run: Run, found: Iterable[dict[str, Any]]) -> None:
    """Incidents as a table."""
    words = run.words
    columns = [
        Column(words("column.id")),
        Column(words("column.status")),
        Column(words("column.priority")),
        Column(words("column.category")),
        Column(words("column.created")),
        Column(words("column.service"), may_shrink=True),
        Column(words("column.assignees"), may_shrink=True),
        Column(words("column.title"), may_shrink=True),
    ]
    rows = [
        (
            one["id"],
            one["status"],
            one["priority"],
            one["category"],
            local_time(one["created_at"]),
            one.get("service_name") or one.get("service_id") or ", ".join(one.get("affected_components", [])),
            ", ".join(one.get("assignees", [])),
            one["title"],
        )
        for one in found
    ]
    if not rows:
        run.printer.say(words("list.none"))
        return
    run.printer.table(columns, rows)


COMMAND = Command("list", _arguments, _run)

"""`analyze`: what happens again and again, why, and what ended it.

The patterns are those of the knowledge base. Where the gateway does not know them yet they are the clusters of its
trends, and where it knows neither they are made here from lists of incidents, by equal titles, and that is said.
"""

from __future__ import annotations

import argparse
from typing import Any

from incident_manager.client.errors import RouteMissing
from incident_manager.commandline.arguments import number_from, rfc3339
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.reporting.patterns import find_patterns
from incident_manager.reporting.reading import TRENDS, period_of, read_facts
from incident_manager.terminal.cells import local_time
from incident_manager.texts.words import Words

ORDER = 21
DAYS = 90


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument(
        "--days", type=number_from(words, "--days", 1), default=DAYS, metavar="N", help=words("help.days")
    )


def _run(run: Run, asked: argparse.Namespace) -> int:
    found = read_patterns(run, asked.days)
    if run.printer.wants_json:
        run.printer.json(found)
        return ExitCode.DONE
    if found["source"] == "titles":
        run.printer.say(run.words("analyze.by_title", days=asked.days))
    for pattern in found["patterns"]:
        tell(run, pattern)
    if not found["patterns"]:
        run.printer.line(run.words("analyze.none"))
    return ExitCode.DONE


def read_patterns(run: Run, days: int) -> dict[str, Any]:
    """The patterns and where they are from."""
    gateway, period = run.gateway, period_of(None, None, days)
    try:
        known = gateway.must_know("/knowledge-base/patterns", limit=200)
        return {"source": "knowledge_base", "patterns": known.get("items", [])}
    except RouteMissing:
        pass
    try:
        span = {"from": rfc3339(period.start), "to": rfc3339(period.end)}
        trends = gateway.must_know(TRENDS, **span)
        return {"source": "trends", "days": days, "patterns": trends["clusters"]}
    except RouteMissing:
        return {"source": "titles", "days": days} | find_patterns(read_facts(run.manager, period.start, period.end))


def tell(run: Run, pattern: dict[str, Any]) -> None:
    """One pattern in a few lines."""
    words, printer = run.words, run.printer
    name = pattern.get("name") or pattern.get("pattern") or pattern.get("title") or pattern.get("id")
    category = pattern.get("category")
    printer.line(f"{name}" + (f"  [{category}]" if category else ""))
    share = pattern.get("share")
    examples = pattern.get("examples") or [{}]
    newest = examples[0].get("created_at") if isinstance(examples[0], dict) else None
    frequency = pattern.get("frequency")
    often = frequency if isinstance(frequency, dict) else {"count": frequency}
    seen = words(
        "analyze.seen",
        count=pattern.get("count") or often.get("count"),
        share="–" if share is None else f"{share:.0%}",
        last=local_time(pattern.get("last_at") or often.get("last_seen") or newest or "–"),
    )
    printer.block(f"  {seen}")
    for key, heading in (
        ("components", "show.components"),
        ("causes", "analyze.causes"),
        ("fixes", "analyze.fixes"),
        ("prevention", "analyze.prevention"),
        ("preventions", "analyze.prevention"),
    ):
        texts = [str(one.get("text", one)) if isinstance(one, dict) else str(one) for one in pattern.get(key) or []]
        if texts:
            printer.block(f"  {words(heading)}: {'; '.join(texts)}")
    runbooks = [words("analyze.runbook", **one) for one in pattern.get("runbooks") or [] if isinstance(one, dict)]
    if runbooks:
        printer.block(f"  {words('analyze.runbooks')}: {'; '.join(runbooks)}")
    printer.line()


COMMAND = Command("analyze", _arguments, _run)

"""What `import` and `migrate` share: rows go to the gateway under a progress bar, and each one's fate is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.history.rows import read_rows
from incident_manager.history.sending import Tally, Translate, send
from incident_manager.terminal.progress import ProgressBar

MOST_NOTES = 10
"""Kinds of notes that are told; `--json` has each row's."""


def bring_in(run: Run, path: Path, translate: Translate, *, encoding: str | None, may_be_csv: bool) -> int:
    """Send all rows of a file and tell what became of them, also where it ends early; returns the exit code."""
    tally = Tally()
    with _told_at_the_end(run, tally), ProgressBar(path.stat().st_size, is_wanted=not run.printer.is_quiet) as bar:
        rows = read_rows(path, encoding=encoding, may_be_csv=may_be_csv)
        send(run.gateway, rows, translate, tally, lambda tally, at: bar.advance(at, tally.read))
    return ExitCode.INCOMPLETE if tally.rejected else ExitCode.DONE


@contextmanager
def _told_at_the_end(run: Run, tally: Tally) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if tally.read:
            tell(run, tally)
            run.printer.say(run.words("transfer.go_on"))
        raise
    tell(run, tally)


def tell(run: Run, tally: Tally) -> None:
    """How many rows were read, imported, already there and refused, and each refused one with its line and reason."""
    printer, words = run.printer, run.words
    if printer.wants_json:
        printer.json(tally.as_json())
        return
    for one in tally.rejected:
        named = f" ({one.id})" if one.id else ""
        printer.line(words("transfer.rejected", line=one.line, id=named, reason=one.reason))
    if printer.is_quiet:
        return
    for notes, count in Counter(one.reason for one in tally.noted).most_common(MOST_NOTES):
        printer.say(words("transfer.noted", count=count, notes=notes))
    counts = {"read": tally.read, "imported": tally.imported, "there": tally.already_there}
    printer.line(words("transfer.counts", **counts, rejected=len(tally.rejected)))

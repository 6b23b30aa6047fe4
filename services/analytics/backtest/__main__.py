"""`python -m services.analytics.backtest FILE`: how exactly crossings were foretold, beside a straight line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from services.analytics.backtest import comparison, recording
from services.analytics.backtest.comparison import Row, sum_up, try_out
from services.analytics.backtest.recording import BadRecording, read

HEADERS = ("kind", "series", "cuts", "median error", "line's", "ratio", "foretold", "in interval")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the table was printed, 2 when the file can't be read."""
    parser = argparse.ArgumentParser(
        prog="python -m services.analytics.backtest",
        description=f"{__doc__}\n\n{comparison.__doc__}",
        epilog=f"The file: {recording.__doc__}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="JSON lines, a JSON list or CSV; - for standard input")
    asked = parser.parse_args(arguments)
    try:
        text = sys.stdin.read() if asked.file == "-" else Path(asked.file).read_text(encoding="utf-8")
        recordings = read(text)
    except (OSError, UnicodeDecodeError, BadRecording) as error:
        sys.stderr.write(f"{asked.file} can't be read: {error}\n")
        return 2
    sys.stdout.write(table(sum_up((one, try_out(one)) for one in recordings)))
    return 0


def table(rows: Sequence[Row]) -> str:
    """The rows as text, errors in seconds."""
    cells = [HEADERS, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(HEADERS))]
    lines = [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in cells)
    ]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.kind,
        str(row.series),
        str(row.trials),
        f"{row.ours:.0f} s",
        f"{row.line:.0f} s",
        f"{row.ratio:.2f}",
        f"{row.said:.0%}",
        f"{row.within:.0%}",
    )


if __name__ == "__main__":
    sys.exit(main())

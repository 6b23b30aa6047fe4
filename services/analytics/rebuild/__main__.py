"""`make rebuild-analytics`: exit code 0 when all is made anew, 1 when not, with the reason."""

from __future__ import annotations

import asyncio
import sys

from pymongo.errors import PyMongoError

from services.analytics.rebuild.progress import Progress, draw_bar
from services.analytics.rebuild.rebuilder import NotAnswered, rebuild
from shared.settings import Settings


def show(progress: Progress) -> None:
    """One line that is written over on a terminal, a line each elsewhere."""
    sys.stderr.write(f"\r{draw_bar(progress)}" if sys.stderr.isatty() else f"{draw_bar(progress)}\n")
    sys.stderr.flush()


def main() -> int:
    """Rebuild, and say what became of it."""
    try:
        count = asyncio.run(rebuild(Settings(), show))
    except (NotAnswered, ConnectionError, TimeoutError, PyMongoError) as error:
        sys.stderr.write(f"\nNot everything is there again, run it again: {error}\n")
        return 1
    sys.stderr.write("\n" if sys.stderr.isatty() else "")
    sys.stdout.write(f"{count} facts were read; analytics answers from them.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

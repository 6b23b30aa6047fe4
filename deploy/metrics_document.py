"""`python -m deploy.metrics_document` writes the list of all figures in `docs/metrics.md` from their catalogue."""

from __future__ import annotations

import sys
from pathlib import Path

from services.analytics.figures.document import renew_document

DOCUMENT = Path("docs/metrics.md")


def main() -> int:
    """Write the document anew."""
    DOCUMENT.write_text(renew_document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

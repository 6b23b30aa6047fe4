"""The list of all figures in `docs/metrics.md`, made from the catalogue. Pure.

`python -m deploy.metrics_document` writes it. What stands above the marker is written by people.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.analytics.figures.catalogue import FIGURES

MARKER = "<!-- made from services/analytics/figures/catalogue.py: edit that, and `make docs` -->"


def renew_document(document: str) -> str:
    """The document with its made part anew. Raises `ValueError` for one without the marker."""
    written, marker, _ = document.partition(MARKER)
    if not marker:
        raise ValueError("the marker is missing")
    return f"{written}{MARKER}\n\n" + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "| figure | | unit | formula |"
    yield "| --- | --- | --- | --- |"
    for one in FIGURES:
        yield f"| `{one.name}` | {' · '.join(one.titles)} | {one.unit} | {one.formula} |"

"""The page of figures says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.analytics.figures.catalogue import FIGURES
from services.analytics.figures.document import MARKER, renew_document
from services.analytics.figures.grouping import FigureGroupBy

PAGE = Path(__file__).parents[4] / "docs" / "metrics.md"


def test_the_page_of_figures_is_what_the_catalogue_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert renew_document(page) == page, "run `make docs`"
    assert all(f"| `{one.name}` |" in page and one.formula in page for one in FIGURES)


def test_it_names_all_that_figures_can_be_told_apart_by() -> None:
    written = PAGE.read_text(encoding="utf-8").partition(MARKER)[0]
    assert all(f"`{by.value}`" in written for by in FigureGroupBy)


def test_a_page_without_the_marker_is_not_written_over() -> None:
    with pytest.raises(ValueError, match="marker"):
        renew_document("# Something else\n")

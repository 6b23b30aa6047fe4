from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.analytics.csv_table import write_csv


def test_cells_are_written_so_that_nothing_is_computed() -> None:
    at = datetime(2026, 10, 1, tzinfo=UTC)
    assert write_csv(["a", "b"], [["x,y", None], ["=1+1", -2.5], [at, 3]]) == (
        'a,b\r\n"x,y",\r\n\'=1+1,-2.5\r\n2026-10-01T00:00:00Z,3\r\n'
    )


@pytest.mark.parametrize("text", ["=a", "+a", "-a", "@a", "\ta", "\ra"])
def test_what_a_spreadsheet_would_compute_has_an_apostrophe_before_it(text: str) -> None:
    assert f"'{text}" in write_csv(["a"], [[text]])

from __future__ import annotations

from datetime import timedelta

import pytest

from services.analytics.rebuild.progress import WIDTH, Progress, draw_bar, share_of_time
from shared.testing.story import BEGAN


@pytest.mark.parametrize("share, full", [(0.0, 0), (0.5, WIDTH // 2), (1.0, WIDTH), (1.7, WIDTH), (-1.0, 0)])
def test_the_bar_is_as_full_as_the_share_says(share: float, full: int) -> None:
    line = draw_bar(Progress("log", share, 12_345_678))
    assert len(line) < 80
    assert f"[{'#' * full}{'-' * (WIDTH - full)}]" in line


def test_the_share_is_that_of_the_time_since_the_first_event() -> None:
    now = BEGAN + timedelta(hours=4)
    assert share_of_time(BEGAN, BEGAN + timedelta(hours=1), now) == 0.25
    assert share_of_time(BEGAN, now + timedelta(hours=1), now) == 1.0
    assert share_of_time(now, now, now) == 1.0

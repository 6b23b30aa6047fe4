"""The backtest: what files it reads, what it compares, and that forecasts are as good as was promised."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.forecast_series import generate
from services.analytics.backtest.__main__ import main
from services.analytics.backtest.comparison import find_crossing, straight_line, sum_up, try_out
from services.analytics.backtest.recording import BadRecording, read
from services.analytics.forecast.series import Series
from shared.vocabulary import LimitKind

pytestmark = pytest.mark.unit

BEGAN = 1_790_000_000.0


def line(**members: object) -> str:
    points = [[BEGAN + 60 * place, 50 + place / 5] for place in range(240)]
    return json.dumps({"host": "db-1", "metric": "memory", "limit": 90, "points": points, **members})


@pytest.mark.timeout(180)
def test_forecasts_beat_a_straight_line_on_resets_and_seasons_and_equal_it_on_lines() -> None:
    text = b"\n".join(one.to_line(place) for place, one in enumerate(generate(seed=20261130, each=12))).decode()
    rows = {row.kind: row for row in sum_up((one, try_out(one)) for one in read(text))}
    print(rows)
    assert rows["line"].ratio <= 1.05
    assert rows["reset"].ratio <= 0.5
    assert rows["season"].ratio <= 0.5
    assert min(row.said for row in rows.values()) >= 0.9
    assert min(row.within for row in rows.values()) >= 0.7


def test_series_are_the_same_for_the_same_seed() -> None:
    one, other = (b"".join(series.to_line(0) for series in generate(seed=7, each=1)) for _ in range(2))
    assert one == other


def test_a_file_may_be_lines_a_list_or_csv() -> None:
    csv_rows = "\n".join(f"{BEGAN + 60 * place},{50 + place / 5},90,memory" for place in range(240))
    for text in (line(), f"[{line()}]", f"at,value,limit,metric\n{csv_rows}\n"):
        (found,) = read(text)
        assert (len(found.at), found.limit, found.limit_kind) == (240, 90.0, LimitKind.UPPER)
        # 40 are missing at 0.2 a minute
        assert [round(one.ours) for one in try_out(found)] == [0, 0, 0]


def test_times_may_be_words() -> None:
    (found,) = read('{"limit": 1, "points": [["2026-11-30T12:00:00Z", 1]]}')
    assert found.at.tolist() == [1_796_040_000.0]


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param('{"limit": 1, "points": [["soon", 1]]}', "line 1: points/0/0 is no time", id="no time"),
        pytest.param('{"limit": "x", "points": []}', "line 1: limit is no number", id="no limit"),
        pytest.param('{"limit": 1}', "points is no list", id="no points"),
        pytest.param('{"limit": 1, "limit_kind": "middle", "points": []}', "limit_kind", id="no kind of limit"),
        pytest.param("{nonsense", "line 1 is no JSON", id="no JSON"),
        pytest.param("a,b\n1,2\n", "the column at, limit, value", id="no such columns"),
        pytest.param("at,value,limit\n1,x,2\n", "line 2: value is no number", id="no value"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, says: str) -> None:
    with pytest.raises(BadRecording, match=says):
        read(text)


def test_the_truth_is_where_the_median_of_five_is_there() -> None:
    at, values = np.arange(20.0), np.arange(20.0)
    values[3] = 100.0
    assert find_crossing(Series(at, values), 10.5, LimitKind.UPPER) == 10.5
    assert find_crossing(Series(at, -values), -10.5, LimitKind.LOWER) == 10.5
    assert find_crossing(Series(at, values), 50.0, LimitKind.UPPER) is None


def test_a_straight_line_is_numpys() -> None:
    at = np.arange(10.0)
    values = np.array([1.0, 3, 2, 5, 4, 6, 8, 7, 9, 11])
    slope, start = np.polyfit(at, values, 1)
    assert straight_line(at, values, 20.0, 9.0) == pytest.approx((20 - start) / slope)
    assert straight_line(at, -values, 20.0, 9.0) is None


def test_it_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "series.jsonl"
    file.write_text(line(kind="line") + "\n", encoding="utf-8")
    assert main([str(file)]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["kind", "series", "cuts"]
    assert row.split()[:3] == ["line", "1", "3"]
    assert main([str(tmp_path / "none")]) == 2
    assert "can't be read" in capsys.readouterr().err

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from incident_manager.terminal.cells import cell, clean, duration, local_time, pad, shorten


@pytest.mark.parametrize(
    "text, shown",
    [
        pytest.param("a\x1b[2Jb", "a\ufffd[2Jb", id="an escape sequence"),
        pytest.param("a\x9b2Jb", "a\ufffd2Jb", id="its 8-bit form"),
        pytest.param("a\r\nb", "a  b", id="line ends"),
        pytest.param("a\u202eb\u2066c", "abc", id="what turns the line around"),
        pytest.param("a\ud800", "a\ufffd", id="half a surrogate pair"),
        pytest.param("می\u200cرود", "می\u200cرود", id="a half-space"),
        pytest.param("RabbitMQ接続エラー", "RabbitMQ接続エラー", id="Japanese"),
    ],
)
def test_nothing_in_a_text_moves_the_cursor_or_turns_the_line(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_text_that_runs_from_right_to_left_stands_between_isolates_in_a_terminal() -> None:
    assert cell("قطع شد", isolate=True) == "\u2068قطع شد\u2069"
    assert cell("قطع شد", isolate=False) == "قطع شد"
    assert cell("db", isolate=True) == "db"


@given(st.text(max_size=40), st.integers(min_value=1, max_value=30), st.booleans())
def test_every_cell_has_the_width_that_is_asked_for(text: str, width: int, isolate: bool) -> None:
    shown = pad(shorten(cell(text, isolate=isolate), width), width)
    assert cell_len(shown) == width
    assert shown.count("\u2068") == shown.count("\u2069")
    assert not any(unicodedata.category(one) in ("Cc", "Cs") for one in shown)


@pytest.mark.parametrize(
    "seconds, text",
    [
        pytest.param(None, "–", id="none"),
        pytest.param(0, "0s", id="nothing"),
        pytest.param(59.6, "1m", id="rounded"),
        pytest.param(3_900, "1h 5m", id="two units"),
        pytest.param(3_601, "1h", id="the next unit alone counts"),
        pytest.param(90_000, "1d 1h", id="days"),
        pytest.param(-60, "-1m", id="before"),
    ],
)
def test_lengths_of_time_have_their_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_no_time_stays_as_it_is() -> None:
    assert local_time("soon") == "soon"
    assert local_time(None) == ""

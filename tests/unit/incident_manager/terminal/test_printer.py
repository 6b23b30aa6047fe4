import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from incident_manager.terminal.json_text import json_text
from incident_manager.terminal.printer import Column, Printer, fit


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(rows: list[list[str]], out: io.StringIO) -> list[str]:
    printer = Printer(out, io.StringIO(), has_colour=False)
    printer.table([Column("ID"), Column("TITLE", may_shrink=True), Column("N", right=True)], rows)
    return out.getvalue().splitlines()


ROWS = [["INC-1", "接続エラー", "1"], ["INC-12345", "قطع شد", "20"], ["INC-3", "plain", "300"]]


@pytest.mark.parametrize("out", [io.StringIO, Terminal], ids=["a pipe", "a terminal"])
def test_columns_stand_right_with_wide_and_right_to_left_text(out: type[io.StringIO]) -> None:
    assert {cell_len(line) for line in shown(ROWS, out())} == {cell_len("INC-12345  接続エラー  300")}


def test_in_a_pipe_nothing_is_cut() -> None:
    assert shown([["INC-1", "x" * 500, "1"]], io.StringIO())[1].split()[1] == "x" * 500


def test_ids_are_never_cut_in_a_terminal() -> None:
    lines = shown([["INC-20261129-0001", "x" * 500, "1"]], Terminal())
    assert lines[1].startswith("INC-20261129-0001  ")
    assert "…" in lines[1]


@given(
    st.lists(st.integers(min_value=1, max_value=200), min_size=1, max_size=8), st.integers(min_value=20, max_value=200)
)
def test_columns_that_may_shrink_give_way_until_all_fit_or_are_narrow(widths: list[int], room: int) -> None:
    found = fit(widths, [Column(str(i), may_shrink=True) for i in range(len(widths))], room)
    assert sum(found) + 2 * (len(found) - 1) <= room or max(found) <= 12


def test_json_holds_no_raw_control_character_and_reads_back() -> None:
    value = {"title": "接続 \x1b[2J \x9b \u2028 قطع"}
    text = json_text(value)
    assert "接続" in text
    assert not set(text) & set("\x1b\x9b\u2028")
    assert json.loads(text) == value
    assert "\ud800" not in json_text({"x": "\ud800"})


def test_a_list_is_written_item_by_item_and_is_json() -> None:
    for values in ([], [1], [{"a": [1, 2]}, {"b": None}]):
        out = io.StringIO()
        Printer(out, io.StringIO()).json_list(values)
        assert json.loads(out.getvalue()) == values


def test_remarks_go_to_standard_error_and_not_where_only_the_result_is_wanted() -> None:
    out, err = io.StringIO(), io.StringIO()
    Printer(out, err).say("three")
    Printer(out, err, is_quiet=True).say("two")
    Printer(out, err, wants_json=True).say("one")
    assert (out.getvalue(), err.getvalue()) == ("", "three\n")

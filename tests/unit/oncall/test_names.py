"""Names are one line of text; what an older version took is shown all the same."""

from __future__ import annotations

import pytest

from services.oncall.directory.people import Team
from services.oncall.names import name_faults, on_one_line
from tests.unit.oncall.schedule_builders import make_layer, make_schedule


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "\x00", "a\u2028b", " ", "\t", "a\x85b"])
def test_what_is_no_line_of_text_is_refused_where_it_is_given(name: str) -> None:
    assert [pointer for pointer, _ in name_faults(None, Team(name=name))] == ["/name"]
    assert name_faults(Team(name=name), Team(name=name)) == [], "an old one holds back no other edit"
    layered = make_schedule(make_layer("a"), make_layer("b", name=name))
    assert [pointer for pointer, _ in name_faults(None, layered)] == ["/layers/1/name"]
    assert len(on_one_line(f"{name}x").splitlines()) == 1


@pytest.mark.parametrize("name", ["Zahlung, nachts", "شیفت شب", "夜勤　チーム", "a"])
def test_names_in_any_language_are_taken(name: str) -> None:
    assert name_faults(None, Team(name=name)) == []
    assert on_one_line(name) == name

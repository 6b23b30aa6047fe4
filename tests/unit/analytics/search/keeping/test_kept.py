"""An entry comes out of the index as it was put in, with the places of its terms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.search.entry import MAX_TEXT, Entry, EntryKind, analyse
from services.analytics.search.keeping.kept import Kept, read_kept, write_order, write_places, write_shown
from services.analytics.words.terms import terms_of

pytestmark = pytest.mark.unit

ENTRY = Entry(
    "INC-1",
    EntryKind.INCIDENT,
    "Connection  pool\nexhausted",
    solution="Restarted it\nRaised the limit",
    texts=["on payments", "", "接続できない " * 900],
    names=["INC-1", "shop"],
    service_id="shop",
    team="web",
    at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    alert_keys=["k1"],
    is_over=False,
)


def kept(entry: Entry) -> Kept:
    terms = analyse(entry)
    return read_kept(write_order(entry, terms), write_shown(entry), write_places(terms))


def test_people_see_the_title_and_the_solution_as_they_were_written() -> None:
    found = kept(ENTRY)
    assert found.key == "incident:INC-1"
    assert (found.entry.title, found.entry.solution) == (ENTRY.title, ENTRY.solution)
    assert (found.entry.at, found.entry.team, found.entry.is_over) == (ENTRY.at, "web", False)
    assert found.terms.has("shop")


def test_each_passage_has_its_own_terms_in_their_places() -> None:
    passages = kept(ENTRY).passages
    assert [one.text for one in passages[:3]] == [
        "Connection pool exhausted",
        "Restarted it Raised the limit",
        "on payments",
    ]
    assert sum(len(one.text) for one in passages[2:]) <= MAX_TEXT
    for one in passages:
        expected = [(term.text, term.start, term.end) for term in terms_of(one.text)]
        assert expected == [(term, *place) for term, place in zip(one.terms, one.places, strict=True)]


@given(st.text(max_size=200), st.lists(st.text(max_size=60), max_size=4))
def test_any_text_comes_back(title: str, texts: list[str]) -> None:
    entry = Entry("1", EntryKind.ACTION, title, texts=texts)
    assert [one.text for one in kept(entry).passages] == entry.passages

"""Excerpts: the window that shows why something was found, as pieces of plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.search.entry import on_one_line
from services.analytics.search.excerpt import LENGTH, Piece, make_excerpt
from services.analytics.search.keeping.kept import Passage
from services.analytics.words.terms import terms_of

pytestmark = pytest.mark.unit


def excerpt(texts: list[str], terms: frozenset[str]) -> list[Piece]:
    passages = []
    for text in map(on_one_line, texts):
        found = terms_of(text)
        passages.append(Passage(text, [one.text for one in found], [(one.start, one.end) for one in found]))
    return make_excerpt(passages, terms)


def marked(texts: list[str], *terms: str) -> list[str]:
    return [piece.text for piece in excerpt(texts, frozenset(terms)) if piece.marked]


def test_what_was_asked_for_is_marked_in_the_writers_own_letters() -> None:
    assert marked(["The Connections were refused"], "connect", "refus") == ["Connections", "refused"]
    assert marked(["データベースに接続できない"], "接続") == ["接続"]
    assert marked(["پایگاه‌داده قطع شد"], "قطع") == ["قطع"]


def test_the_text_that_has_most_of_it_is_shown_near_the_place() -> None:
    text = "x " * 400 + "the pool ran dry " + "y " * 400
    pieces = excerpt(["title", text], frozenset({"pool", "dry"}))
    assert [piece.text for piece in pieces if piece.marked] == ["pool", "dry"]
    assert pieces[0].text == pieces[-1].text == "…"
    assert sum(len(piece.text) for piece in pieces) <= LENGTH + 2


def test_markup_is_text_like_any_other() -> None:
    pieces = excerpt(["<script>pool</script>"], frozenset({"pool"}))
    assert [(one.text, one.marked) for one in pieces] == [("<script>", False), ("pool", True), ("</script>", False)]


def test_nothing_to_show_is_nothing() -> None:
    assert excerpt(["", "  "], frozenset({"pool"})) == []


@given(st.lists(st.text(max_size=400), max_size=3))
def test_the_pieces_are_the_text(texts: list[str]) -> None:
    terms = frozenset(term.text for text in texts for term in terms_of(text)[:2])
    whole = "".join(piece.text for piece in excerpt(texts, terms)).strip("…")
    assert not whole or any(whole in " ".join(text.split()) for text in [*texts, *(one + "…" for one in texts)])

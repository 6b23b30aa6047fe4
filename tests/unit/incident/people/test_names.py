"""People stand in kept texts as `@id`, and are called by their names where the text is read."""

from __future__ import annotations

import pytest

from services.incident.people.names import mention, mentions_in, with_names

NAMES = {"sara": "Sara Ahmadi", "li.wei": "李 偉", "o-1": "Otto"}


@pytest.mark.parametrize(
    "text, kept",
    [
        pytest.param("paged sara by email (step 1)", "paged @sara by email (step 1)", id="a word"),
        pytest.param("step 1: told sara, li.wei", "step 1: told @sara, @li.wei", id="a list"),
        pytest.param("Commander: sara until now.", "Commander: @sara until now.", id="a sentence"),
        pytest.param("sarah and sara-2 wrote", "sarah and sara-2 wrote", id="a part of another word"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_whole_words_that_are_people_become_mentions(text: str, kept: str) -> None:
    assert mention(text, NAMES) == kept


@pytest.mark.parametrize(
    "text, read",
    [
        pytest.param("told @sara, @li.wei.", "told Sara Ahmadi, 李 偉.", id="names"),
        pytest.param("@o-1: done", "Otto: done", id="an id before a colon"),
        pytest.param("@gone was told", "@gone was told", id="somebody who is not there"),
        pytest.param("ops@sara and /@sara", "ops@sara and /@sara", id="an address, a path"),
    ],
)
def test_mentions_are_read_as_names(text: str, read: str) -> None:
    assert with_names(text, NAMES) == read


def test_what_may_be_mentioned_is_known_before_names_are_asked_for() -> None:
    assert {"sara", "li.wei"} <= mentions_in("told @sara, @li.wei. ops@example.org")
    assert "example.org" not in mentions_in("told @sara, @li.wei. ops@example.org")

"""The file of concepts: its form, and that each name in it is found."""

from __future__ import annotations

import pytest

from services.analytics.words.concepts import CONCEPTS, read_concepts
from services.analytics.words.terms import terms_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("line", ["database", "a b: c", "database:", ": db"], ids=["no names", "name", "none", "empty"])
def test_a_line_of_another_form_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_concepts(f"# first\n{line}\n")


def test_each_concept_has_a_name_of_its_own() -> None:
    names = [name for name, _ in CONCEPTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name,called", CONCEPTS, ids=[name for name, _ in CONCEPTS])
def test_what_it_is_called_by_leads_to_it(name: str, called: tuple[str, ...]) -> None:
    lost = [one for one in called if f"§{name}" not in {term.text for term in terms_of(f"- {one} -")}]
    assert lost == []

from __future__ import annotations

import pytest

from shared.stored import Stored

pytestmark = pytest.mark.unit


class Ticket(Stored):
    id: str
    attempts: int = 0


def test_a_copy_has_the_new_fields_and_the_old_ones() -> None:
    before = Ticket(id="t")
    assert before.changed(attempts=2) == Ticket(id="t", attempts=2)
    assert before == Ticket(id="t")


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Ticket has no field trials, zone"):
        Ticket(id="t").changed(trials=1, zone="UTC", attempts=1)


def test_a_member_of_a_document_that_it_does_not_know_is_ignored() -> None:
    assert Ticket.model_validate({"id": "t", "later": 1}) == Ticket(id="t")

"""Edits of a text keep their place in the order, whatever is heard of late."""

from __future__ import annotations

import pytest

from services.ingest.normalisation.alert import Action
from tests.unit.ingest.alerts.test_fold import fold_in_arrival_order
from tests.unit.ingest.builders import make_taken

EDIT = Action.EDIT


@pytest.mark.parametrize(
    "late", [pytest.param(3, id="between"), pytest.param(-3, id="before the text that it changed")]
)
def test_an_edit_stays_when_an_older_text_is_heard_of_late(late: float) -> None:
    messages = [make_taken(0, title="said"), make_taken(5, EDIT, "edited"), make_taken(late, title="said late")]
    head = fold_in_arrival_order(messages)[-1].head
    assert head.occurrence is not None
    assert head.occurrence.content.title == "edited"
    newer = fold_in_arrival_order([*messages, make_taken(9, title="said anew")])[-1].head
    assert newer.occurrence is not None
    assert newer.occurrence.content.title == "said anew"

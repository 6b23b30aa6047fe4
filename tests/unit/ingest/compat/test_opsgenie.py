from __future__ import annotations

from typing import Any

import pytest

from services.ingest.alerts.fold import Effect, Head, fold, new_head
from services.ingest.compat.opsgenie_outcome import (
    MISSING,
    OpsgenieRequest,
    Wish,
    outcome_of,
    parse_id,
    request_for_unknown_alert,
)
from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action
from services.ingest.sources.opsgenie import SOURCE, faults, read
from shared.vocabulary import Severity
from tests.unit.ingest.builders import T0, make_content, make_taken

pytestmark = pytest.mark.unit


def told(*messages: QueuedAlert) -> Head:
    head = new_head(messages[0])
    for message in messages:
        head = fold(head, message, "payments").head
    return head


@pytest.mark.parametrize(
    "payload, members",
    [
        (SOURCE.example.body, []),
        ({"message": "m" * 130, "alias": "a" * 512}, []),
        ({"message": " "}, ["message"]),
        ({"message": 7}, ["message"]),
        ({"message": "m" * 131}, ["message"]),
        ({"message": "m", "alias": "a" * 513, "priority": "P6"}, ["alias", "priority"]),
        ({"message": "m", "priority": ["P1"]}, ["priority"]),
    ],
)
def test_what_opsgenie_refuses_is_refused_by_member(payload: dict[str, Any], members: list[str]) -> None:
    assert list(faults(payload)) == members


@pytest.mark.parametrize(
    "payload, severity, is_noted",
    [
        ({"priority": "P2", "details": {"severity": "critical"}}, Severity.HIGH, False),
        ({"details": {"severity": "critical"}}, Severity.CRITICAL, False),
        ({}, Severity.HIGH, True),
    ],
    ids=["priority first", "then the common label", "then high"],
)
def test_severity_comes_from(payload: dict[str, Any], severity: Severity, is_noted: bool) -> None:
    (alert,) = read({"message": "m", **payload}, T0)
    assert (alert.content.severity, bool(alert.content.mended)) == (severity, is_noted)
    assert alert.each_is_new


def edited(second: float, title: str = "", description: str = "") -> QueuedAlert:
    content = make_content(title, description=description)
    return make_taken(second, Action.EDIT, content=content)


def test_an_edit_changes_the_text_it_names_of_an_open_alert_and_nothing_else() -> None:
    head = told(make_taken(0, content=make_content("old", labels={"a": "b"})), edited(1, title="new"))
    assert head.occurrence is not None
    assert (head.occurrence.content.title, head.occurrence.content.labels) == ("new", {"a": "b"})
    assert (head.sequence, head.occurrence.count) == (2, 1)
    later = fold(head, edited(2, description="why"), None).head
    assert later.occurrence is not None
    assert (later.occurrence.content.title, later.occurrence.content.description) == ("new", "why")


@pytest.mark.parametrize(
    "before",
    [[], [make_taken(0), make_taken(1, Action.RESOLVE)], [make_taken(0), make_taken(9, title="newer")]],
    ids=["no alert", "a resolved one", "a later text"],
)
def test_an_edit_changes_nothing_that_is_seen_of(before: list[QueuedAlert]) -> None:
    message = edited(5, title="new")
    head = told(*before) if before else new_head(message)
    outcome = fold(head, message, None)
    assert (outcome.effect, outcome.head.occurrence) == (Effect.REMEMBERED, head.occurrence)


def test_an_edit_that_comes_again_changes_nothing() -> None:
    head = told(make_taken(0), edited(1, title="new"))
    assert fold(head, edited(1, title="new"), None).effect is Effect.NOTHING


FIRES, TAKES, ENDS = make_taken(0), make_taken(1, Action.ACKNOWLEDGE), make_taken(2, Action.RESOLVE)
OUTCOMES = {
    # (what was folded, the wish, its message) → what is answered; None: not yet
    "created": ([FIRES], Wish.CREATE, FIRES, "Created alert"),
    "a repeat counted later is created": ([FIRES], Wish.CREATE, make_taken(5), "Created alert"),
    "not folded yet": ([FIRES, ENDS], Wish.CREATE, make_taken(5), None),
    "closed": ([FIRES, ENDS], Wish.CLOSE, ENDS, "Closed alert"),
    "acknowledged": ([FIRES, TAKES], Wish.ACKNOWLEDGE, TAKES, "Acknowledged alert"),
    "not acknowledged yet": ([FIRES], Wish.ACKNOWLEDGE, TAKES, None),
    "closed without an alert": ([ENDS], Wish.CLOSE, ENDS, "Alert does not exist"),
    "updated": ([FIRES, edited(3, title="b")], Wish.UPDATE, edited(3, title="b"), "Updated alert"),
    "updated before it was created": (
        [edited(3, title="b"), FIRES],
        Wish.UPDATE,
        edited(3, title="b"),
        "Updated alert",
    ),
    "updated without an alert": (
        [edited(3, title="b")],
        Wish.UPDATE,
        edited(3, title="b"),
        "Alert does not exist",
    ),
    "another update came first": ([edited(3, title="b")], Wish.UPDATE, edited(4, title="c"), None),
    "not updated yet": ([FIRES], Wish.UPDATE, edited(3, title="b"), None),
}


@pytest.mark.parametrize("folded, wish, message, status", OUTCOMES.values(), ids=OUTCOMES)
def test_the_outcome_of_a_request(
    folded: list[QueuedAlert], wish: Wish, message: QueuedAlert, status: str | None
) -> None:
    asked = OpsgenieRequest(wish, message.head, message.stamp)
    became = outcome_of(asked, told(*folded))
    assert (became.status if became else None) == status
    assert outcome_of(asked, None) is None


def test_a_request_for_an_alert_that_nobody_knows_has_failed() -> None:
    assert outcome_of(request_for_unknown_alert(Wish.CLOSE), None) is MISSING


@pytest.mark.parametrize(
    "asked", [OpsgenieRequest(Wish.CREATE, FIRES.head, FIRES.stamp), request_for_unknown_alert(Wish.CLOSE)]
)
def test_a_request_id_names_its_request(asked: OpsgenieRequest) -> None:
    assert parse_id(asked.id) == asked


@pytest.mark.parametrize(
    "text", ["", "513085b8-caf3-4f91-aa23-be5fdefc3570", "create.x.y", "drop." + "0" * 32 + ".none"]
)
def test_an_id_that_is_not_ours_names_none(text: str) -> None:
    assert parse_id(text) is None

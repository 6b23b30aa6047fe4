"""Whose service the answer to a resolve, an acknowledgement or an edit names."""

from __future__ import annotations

import pytest

from services.ingest.alerts.answered_services import (
    MOST_ASKED,
    MOST_REMEMBERED,
    AlertService,
    Announced,
    heads_to_ask,
    services_to_answer,
)
from services.ingest.intake.message import AcceptedAlert, Origin, head_ids, stamp_alert
from services.ingest.normalisation.alert import Action
from tests.unit.ingest.builders import T0, make_received

pytestmark = pytest.mark.unit

ORIGIN = Origin(T0, integration_id="int", key_id="key")
FOUND = AlertService("payments", None, is_open=True)
CLAIMED = AlertService(None, "the desk", is_open=True)
OVER = AlertService("payments", None, is_open=False)


def make_stamped(action: Action = Action.RESOLVE, key: str | None = "q1") -> AcceptedAlert:
    return stamp_alert(make_received(action=action, key=key), "s", 0)


@pytest.mark.parametrize(
    "own, former, remembered, service",
    [
        pytest.param(FOUND, None, None, "payments", id="open"),
        pytest.param(CLAIMED, None, None, "the desk", id="open, of a service that nobody knows"),
        pytest.param(None, FOUND, None, "payments", id="open under a former id"),
        pytest.param(FOUND, CLAIMED, None, "the desk", id="the former one is where the message goes"),
        pytest.param(OVER, None, None, "payments", id="over"),
        pytest.param(OVER, None, "orders", "orders", id="over, and opened again a moment ago"),
        pytest.param(FOUND, None, "orders", "payments", id="a later trigger moves no open alert"),
        pytest.param(None, None, "orders", "orders", id="not yet in the database"),
        pytest.param(None, None, None, "unrouted", id="nobody knows it"),
    ],
)
@pytest.mark.parametrize("action", [Action.RESOLVE, Action.ACKNOWLEDGE, Action.EDIT])
def test_it_is_the_service_of_the_alert(
    own: AlertService | None, former: AlertService | None, remembered: str | None, service: str, action: Action
) -> None:
    one = make_stamped(action)
    head, (other,) = head_ids(one, ORIGIN)
    known = {id_: found for id_, found in ((head, own), (other, former)) if found}

    assert services_to_answer(["unrouted"], heads_to_ask([one], ORIGIN), known, [remembered]) == [service]


def test_a_trigger_is_answered_by_its_own_words_and_asks_nothing() -> None:
    assert heads_to_ask([make_stamped(Action.TRIGGER)], ORIGIN) == {}
    assert services_to_answer(["orders"], {}, {}, ["payments"]) == ["orders"]


def test_of_very_many_the_first_are_asked_for() -> None:
    found = heads_to_ask([make_stamped(Action.TRIGGER)] + [make_stamped()] * (MOST_ASKED + 5), ORIGIN)
    assert list(found) == list(range(1, MOST_ASKED + 1))


def test_what_was_accepted_lately_is_remembered_by_key_and_space() -> None:
    announced = Announced()
    fires, ends = make_stamped(Action.TRIGGER), make_stamped()
    assert announced.learn([fires, ends, fires], ["payments", "unrouted", "orders"], ORIGIN)[:2] == [None, "payments"]
    assert announced.learn([ends], ["unrouted"], ORIGIN) == ["orders"], "what fires after a resolve is another alert"
    assert announced.learn([ends], ["unrouted"], Origin(T0, integration_id="other")) == [None]
    assert announced.learn([make_stamped(key=None)], ["unrouted"], ORIGIN) == [None]


def test_while_it_fires_its_first_trigger_says_the_service() -> None:
    announced = Announced()
    fires = make_stamped(Action.TRIGGER)
    announced.learn([fires, fires], ["payments", "unrouted"], ORIGIN)
    assert announced.learn([make_stamped(Action.ACKNOWLEDGE)], ["unrouted"], ORIGIN) == ["payments"]


def test_memory_is_bounded() -> None:
    announced = Announced()
    many = [make_stamped(Action.TRIGGER, str(number)) for number in range(MOST_REMEMBERED + 1)]
    announced.learn(many, ["payments"] * len(many), ORIGIN)
    assert announced.learn([make_stamped(key="0"), make_stamped(key="1")], ["", ""], ORIGIN) == [None, "payments"]

from __future__ import annotations

import pytest

from services.ingest.catalogue_copy.routing import Directory, Service, service_note
from services.ingest.intake.message import AcceptedAlert
from services.ingest.intake.priority_lanes import Lanes
from services.ingest.normalisation.alert import Action
from tests.unit.ingest.builders import T0, at_second, make_received

pytestmark = pytest.mark.unit

DIRECTORY = Directory(
    [
        Service("payments", "Payments"),
        Service("orders", "Order desk", (("team", "shop"), ("tier", "1"))),
        Service("billing", "payments", (("team", "shop"),)),
    ]
)


@pytest.mark.parametrize(
    "claim, key_service, labels, service",
    [
        ("payments", None, {}, "payments"),
        ("PAYMENTS", None, {}, "payments"),
        ("order desk", None, {}, "orders"),
        # what the sender says goes before what its key stands for
        ("orders", "payments", {}, "orders"),
        ("nobody knows", "payments", {}, "payments"),
        (None, "payments", {"team": "shop"}, "payments"),
        # a service that was made a moment ago is believed
        (None, "brand-new", {}, "brand-new"),
        (None, None, {"team": "shop"}, "billing"),
        (None, None, {"team": "shop", "tier": "1"}, "billing"),
        (None, None, {"tier": "1"}, None),
        ("nobody knows", None, {}, None),
        (None, None, {}, None),
    ],
)
def test_the_service_is_found_in_the_order_of_policy(
    claim: str | None, key_service: str | None, labels: dict[str, str], service: str | None
) -> None:
    assert DIRECTORY.find(claim, key_service, labels) == service


@pytest.mark.parametrize(
    "service_id, claim, note",
    [
        ("payments", "Payments", None),
        (None, "nobody knows", "service: 'nobody knows' is not known"),
        (None, None, "service: missing"),
    ],
)
def test_a_service_that_is_not_known_is_noted(service_id: str | None, claim: str | None, note: str | None) -> None:
    assert service_note(service_id, claim) == note


def stamped(action: Action = Action.TRIGGER) -> AcceptedAlert:
    return AcceptedAlert(make_received(action=action), "s", "k")


def test_the_first_firing_alert_of_each_service_goes_ahead() -> None:
    alerts = [stamped(), stamped(), stamped(), stamped(Action.RESOLVE)]

    first, rest = Lanes().split(alerts, ["a", "a", "b", "c"], T0)

    assert first == [alerts[0], alerts[2]]
    assert rest == [alerts[1], alerts[3]]


def test_a_service_is_new_again_after_a_while() -> None:
    lanes = Lanes()

    counts = [len(lanes.split([stamped()], ["a"], at_second(second))[0]) for second in (0, 5, 9.9, 10, 15)]

    assert counts == [1, 0, 0, 1, 0]

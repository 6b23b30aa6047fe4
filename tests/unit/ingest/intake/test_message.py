"""What one message to the workers holds: so much that every broker takes it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.ingest.intake.message import (
    MESSAGE_ALERTS,
    MESSAGE_BYTES,
    AcceptedAlert,
    Origin,
    QueuedAlert,
    decode,
    encode,
    encode_messages,
    stamp_alert,
)
from services.ingest.normalisation.alert import ReceivedAlert
from services.ingest.normalisation.content import LABELS
from tests.unit.ingest.builders import T0, make_received

pytestmark = pytest.mark.unit

ORIGIN = Origin(T0, integration_id="int_1", teams=("team-a",))
BROKERS_LIMIT = 16 * 1024 * 1024
"""RabbitMQ 4 takes no larger message unless it is told to."""


def stamped(*alerts: ReceivedAlert) -> list[AcceptedAlert]:
    return [stamp_alert(alert, "0" * 12, index) for index, alert in enumerate(alerts)]


def taken(messages: Sequence[tuple[int, bytes]]) -> list[QueuedAlert]:
    """What a worker reads, each message's own count held to it."""
    alerts = [decode(message) for _, message in messages]
    assert [count for count, _ in messages] == [len(some) for some in alerts]
    return [alert for some in alerts for alert in some]


def test_no_alerts_are_no_message() -> None:
    assert list(encode_messages(ORIGIN, [])) == []


def test_a_few_alerts_are_one_message() -> None:
    alerts = stamped(make_received("one", key="a"), make_received("two", key="b"))
    ((count, message),) = encode_messages(ORIGIN, alerts)
    assert (count, message) == (2, encode(ORIGIN, alerts))
    assert [(alert.content.title, alert.key, alert.origin) for alert in decode(message)] == [
        ("one", "a", ORIGIN),
        ("two", "b", ORIGIN),
    ]


@pytest.mark.parametrize(
    "count, each",
    [
        pytest.param(MESSAGE_ALERTS, [MESSAGE_ALERTS], id="as many as one may hold"),
        pytest.param(MESSAGE_ALERTS + 1, [MESSAGE_ALERTS, 1], id="one more"),
    ],
)
def test_many_alerts_are_several_messages(count: int, each: Sequence[int]) -> None:
    messages = list(encode_messages(ORIGIN, stamped(*[make_received(key="k")] * count)))
    assert [number for number, _ in messages] == each
    assert len({alert.stamp for alert in taken(messages)}) == count


def test_large_alerts_are_several_messages_in_their_order() -> None:
    labels = {f"label-{number}": "ü" * 2_000 for number in range(60)}
    alerts = stamped(*[make_received(str(number), key=str(number), labels=labels) for number in range(100)])
    messages = list(encode_messages(ORIGIN, alerts))
    assert len(messages) > 1
    assert max(len(message) for _, message in messages) < MESSAGE_BYTES + 1_000
    assert [alert.key for alert in taken(messages)] == [str(number) for number in range(100)]


def test_an_alert_that_no_message_could_hold_goes_with_the_labels_that_are_kept_in_the_end() -> None:
    huge = {"service": "payments"} | {f"label-{number:05}": "\N{FIRE}" * 2_000 for number in range(5_000)}
    alerts = stamped(make_received("before", key="a"), make_received("huge", key="b", labels=huge))
    messages = list(encode_messages(ORIGIN, alerts))
    assert all(len(message) < BROKERS_LIMIT for _, message in messages)
    before, after = taken(messages)
    assert (before.key, after.key, len(after.content.labels)) == ("a", "b", LABELS)
    assert after.content.labels["service"] == "payments"
    assert after.content.mended[-1].startswith(f"labels: {5_001 - LABELS} of 5001")

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.normalisation.dedup_key import (
    HEAD,
    alert_id,
    dedup_key,
    former_head_id,
    head_id,
    head_of,
    key_space,
)
from tests.unit.ingest.builders import make_received

pytestmark = pytest.mark.unit


def test_the_senders_key_is_the_key() -> None:
    assert dedup_key(make_received(key="err-1"), "s") == "err-1"


@pytest.mark.parametrize(
    "other, same",
    [
        (make_received(service="payments", labels={"host": "db-1"}), True),
        (make_received(service="Payments", labels={"host": "db-1"}), True),
        (make_received(service="payments", labels={"host": "db-1", "value": "97", "timestamp": "1"}), True),
        (make_received(service="payments", labels={"host": "db-1"}, description="now 98 %"), True),
        (make_received(service="payments", labels={"host": "db-2"}), False),
        (make_received(service="orders", labels={"host": "db-1"}), False),
        (make_received(service="payments", labels={"host": "db-1"}, source="other"), True),
        (make_received("disk is slow", service="payments", labels={"host": "db-1"}), False),
    ],
    ids=["equal", "case of the service", "unstable labels", "text", "label", "service", "source", "title"],
)
def test_without_a_key_service_title_and_stable_labels_tell_alerts_apart(other: object, same: bool) -> None:
    alert = make_received(service="payments", labels={"host": "db-1"})

    assert (dedup_key(alert, "s1") == dedup_key(other, "s2")) is same  # type: ignore[arg-type]


def test_where_each_trigger_is_new_the_stamp_tells_them_apart() -> None:
    alert = make_received(each_is_new=True)

    assert dedup_key(alert, "s1") != dedup_key(alert, "s2")


def test_keys_are_scoped_by_integration_or_api_key_and_drill_and_never_by_what_a_sender_calls_itself() -> None:
    spaces = [key_space("i", "key_1"), key_space("i", "key_2"), key_space(None, "key_1"), key_space(None, "key_2")]
    ids = {head_id(space, "k", None) for space in spaces}
    assert len(ids) == 3, "an integration's keys are one space, whatever its key is now"
    assert len(ids | {head_id(spaces[0], "k", "drill-1")}) == 4
    assert former_head_id("i", "a", "k", None) < HEAD < min(ids)


@given(st.text(), st.text())
def test_an_alerts_id_names_its_head(key: str, stamp: str) -> None:
    head = head_id("key k", key.encode("utf-8", "replace").decode(), None)

    assert head_of(alert_id(head, stamp.encode("utf-8", "replace").decode())) == head

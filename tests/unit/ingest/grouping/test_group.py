from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ingest.alerts.batch import decide, group_keys
from services.ingest.catalogue_copy.routing import Directory, Service
from services.ingest.grouping.group import Group, GroupKey, GroupReason, document_of, is_founder, place
from tests.unit.ingest.builders import T0, at_second, make_taken

pytestmark = pytest.mark.unit

KEY = GroupKey("payments")


def make_group(*, opened: float = 0, last: float = 0) -> Group:
    return Group(KEY.document, "payments", f"{KEY.document}-first", at_second(opened), at_second(last), version=3)


@pytest.mark.parametrize(
    "group, second, is_over, reason",
    [
        (None, 0, False, GroupReason.NO_GROUP),
        (make_group(), 10, False, GroupReason.JOINED),
        # the window is closed at its end: exactly 300 s later still joins
        (make_group(), 300, False, GroupReason.JOINED),
        (make_group(), 300.001, False, GroupReason.WINDOW_PASSED),
        # it rolls: what counts is the last that joined
        (make_group(last=290), 500, False, GroupReason.JOINED),
        (make_group(last=86_300), 86_400, False, GroupReason.TOO_OLD),
        (make_group(), 10, True, GroupReason.INCIDENT_OVER),
        # a backlog: accepted before the last that joined
        (make_group(last=200), 100, False, GroupReason.JOINED),
    ],
)
def test_an_alert_joins_the_open_group_of_its_service(
    group: Group | None, second: float, is_over: bool, reason: GroupReason
) -> None:
    placed = place(KEY, group, "alert-2", at_second(second), is_over=is_over)

    assert placed.reason is reason
    assert (group is not None and placed.group.group_id == group.group_id) is (reason is GroupReason.JOINED)
    assert placed.group.version == (group.version if group else 0)


def test_the_alert_that_founds_a_group_is_known_as_its_first() -> None:
    founded = place(KEY, None, "alert-1", T0, is_over=False).group
    joined = place(KEY, founded, "alert-2", at_second(5), is_over=False).group

    assert joined.group_id == founded.group_id
    assert is_founder(founded.group_id, "alert-1")
    assert not is_founder(joined.group_id, "alert-2")


def test_an_alert_that_is_placed_again_gets_the_same_group() -> None:
    first = place(KEY, None, "alert-1", T0, is_over=False).group

    assert place(KEY, None, "alert-1", T0, is_over=False).group == first
    assert place(KEY, first, "alert-1", T0, is_over=False).group is first


def test_a_storm_does_not_write_its_group_at_every_alert() -> None:
    group = make_group()

    assert place(KEY, group, "a", at_second(0.5), is_over=False).group is group
    assert place(KEY, group, "a", at_second(1.5), is_over=False).group.last_at == at_second(1.5)


def test_a_window_can_be_set_but_not_beyond_an_hour() -> None:
    group, long = make_group(), timedelta(hours=5)

    assert place(KEY, group, "a", at_second(3600), is_over=False, window=long).reason is GroupReason.JOINED
    assert place(KEY, group, "a", at_second(3601), is_over=False, window=long).reason is GroupReason.WINDOW_PASSED


def test_alerts_of_a_drill_share_a_group_only_with_their_own_drill() -> None:
    assert len({GroupKey("payments", drill).document for drill in (None, "drill-1", "drill-2")}) == 3


def test_a_groups_id_names_its_document() -> None:
    assert document_of(place(KEY, None, "alert-1", T0, is_over=False).group.group_id) == KEY.document


@pytest.mark.parametrize(
    "one, other, same",
    [
        # a service that is not known yet groups as it will when it is
        ({"claim": "Payments"}, {"claim": "payments"}, True),
        ({"claim": "desk"}, {"claim": "DESK "}, True),
        ({}, {"claim": "unrouted"}, True),
        ({}, {"claim": "payments"}, False),
        ({"claim": "payments"}, {"claim": "payments", "drill_id": "d"}, False),
    ],
)
def test_alerts_that_name_one_service_share_a_group(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    directory = Directory([Service("payments", "Payments")])
    messages = [make_taken(0, key="a", **one), make_taken(1, key="b", **other)]
    keys = group_keys(decide({}, {taken.head: [taken] for taken in messages}, directory))

    assert (len(set(keys.values())) == 1) is same

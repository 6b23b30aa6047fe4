"""The checks of the chaos tier themselves: they must find what is broken, and nothing else."""

from __future__ import annotations

import pytest

from tests.chaos.promises import (
    Outage,
    Page,
    deadline,
    incidents_per_service,
    late_first_pages,
    late_second_steps,
    lost_or_doubled,
    told_twice,
)


def make_page(at: float = 100.0, *, step: int = 1, page_id: str = "p1", service: str = "a") -> Page:
    return Page(at, page_id, f"INC-{service}", service, "sara", step, 0, "escalation")


COMMS_KILLED = [Outage("comms", 101.0, 104.0)]

DEADLINES = {
    "nothing happened": ([], 105.0),
    "over before": ([Outage("comms", 90.0, 99.0)], 105.0),
    "under way": ([Outage("comms", 90.0, 120.0)], 125.0),
    "begins within the five seconds": ([Outage("comms", 104.0, 110.0)], 115.0),
    "begins after them": ([Outage("comms", 106.0, 110.0)], 105.0),
    "one follows the other": ([Outage("comms", 90.0, 103.0), Outage("oncall", 107.0, 112.0)], 117.0),
    "the order does not matter": ([Outage("oncall", 107.0, 112.0), Outage("comms", 90.0, 103.0)], 117.0),
}


@pytest.mark.parametrize("outages, expected", DEADLINES.values(), ids=DEADLINES.keys())
def test_a_deadline_moves_with_the_outages_that_stand_in_the_way(outages: list[Outage], expected: float) -> None:
    assert deadline(100.0, outages) == expected


def test_an_alert_that_is_missing_or_there_twice_is_found() -> None:
    assert lost_or_doubled(["a", "b", "c"], ["a", "c", "c", "stranger"]) == [
        "alert b: listed 0 times",
        "alert c: listed 2 times",
    ]


def test_a_service_without_an_incident_or_with_two_is_found() -> None:
    found = incidents_per_service(["a", "b", "c"], ["a", "c", "c"])
    assert found == ["service b: 0 incidents", "service c: 2 incidents"]


def test_a_first_page_that_is_late_or_never_comes_is_found() -> None:
    accepted = {"a": 100.0, "b": 100.0, "c": 100.0}
    pages = [make_page(104.0, service="a"), make_page(106.0, service="b")]
    late = late_first_pages(accepted, pages, [])
    assert [line.split(":")[0] for line in late] == ["step 1 of b", "step 1 of c"]


SECOND_STEPS = {
    "on time": ([make_page(112.1, step=2)], [], 0),
    "too late": ([make_page(118.0, step=2)], [], 1),
    "late, but an outage stood in the way": ([make_page(124.0, step=2)], [Outage("oncall", 111.0, 120.0)], 0),
    "too early": ([make_page(105.0, step=2)], [], 1),
    "never": ([], [], 1),
}


@pytest.mark.parametrize("pages, outages, broken", SECOND_STEPS.values(), ids=SECOND_STEPS.keys())
def test_a_second_step_that_is_not_on_time_is_found(pages: list[Page], outages: list[Outage], broken: int) -> None:
    assert len(late_second_steps({"INC-a": 100.0}, 12.0, pages, outages)) == broken


TWICE = {
    "once": ([make_page()], [], 0),
    "twice without reason": ([make_page(), make_page(103.0)], [], 1),
    "in flight when comms was killed": ([make_page(), make_page(103.0)], COMMS_KILLED, 0),
    "long before comms was killed": ([make_page(50.0), make_page(103.0)], COMMS_KILLED, 1),
    "under another id": ([make_page(), make_page(103.0, page_id="p2")], COMMS_KILLED, 1),
}


@pytest.mark.parametrize("pages, outages, broken", TWICE.values(), ids=TWICE.keys())
def test_being_told_the_same_twice_is_found(pages: list[Page], outages: list[Outage], broken: int) -> None:
    assert len(told_twice(pages, outages)) == broken

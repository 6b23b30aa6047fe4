"""What a new incident cost: what is spent at rest is left out, and every part is told."""

from __future__ import annotations

import pytest

from bench.cost import Cost, each

FIND, INSERT, LOOK = ("ingest", "alerts", "find"), ("ingest", "alerts", "insert"), ("oncall", "steps", "find")


def test_what_is_spent_at_rest_in_the_same_time_is_left_out() -> None:
    rest = Cost(10, {FIND: 0, LOOK: 20}, {"ingest": 0.1, "broker": 0.2})
    busy = Cost(30, {FIND: 100, INSERT: 100, LOOK: 60}, {"ingest": 1.3, "broker": 2.6})
    cost = busy.beside(rest)
    assert cost.commands == {FIND: 100, INSERT: 100, LOOK: 0}
    assert cost.worked == pytest.approx({"ingest": 1.0, "broker": 2.0})


def test_each_incident_is_told_as_a_whole_and_service_by_service() -> None:
    cost = Cost(30, {FIND: 100, INSERT: 200, LOOK: 5}, {"ingest": 1.0, "broker": 2.0})
    commands, ingest, processor = each(cost, 100, goal_ms=60)
    assert (commands.measured, commands.goal) == (3.05, 20)
    assert (ingest.name.strip(), ingest.measured) == ("commands of ingest", 3)
    assert ingest.note == "alerts insert 2.00, alerts find 1.00"
    assert (processor.measured, processor.goal, processor.note) == (30, 60, "broker 20.0, ingest 10.0")

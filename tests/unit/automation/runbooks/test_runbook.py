"""Runbooks: what may be wrong with one, each with the place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.automation.runbooks.runbook import Runbook, runbook_fact, runbook_faults
from shared.events.automation import Trigger
from tests.unit.automation.builders import make_runbook, step

pytestmark = pytest.mark.unit

WRITTEN = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "steps, pointer",
    [
        pytest.param([step("http", url="ftp://x.org/")], "/steps/0/url", id="no web address"),
        pytest.param([step("http", url="https://{{ parameters.p }}/")], "/steps/0/url", id="a value as the host"),
        pytest.param([step("http", url="https://x.org:{{ parameters.p }}/")], "/steps/0/url", id="a value as the port"),
        pytest.param([step("http", url="https://x.org/{{ nope }}")], "/steps/0/url", id="no value"),
        pytest.param([step("http", url="https://x.org/{{ parameters.s }}")], "/steps/0/url", id="a secret in it"),
        pytest.param([step("http", headers={"X": "{{ parameters.x }}"})], "/steps/0/headers/X", id="in a header"),
        pytest.param([step("http", body={"a": ["{{ incident.x }}"]})], "/steps/0/body", id="unknown in the body"),
        pytest.param([step("script", script="echo {{ parameters.p }}")], "/steps/0/script", id="spliced into a script"),
        pytest.param([step("manual", instructions="{{ alert.x }}")], "/steps/0/instructions", id="unknown in words"),
        pytest.param([step("notify", message="{{ parameters.s }}")], "/steps/0/message", id="a secret that is told"),
        pytest.param([step(name="a", on_failure={"run": "a"})], "/steps/0/on_failure/run", id="runs itself"),
        pytest.param([step(name="a", on_failure={"run": "b"})], "/steps/0/on_failure/run", id="runs what is not there"),
        pytest.param(
            [step(name="a", on_failure={"run": "b"}), step(name="b"), step(name="b")],
            "/steps/0/on_failure/run",
            id="runs one of two",
        ),
        pytest.param(
            [step(name="a", on_failure={"run": "b"}), step(name="b", on_failure={"run": "a"})],
            "/steps",
            id="nothing runs but after a failure",
        ),
    ],
)
def test_what_is_wrong_with_a_step_is_said_at_its_place(steps: list[dict[str, Any]], pointer: str) -> None:
    parameters = [{"name": "p", "default": "x"}, {"name": "s", "type": "secret"}]
    assert [at for at, _ in runbook_faults(make_runbook(*steps, parameters=parameters))] == [pointer]


def test_a_script_may_hold_braces_that_are_its_own() -> None:
    assert runbook_faults(make_runbook(step("script", script="docker ps --format '{{.Names}}'"))) == []


def test_a_trigger_that_says_nothing_would_start_always_and_is_refused() -> None:
    assert runbook_faults(make_runbook(triggers=[{"labels": {}}]))[0][0] == "/triggers/0"
    nothing = Runbook(name="x", triggers=[Trigger(service_id="payments")])
    assert runbook_faults(nothing) == [("/steps", "there is nothing to start")]


def test_what_others_are_told_names_steps_and_holds_no_script() -> None:
    runbook = make_runbook(
        step("script", name="Clean", script="echo s3cret"),
        triggers=[{"service_id": "payments"}],
        description="x" * 3000,
    )
    told = runbook_fact("disk-full", runbook, updated_at=WRITTEN, deleted=False)
    assert told.triggers == [Trigger(service_id="payments")]
    assert (told.steps, len(told.description), told.updated_at) == (["Clean"], 2000, WRITTEN)
    assert "s3cret" not in told.model_dump_json()

"""What every kind of step promises, held against a real shell and a real server on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.automation.actions import connect_all, modules, request_models, specs, step_models
from services.automation.actions.contract import (
    Action,
    Edges,
    FailReason,
    IncidentPeople,
    StepEnd,
    StepTask,
    Waits,
    WaitsFor,
)
from services.automation.scripts.choice import SandboxOnly
from services.automation.values.values import MASK, Root, Values
from shared.outside.outbound import Outbound
from shared.testing.harness import eventually
from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply, Request
from tests.integration.script_place import ShellPlace, shell_places

pytestmark = pytest.mark.contract

EXAMPLES = {name: spec.example for name, spec in specs().items()}
every_kind = pytest.mark.parametrize("kind", sorted(EXAMPLES))
COMMON = {"type", "name", "description", "timeout_seconds", "dangerous", "approval_seconds", "on_failure"}
PARAMETERS = ["path", "token"]
TEXTS = {"path": "/tmp; touch /tmp/spliced", "token": "s3cret"}


class Kept:
    """Keeps what a step writes."""

    def __init__(self) -> None:
        self.output = b""

    async def write(self, chunk: bytes) -> None:
        self.output += chunk


@pytest.fixture
def server() -> Iterator[HttpStub]:
    with HttpStub([Reply(200, {}, b"drained")]) as one:
        yield one


@asynccontextmanager
async def connected(kind: str) -> AsyncIterator[Action]:
    outbound = Outbound(["127.0.0.0/8"])
    try:
        yield connect_all(Edges(outbound, shell_places(ShellPlace())))[kind]
    finally:
        await outbound.close()


def values() -> Values:
    incident = {"id": "INC-1", "title": "Disk full", "service_id": "payments", "service_name": "Payments"}
    known = Values().with_all(Root.INCIDENT, incident).with_all(Root.ALERT, {"labels.host": "db-1/../x?y"})
    return known.with_all(Root.EXECUTION, {"id": "exe-1"}).with_all(Root.PARAMETERS, TEXTS, ["token"])


def task(step: Mapping[str, Any], **changes: Any) -> StepTask:
    model = step_models()[step["type"]].model_validate(step)
    people = IncidentPeople(["sara"], ["kenji"], {"commander": ["noor"]})
    fields: dict[str, Any] = {"values": values(), "environment": TEXTS, "people": people, **changes}
    return StepTask("exe-1.1.1", model, **fields)


def example(kind: str, server: HttpStub, **changes: Any) -> dict[str, Any]:
    """The kind's example, with what it calls on this machine."""
    fields = {**EXAMPLES[kind], **changes}
    if kind == "http":
        fields["url"] = fields["url"].replace("https://balancer.example.org", server.url)
    if kind == "script":
        fields["script"] = changes.get("script", 'echo "$path"')
    return fields


async def ended(kind: str, server: HttpStub, **changes: Any) -> tuple[StepEnd, Kept]:
    sink = Kept()
    async with connected(kind) as action:
        outcome = await action.run(task(example(kind, server, **changes)), sink)
    assert isinstance(outcome, StepEnd)
    return outcome, sink


@every_kind
def test_a_kind_says_all_of_itself(kind: str) -> None:
    spec, model = specs()[kind], step_models()[kind]
    assert model.model_fields["type"].default == kind == spec.example["type"]
    assert {one.name for one in spec.fields} - COMMON <= set(model.model_fields)
    asked = {name for name, field in model.model_fields.items() if field.is_required()} - {"type", "name"}
    assert asked <= {one.name for one in spec.fields if one.required}


@every_kind
def test_its_example_is_a_step_without_a_fault_and_comes_back_as_it_went(kind: str) -> None:
    model = step_models()[kind]
    step = model.model_validate(EXAMPLES[kind])
    assert step.flaws(PARAMETERS, ["token"]) == []
    assert model.model_validate(step.model_dump(mode="json")) == step


@every_kind
def test_a_member_that_it_has_not_is_refused_when_it_comes_in_and_ignored_when_it_is_stored(kind: str) -> None:
    (strict,) = (one for one in request_models() if one.model_fields["type"].default == kind)
    newer = {**EXAMPLES[kind], "dangerus": True}
    assert step_models()[kind].model_validate(newer).dangerous is bool(EXAMPLES[kind].get("dangerous"))
    with pytest.raises(ValueError, match="dangerus"):
        strict.model_validate(newer)


@every_kind
async def test_its_plan_does_nothing_and_shows_no_secret(kind: str, server: HttpStub) -> None:
    async with connected(kind) as action:
        plan = await action.plan(task(example(kind, server)))
    assert plan.flaw == ""
    assert plan.what
    assert "s3cret" not in repr(plan)
    assert server.requests == []


@every_kind
async def test_it_ends_well_or_says_what_it_waits_for(kind: str, server: HttpStub) -> None:
    async with connected(kind) as action:
        outcome = await action.run(task(example(kind, server)), Kept())
    if isinstance(outcome, Waits):
        assert outcome.seconds == EXAMPLES[kind]["timeout_seconds"]
        assert (kind, outcome.on) in [
            ("manual", WaitsFor.PERSON),
            ("approval", WaitsFor.APPROVER),
            ("wait", WaitsFor.TIME),
        ]
    else:
        assert outcome.reason is None, outcome


def test_two_kinds_of_one_name_fail_at_the_start() -> None:
    with pytest.raises(RuntimeError, match="two kinds of steps"):
        specs([*modules(), modules()[0]])


@pytest.mark.parametrize(
    "script, code, output",
    [
        pytest.param('printf %s "$path"', 0, b"/tmp; touch /tmp/spliced", id="a value is a value"),
        pytest.param("echo out; echo err >&2; exit 3", 3, b"out\nerr\n", id="both outputs, in order"),
        pytest.param("env | grep -c TOCSIN; true", 0, b"0\n", id="nothing of our own environment"),
        pytest.param("kill -9 $$", 137, b"", id="a signal, as a shell says it"),
    ],
)
async def test_a_script_finds_its_parameters_and_tells_its_end(
    server: HttpStub, script: str, code: int, output: bytes
) -> None:
    end, sink = await ended("script", server, script=script)
    assert (end.exit_code, sink.output) == (code, output)
    assert end.reason is (FailReason.EXIT_CODE if code else None)


async def test_a_script_that_takes_too_long_is_ended(server: HttpStub) -> None:
    end, _ = await ended("script", server, script="sleep 30", timeout_seconds=1)
    assert end.reason is FailReason.TIMED_OUT


@pytest.mark.parametrize("on, why", [("sandbox", "no place for scripts"), ("db-1", "no target")])
async def test_a_script_without_a_place_is_refused_and_its_plan_says_so(server: HttpStub, on: str, why: str) -> None:
    action = connect_all(Edges(Outbound(), SandboxOnly()))["script"]
    asked = task(example("script", server, on=on))
    end = await action.run(asked, Kept())
    assert isinstance(end, StepEnd)
    assert end.reason is FailReason.REFUSED
    assert why in end.detail
    assert why in (await action.plan(asked)).flaw


async def test_a_request_says_who_asks_and_under_which_key_and_its_answer_is_the_output(server: HttpStub) -> None:
    end, sink = await ended("http", server)
    assert (end.reason, sink.output) == (None, b"drained")
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/pools/payments/hosts/db-1%2F..%2Fx%3Fy/drain")
    assert request.headers["tocsin-execution"] == "exe-1"
    assert request.headers["idempotency-key"] == "exe-1.1.1"
    assert request.headers["authorization"] == "Bearer s3cret"
    assert request.body == b'{"reason": "INC-1"}'


@pytest.mark.parametrize("status, expect, reason", [(404, [], FailReason.UNEXPECTED_ANSWER), (404, [404], None)])
async def test_a_status_is_good_or_not_as_the_step_says(
    status: int, expect: list[int], reason: FailReason | None
) -> None:
    with HttpStub([Reply(status, {}, b"")]) as server:
        end, _ = await ended("http", server, expect=expect)
    assert (end.reason, end.detail) == (reason, "The answer was 404.")


@pytest.mark.parametrize(
    "method, reason", [("POST", FailReason.OUTCOME_UNKNOWN), ("GET", FailReason.TIMED_OUT)], ids=["POST", "GET"]
)
async def test_without_an_answer_what_may_have_been_done_is_unknown(method: str, reason: FailReason) -> None:
    def too_late(_: Request) -> Reply:
        time.sleep(1.5)
        return Reply(200, {})

    with HttpStub([too_late]) as server:
        end, _ = await ended("http", server, method=method, timeout_seconds=1)
    assert end.reason is reason


async def test_what_never_went_out_is_not_unknown(server: HttpStub) -> None:
    with HttpStub([Reply(200, {})]) as gone:
        pass
    end, _ = await ended("http", gone)
    assert end.reason is FailReason.UNREACHABLE


async def test_a_request_to_the_inside_is_refused(server: HttpStub) -> None:
    action = connect_all(Edges(Outbound(), shell_places(ShellPlace())))["http"]
    end = await action.run(task(example("http", server)), Kept())
    assert isinstance(end, StepEnd)
    assert end.reason is FailReason.REFUSED
    assert server.requests == []


async def test_whom_to_tell_is_who_was_named_or_who_has_to_do_with_it(server: HttpStub) -> None:
    end, _ = await ended("notify", server)
    assert end.message is not None
    assert (end.message.text, end.message.people, end.message.teams) == (
        "The disk of Payments was cleaned.",
        ["noor"],
        ["payments"],
    )
    end, _ = await ended("notify", server, to=[])
    assert end.message is not None
    assert end.message.people == ["sara", "kenji"]


async def test_a_person_reads_instructions_without_secrets(server: HttpStub) -> None:
    async with connected("manual") as action:
        outcome = await action.run(task(example("manual", server, instructions="use {{ parameters.token }}")), Kept())
    assert isinstance(outcome, Waits)
    assert outcome.text == f"use {MASK}"


async def test_a_script_that_is_cancelled_ends_all_that_it_began(server: HttpStub) -> None:
    place = ShellPlace()
    action = connect_all(Edges(Outbound(), shell_places(place)))["script"]
    sink = Kept()
    running = asyncio.create_task(action.run(task(example("script", server, script="echo $$; sleep 60")), sink))
    await eventually(lambda: b"\n" in sink.output)
    running.cancel()
    began = time.perf_counter()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.perf_counter() - began < 2

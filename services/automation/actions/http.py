"""HTTP: one request to an address of the outside, under the guard that all outgoing calls have.

What is filled into the address stands behind the host and is percent-encoded, so no alert can choose where the request
goes; what is filled into JSON or a form is encoded for it. A request that may have changed something and got no answer
has an unknown outcome: it is never sent again by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote, quote_plus

from pydantic import Field, field_validator

from services.automation.actions.contract import (
    ActionSpec,
    Edges,
    FailReason,
    FieldKind,
    Flaw,
    FormField,
    Step,
    StepEnd,
    StepPlan,
    StepTask,
    template_flaws,
)
from services.automation.scripts.place import OutputSink
from services.automation.values.template import Encode, names_in, render
from services.automation.values.values import Values
from shared.outside import outbound

SAFE_METHODS = ("GET", "HEAD")
METHODS = (*SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE")
ANSWER_BYTES = 1024 * 1024
"""What is read of an answer; the rest is not waited for."""
STARTED_BY = "Tocsin-Execution"
"""The header by which a receiver knows the execution that asks: a runbook that starts itself is found by it."""
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")

SPEC = ActionSpec(
    id="http",
    name="HTTP request",
    fields=(
        FormField("method", "Method", FieldKind.CHOICE, choices=METHODS),
        FormField("url", "Address", FieldKind.URL, "May name values behind the host", required=True),
        FormField("headers", "Headers", FieldKind.PAIRS, "Secrets belong in a parameter of the type secret"),
        FormField("body", "Body", FieldKind.LONG_TEXT, "Text or JSON"),
        FormField("expect", "Good answers", FieldKind.TEXT, "Statuses; none: every 2xx"),
    ),
    example={
        "type": "http",
        "name": "Drain the host",
        "method": "POST",
        "url": "https://balancer.example.org/pools/payments/hosts/{{ alert.labels.host }}/drain",
        "headers": {"Authorization": "Bearer {{ parameters.token }}"},
        "body": {"reason": "{{ incident.id }}"},
        "timeout_seconds": 20,
    },
)


class HttpStep(Step):
    """A step that makes one request."""

    type: Literal["http"] = "http"
    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 30
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    headers: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=200)], Annotated[str, Field(max_length=4000)]],
        Field(max_length=50),
    ] = {}
    body: Annotated[str, Field(max_length=64 * 1024)] | dict[str, Any] | list[Any] | None = None
    expect: Annotated[list[Annotated[int, Field(ge=100, le=599)]], Field(max_length=20)] = []
    """Statuses that are good; none given: every 2xx."""

    @field_validator("method", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def is_repeatable(self) -> bool:
        """A request that changes nothing may be made again."""
        return self.method in SAFE_METHODS

    def flaws(self, parameters: Collection[str], secrets: Collection[str]) -> Sequence[Flaw]:
        """What is wrong with its address and its templates."""
        found: list[Flaw] = []
        authority = _AUTHORITY.match(self.url)
        if "{{" in (authority[0] if authority else self.url):
            found.append(("/url", "values stand behind the host only: nobody but the runbook says where it goes"))
        else:
            try:
                outbound.destination(authority[0] if authority else self.url)
            except outbound.Refused as refusal:
                found.append(("/url", str(refusal)))
        hidden = [f"parameters.{name}" for name in secrets]
        if any(name in hidden for name in names_in(self.url)):
            found.append(("/url", "a secret parameter belongs in a header or the body: addresses are seen and logged"))
        found += template_flaws("/url", self.url, parameters)
        for name, value in self.headers.items():
            found += template_flaws(f"/headers/{name}", value, parameters)
        for text in _texts_in(self.body):
            found += template_flaws("/body", text, parameters)
        if len(json.dumps(self.body)) > 128 * 1024:
            found.append(("/body", "is larger than 128 KiB"))
        return found

    def filled_in(self, values: Values) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and body. Raises `NoValue`."""
        url = render(self.url, values, _in_address)
        headers = {name: render(value, values, _in_header) for name, value in self.headers.items()}
        said = {name.lower(): value.lower() for name, value in headers.items()}
        if isinstance(self.body, str):
            return url, headers, render(self.body, values, _encoding_for(said.get("content-type", ""))).encode()
        if self.body is None:
            return url, headers, b""
        if "content-type" not in said:
            headers["Content-Type"] = "application/json"
        return url, headers, json.dumps(_fill(self.body, values), ensure_ascii=False).encode()


STEP = HttpStep


class HttpAction:
    """Makes requests by the process's own client."""

    spec = SPEC

    def __init__(self, http: outbound.Outbound) -> None:
        self._http = http

    async def plan(self, task: StepTask) -> StepPlan:
        """The request as it would be sent, secrets left out."""
        step = _own(task)
        url, headers, body = step.filled_in(task.values.masked())
        lines = [f"{step.method} {url}", *(f"{name}: {value}" for name, value in headers.items())]
        text = "\n".join([*lines, *(["", body.decode("utf-8", "replace")] if body else [])])
        return StepPlan(text, outbound.destination(url), "automation, over the internet")

    async def run(self, task: StepTask, sink: OutputSink) -> StepEnd:
        """Make the request once; its answer is the output."""
        step = _own(task)
        url, headers, body = step.filled_in(task.values)
        has_begun = False

        async def leave() -> None:
            nonlocal has_begun
            has_begun = True

        try:
            answer = await self._http.call(
                step.method,
                url,
                body,
                self._with_origin(headers, task),
                timeout_seconds=step.timeout_seconds,
                answer_limit_bytes=ANSWER_BYTES,
                leave=leave,
            )
        except outbound.Refused as refusal:
            return StepEnd(FailReason.REFUSED, detail=f"The request was not made: {refusal}.")
        except outbound.OutboundError as error:
            return _no_answer(step, error, has_begun=has_begun)
        await sink.write(answer.body)
        is_good = answer.status in step.expect if step.expect else 200 <= answer.status < 300
        detail = f"The answer was {answer.status}."
        reason = None if is_good else FailReason.UNEXPECTED_ANSWER
        return StepEnd(reason, detail=detail, output_cut=answer.cut)

    @staticmethod
    def _with_origin(headers: Mapping[str, str], task: StepTask) -> dict[str, str]:
        """The headers, with who asks and, for what must not be done twice, under which key."""
        said = {name.lower() for name in headers}
        ours = {STARTED_BY: task.values.find("execution.id") or ""}
        if not task.step.is_repeatable and "idempotency-key" not in said:
            ours["Idempotency-Key"] = task.id
        return {**headers, **ours}


def _no_answer(step: HttpStep, error: outbound.OutboundError, *, has_begun: bool) -> StepEnd:
    if has_begun and not step.is_repeatable:
        words = f"The request went out and no answer came ({error}): it may have been carried out."
        return StepEnd(FailReason.OUTCOME_UNKNOWN, detail=words)
    is_late = isinstance(error, outbound.TimedOut)
    return StepEnd(FailReason.TIMED_OUT if is_late else FailReason.UNREACHABLE, detail=f"There was no answer: {error}.")


def _own(task: StepTask) -> HttpStep:
    if not isinstance(task.step, HttpStep):
        raise TypeError(f"{task.id} is no HTTP step")
    return task.step


def _texts_in(value: Any) -> list[str]:
    """Every text in a JSON value, also the names of members."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for name, one in value.items() for text in (name, *_texts_in(one))]
    return [text for one in value for text in _texts_in(one)] if isinstance(value, list) else []


def _fill(value: Any, values: Values) -> Any:
    if isinstance(value, str):
        return render(value, values)
    if isinstance(value, dict):
        return {render(name, values): _fill(one, values) for name, one in value.items()}
    return [_fill(one, values) for one in value] if isinstance(value, list) else value


def _in_address(value: str) -> str:
    """A value as one part of a path or query; one of dots alone would lead upwards."""
    return value.replace(".", "%2E") if value in (".", "..") else quote(value, safe="")


def _in_header(value: str) -> str:
    """A value in a header: line breaks are blanks, and what else can't be sent is refused when it is sent."""
    return " ".join(value.split())


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _encoding_for(content_type: str) -> Encode:
    if "json" in content_type:
        return _in_json
    return quote_plus if "x-www-form-urlencoded" in content_type else str


def connect(edges: Edges) -> HttpAction:
    """The action of this process."""
    return HttpAction(edges.outbound)

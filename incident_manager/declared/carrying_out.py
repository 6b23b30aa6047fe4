"""Does what a plan says, step by step; each is noted when it is done, so that a run that ends early can be repeated."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from incident_manager.client.errors import BadInput, Unreachable
from incident_manager.client.gateway import Gateway
from incident_manager.declared.applied_file import AppliedFile
from incident_manager.declared.plan import Action, Planned, mark_of
from incident_manager.declared.reading import read_kind, read_one

LOOK_SECONDS = 0.5
Told = Callable[[Planned], None]


def carry_out(gateway: Gateway, steps: Sequence[Planned], applied: AppliedFile, told: Told) -> None:
    """Do all steps in their order; services are written together. Raises `TocsinError` at the first that fails."""
    done_catalogue = False
    for step in steps:
        if step.action is Action.DELETE:
            gateway.write("DELETE", step.kind.address(step.id), version=_version(step))
            applied.forget(step.kind.name, step.id)
            told(step)
        elif not step.kind.is_catalogue:
            _write_one(gateway, step, applied)
            if not step.is_rest:
                told(step)
        elif not done_catalogue:
            done_catalogue = True
            mine = [one for one in steps if one.kind.is_catalogue and one.action is not Action.DELETE]
            _write_catalogue(gateway, mine, applied)
            for one in mine:
                told(one)


def _version(step: Planned) -> int | None:
    return step.version if step.kind.is_guarded else None


def _write_one(gateway: Gateway, step: Planned, applied: AppliedFile) -> None:
    if step.action is Action.CREATE:
        gateway.post(step.kind.path, dict(step.wanted))
    else:
        patch = {one.name: one.after for one in step.changes}
        body = step.whole if step.kind.edit == "PUT" else patch
        gateway.write(step.kind.edit, step.kind.address(step.id), body, version=_version(step))
    current = read_one(gateway, step.kind, step.id)
    applied.keep(step.kind.name, step.id, mark_of(step.wanted, current), is_made=step.action is Action.CREATE)


def _write_catalogue(gateway: Gateway, steps: Sequence[Planned], applied: AppliedFile) -> None:
    answer = gateway.post("/services/import", {"services": [dict(step.wanted) for step in steps]})
    if isinstance(answer, dict) and "created" in answer and "state" in answer:
        _wait_for(gateway, str(answer["id"]))
    present = read_kind(gateway, steps[0].kind)
    for step in steps:
        mark = mark_of(step.wanted, present.get(step.id, {}))
        applied.keep(step.kind.name, step.id, mark, is_made=step.action is Action.CREATE)


def _wait_for(gateway: Gateway, job: str) -> None:
    """Until a long import has ended. Raises `BadInput` with its problem."""
    while True:
        state: dict[str, Any] = gateway.get(f"/services/imports/{job}")
        if state["state"] == "done":
            return
        if state["state"] not in ("waiting", "writing"):
            problem = state.get("problem") or {}
            kind = BadInput if state["state"] == "refused" else Unreachable
            raise kind(str(problem.get("detail") or "The import of services broke off; the same file does the rest."))
        time.sleep(LOOK_SECONDS)

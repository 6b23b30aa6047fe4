"""The catalogue as a file: what importing one would do, decided before anything is written.

A row is found by its id, else by its name; a new one without an id gets one from its name, so that the same file read
twice changes nothing. What a row leaves out stays as it is, null clears. Services that are not in the file are left
alone, unless they are to be pruned. One fault anywhere refuses the whole file, with the place of each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.incident.access import require_scope
from services.incident.catalogue.export import export_row
from services.incident.catalogue.search_words import fold
from services.incident.catalogue.service_definition import (
    BUILT_IN,
    RESERVED,
    EdgeKind,
    Id,
    LinkIn,
    Match,
    Reference,
    Service,
    ServiceIn,
    ServicePatch,
    Slo,
    delete_service,
    edit_service,
    link_of,
    make_service,
)
from services.incident.catalogue.support_hours import OpenHours, SupportHours
from services.incident.service_map.edges import MAX_DEPENDENCIES, edges_of, fault_of, with_edges
from shared.ids import derive_id
from shared.problem import Fault, Problem

MAX_ROWS = 20_000
MAX_FAULTS = 100
STRICT = ConfigDict(extra="forbid")


class _Link(LinkIn):
    model_config = STRICT


class _Slo(Slo):
    model_config = STRICT


class _Match(Match):
    model_config = STRICT


class _OpenHours(OpenHours):
    model_config = STRICT


class _SupportHours(SupportHours):
    model_config = STRICT

    hours: Annotated[tuple[_OpenHours, ...], Field(max_length=50)]


class EdgeRow(BaseModel):
    """A dependency: an object, or the id alone for a hard one."""

    model_config = STRICT

    service_id: Reference
    kind: EdgeKind = EdgeKind.HARD


class ServiceRow(ServicePatch):
    """A service in a file; `depends_on` is all that it needs."""

    model_config = STRICT

    id: Id | None = None
    links: Annotated[list[Annotated[_Link, BeforeValidator(link_of)]], Field(max_length=100)] | None = None
    slo: _Slo | None = None
    match: _Match | None = None
    support_hours: _SupportHours | None = None
    depends_on: (
        Annotated[
            list[Annotated[EdgeRow, BeforeValidator(lambda one: {"service_id": one} if isinstance(one, str) else one)]],
            Field(max_length=MAX_DEPENDENCIES),
        ]
        | None
    ) = None


class Action(StrEnum):
    """What importing does to a service."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Planned:
    """One service that changes; `before` is the deleted one that had its id, or None, for one that is made."""

    action: Action
    before: Service | None
    after: Service
    pointer: str = ""
    """Where its row stands in the file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that changes, in the order of the file, what is pruned last."""

    changes: Sequence[Planned]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row and where it stands."""

    pointer: str
    row: ServiceRow


def read_rows(body: Any) -> list[Row]:
    """The rows of a file: a list, or an object that has it as `services`, and as `x-…` what anchors are kept in.

    Raises a 422 `Problem` with every fault's place, a key that no service has among them.
    """
    prefix = ""
    if isinstance(body, dict):
        if unknown := [key for key in body if key != "services" and not key.startswith("x-")]:
            raise _refuse([Fault(_pointer("", key), "there is no such key") for key in unknown])
        body, prefix = body.get("services"), "/services"
    if not isinstance(body, list):
        raise _refuse([Fault(prefix, "must be a list of services")])
    if len(body) > MAX_ROWS:
        raise _refuse([Fault(prefix, f"has more than {MAX_ROWS} services")])
    rows: list[Row] = []
    faults: list[Fault] = []
    for place, item in enumerate(body):
        pointer = f"{prefix}/{place}"
        try:
            rows.append(Row(pointer, ServiceRow.model_validate(item)))
        except ValidationError as error:
            faults += _faults(pointer, error)
        if len(faults) >= MAX_FAULTS:
            break
    if faults:
        raise _refuse(faults)
    return rows


def plan_import(
    rows: Sequence[Row], known: Iterable[Service], teams: Sequence[str], now: datetime, *, prune: bool = False
) -> Plan:
    """What importing the rows does to the services that are `known`, deleted ones too.

    Raises a `Problem`: 422 with the place of each fault, 403 when `teams` (empty: not limited) may not change one.
    """
    kept = {service.id: service for service in known}
    live = {key: service for key, service in kept.items() if not service.deleted}
    ids = _ids(rows, live)
    gone = sorted(key for key in live if prune and key not in set(ids) and key not in BUILT_IN)
    gone = [key for key in gone if not teams or live[key].team in teams]
    there = (live.keys() | set(ids)) - set(gone)
    names = _names(there, {**{key: one.name for key, one in live.items()}, **_new_names(rows, ids)})
    changes: list[Planned] = []
    faults: list[Fault] = []
    for row, key in zip(rows, ids, strict=True):
        try:
            after = _edges(row, _fields(row, key, kept.get(key), now), there, names, now)
        except Problem as problem:
            faults += problem.errors
            continue
        before = live.get(key)
        if after is not before:
            action = Action.UPDATE if before else Action.CREATE
            changes.append(Planned(action, kept.get(key), after, row.pointer))
    if faults:
        raise _refuse(faults)
    changes += [Planned(Action.DELETE, live[key], delete_service(live[key], now)) for key in gone]
    for change in changes:
        if change.before is not None and not change.before.deleted:
            require_scope(teams, change.before.team)
        require_scope(teams, change.after.team)
    return Plan(changes, sum(1 for _ in rows) - sum(one.action is not Action.DELETE for one in changes))


def new_policies(plan: Plan) -> list[tuple[str, str]]:
    """(pointer, id) of each escalation policy that a service gets by this plan and does not have already."""
    found: list[tuple[str, str]] = []
    for change in plan.changes:
        policy = change.after.escalation_policy_id
        is_there = change.before is not None and not change.before.deleted
        before = change.before.escalation_policy_id if change.before is not None and is_there else None
        if policy and policy != before and change.action is not Action.DELETE:
            found.append((f"{change.pointer}/escalation_policy_id", policy))
    return found


def differences(change: Planned) -> list[tuple[str, Any, Any]]:
    """(member, before, after) of what a change alters, as a file has it; of a service that is made, what is stated."""
    after = export_row(change.after) if change.action is not Action.DELETE else {}
    if change.action is Action.CREATE or change.before is None:
        return [(name, None, value) for name, value in after.items() if value not in (None, "", [], {"labels": {}})]
    before = export_row(change.before)
    return [(name, before[name], value) for name, value in after.items() if value != before[name]]


def _ids(rows: Sequence[Row], live: Mapping[str, Service]) -> list[str]:
    """The id of each row. Raises a 422 `Problem` for one that has neither id nor name, or that stands twice."""
    named: dict[str, list[str]] = {}
    for key, service in sorted(live.items()):
        named.setdefault(fold(service.name), []).append(key)
    faults: list[Fault] = []
    ids: dict[str, None] = {}
    for row in rows:
        key = row.row.id or next(iter(named.get(fold(row.row.name), ())), None) or _id_from(row.row.name, live)
        if not row.row.id and not row.row.name:
            faults.append(Fault(f"{row.pointer}/name", "a service needs a name"))
        elif key in ids:
            faults.append(Fault(f"{row.pointer}/{'id' if row.row.id else 'name'}", f"{key!r} stands twice in the file"))
        ids[key] = None
    if faults:
        raise _refuse(faults)
    return list(ids)


def _id_from(name: str, taken: Collection[str]) -> str:
    """The id of a service that is known by its name alone: its words where they can be one, always the same."""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:80]
    if slug and fold(name).isascii() and slug not in taken and slug not in RESERVED:
        return slug
    return derive_id("service-name", fold(name), prefix="svc_")


def _new_names(rows: Sequence[Row], ids: Sequence[str]) -> dict[str, str]:
    return {key: row.row.name for row, key in zip(rows, ids, strict=True) if row.row.name}


def _names(there: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """The first id, by id, of each folded name."""
    return {fold(names[key]): key for key in sorted(there, reverse=True) if key in names}


def _fields(row: Row, key: str, before: Service | None, now: datetime) -> Service:
    """The service with what the row says, but for its edges. Raises a `Problem` whose faults are placed in the file."""
    stated = row.row.model_dump(exclude_unset=True, exclude={"id", "depends_on"})
    try:
        if before is not None and not before.deleted:
            return edit_service(before, ServicePatch.model_validate(stated), now)
        given = {name: value for name, value in stated.items() if value is not None}
        return make_service(ServiceIn.model_validate({"id": key, **given}), key, before, now)
    except ValidationError as error:
        raise _refuse(_faults(row.pointer, error)) from error
    except Problem as problem:
        raise _refuse([Fault(row.pointer + fault.pointer, fault.detail) for fault in problem.errors]) from problem


def _edges(
    row: Row, service: Service, there: frozenset[str] | set[str], names: Mapping[str, str], now: datetime
) -> Service:
    """The service with the row's edges, by id or name; edges to what is gone do not count, and stay."""
    if "depends_on" not in row.row.model_fields_set:
        return service
    edges: dict[str, bool] = {}
    faults: list[Fault] = []
    for place, edge in enumerate(row.row.depends_on or ()):
        other = edge.service_id if edge.service_id in there else names.get(fold(edge.service_id), edge.service_id)
        if what := fault_of(service.id, other, there):
            faults.append(Fault(f"{row.pointer}/depends_on/{place}", what))
        edges[other] = edge.kind is EdgeKind.HARD
    if faults:
        raise _refuse(faults)
    seen = {key: hard for key, hard in edges_of(service).items() if key in there}
    return service if edges == seen else with_edges(service, edges, now)


def _pointer(prefix: str, *parts: str | int) -> str:
    return prefix + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _faults(pointer: str, error: ValidationError) -> list[Fault]:
    # "Value error, " is pydantic's, before the words of our own validators
    return [
        Fault(_pointer(pointer, *one["loc"]), str(one["msg"]).removeprefix("Value error, ")) for one in error.errors()
    ]


def _refuse(faults: Sequence[Fault]) -> Problem:
    shown = list(faults)[:MAX_FAULTS]
    return Problem(
        422, "invalid", "; ".join(f"{one.pointer or 'body'}: {one.detail}" for one in shown[:5]), errors=shown
    )

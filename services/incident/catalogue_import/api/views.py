"""What HTTP shows of an import.

The difference may have thousands of services, so it is made of plain values and encoded at once; the models say what is
in it.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel

from services.incident.catalogue_import.plan import Action, Plan, differences


class FieldChangeView(BaseModel):
    """What becomes of one member of a service."""

    field: str
    before: Any
    after: Any


class ServiceChangeView(BaseModel):
    """What becomes of one service."""

    id: str
    action: Action
    changes: list[FieldChangeView]


class ImportView(BaseModel):
    """What an import did or, as a dry run, would do; what does not change is counted only."""

    created: int
    updated: int
    deleted: int
    unchanged: int
    dry_run: bool
    diff: list[ServiceChangeView]


def import_json(plan: Plan, *, dry_run: bool) -> bytes:
    """An `ImportView`."""
    counts = {action: sum(one.action is action for one in plan.changes) for action in Action}
    diff = [
        {
            "id": one.after.id,
            "action": one.action,
            "changes": [{"field": name, "before": old, "after": new} for name, old, new in differences(one)],
        }
        for one in plan.changes
    ]
    return orjson.dumps(
        {
            "created": counts[Action.CREATE],
            "updated": counts[Action.UPDATE],
            "deleted": counts[Action.DELETE],
            "unchanged": plan.unchanged,
            "dry_run": dry_run,
            "diff": diff,
        }
    )

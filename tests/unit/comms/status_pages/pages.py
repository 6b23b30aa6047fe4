"""Builders of status pages and updates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.comms.status_pages.page import ComponentState, PageIn, StatusPage, UpdateStatus, create_page
from services.comms.status_pages.post_update import Asked

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
COMPONENTS = [
    {"id": "api", "name": "API", "service_ids": ["payments"]},
    {"id": "web", "name": "Website", "service_ids": ["shop"]},
]


def make_page(**changes: Any) -> StatusPage:
    """A page with two components, made at noon."""
    body = {"slug": "acme", "name": "Acme", "components": COMPONENTS} | changes
    return create_page(PageIn.model_validate(body), "sp_1", None, NOON)


def ask(status: UpdateStatus, *components: tuple[str, ComponentState], id: str = "u1", **more: Any) -> Asked:
    """An update."""
    return Asked(**({"id": id, "status": status, "message": "We look into it.", "components": components} | more))

"""`/integrations`, for managers. One who is limited to teams lets tools deliver for services of these teams only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.entry.caller_context import CallerContext
from services.gateway.keys.api.key_management import Id, KeyManagement, Rotation, Text
from services.gateway.keys.key import Key, delivery_url, integration_key
from services.gateway.proxy.ownership import Owners
from shared.callers.identity import Identity
from shared.ids import fresh
from shared.problem import forbidden, invalid
from shared.secrecy.signing import signing_secret
from shared.vocabulary import Role
from shared.web import Caller
from shared.web.paging import Cursor, Limit, Page


class NewIntegration(BaseModel):
    """What is to deliver alerts or changes here, and for which service."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")] = "generic"
    """A source's id."""
    service_id: Id | None = None


class IntegrationView(BaseModel):
    """An integration, without its key."""

    id: str
    name: str
    kind: str
    service_id: str | None
    url: str
    created_at: datetime
    former_until: datetime | None
    """Until when the key from before the last rotation is good."""


class MadeIntegration(IntegrationView):
    """The only answer that holds the integration's key; its `url` works as it stands."""

    key: str
    signing_secret: str
    """What its sender may sign with instead of the key (GitHub's secret, GitLab's token)."""


def routes(key_management: KeyManagement, owners: Owners, base_url: str, secret_key: str) -> APIRouter:
    """`/integrations`."""
    router = APIRouter(prefix="/integrations")

    def view(key: Key) -> IntegrationView:
        return IntegrationView(**_fields(key, base_url))

    def view_of_made(key: Key, text: str) -> MadeIntegration:
        fields = _fields(key, base_url)
        fields["url"] = delivery_url(base_url, fields["kind"], text)
        return MadeIntegration(**fields, key=text, signing_secret=signing_secret(secret_key, key.id))

    @router.post("", status_code=201, summary="Let a tool deliver; its key is shown once")
    async def make_integration(
        new: NewIntegration, caller: Caller, request: Request, response: Response
    ) -> MadeIntegration:
        await _require_theirs(owners, new, caller, request)
        text, digest = key_management.draw(integration_key)
        key = Key(
            id=fresh("int_"),
            name=new.name,
            role=Role.INTEGRATION,
            digest=digest,
            created_at=key_management.clock.now(),
            teams=caller.teams,
            integration_kind=new.kind,
            service_id=new.service_id,
        )
        await key_management.add(key)
        response.headers["Location"] = f"/integrations/{key.id}"
        return view_of_made(key, text)

    @router.get("", summary="All integrations, newest first")
    async def list_integrations(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[IntegrationView]:
        found, following = await key_management.page(caller, limit=limit, cursor=cursor, integrations=True)
        return Page(items=[view(key) for key in found], next_cursor=following)

    @router.get("/{id}", summary="One integration")
    async def get_integration(id: str, caller: Caller) -> IntegrationView:
        return view(await key_management.get(caller, id, integration=True))

    @router.delete("/{id}", status_code=204, summary="End an integration and its key")
    async def end_integration(id: str, caller: Caller) -> None:
        await key_management.revoke(await key_management.get(caller, id, integration=True))

    @router.post("/{id}/rotate", summary="Give an integration a new key; the old one is good for the grace")
    async def rotate_integration(id: str, caller: Caller, rotation: Rotation | None = None) -> MadeIntegration:
        key = await key_management.get(caller, id, integration=True)
        return view_of_made(*await key_management.rotate(key, integration_key, rotation or Rotation()))

    return router


async def _require_theirs(owners: Owners, new: NewIntegration, caller: Identity, request: Request) -> None:
    if not caller.teams:
        return
    if new.service_id is None:
        raise invalid("/service_id", "a key that is limited to teams must name a service of theirs")
    caller_context: CallerContext = request.scope["tocsin.caller_context"]
    if not await owners.is_service_seen(new.service_id, caller_context.token()):
        raise forbidden("This service belongs to a team that the key is not for.")


def _fields(key: Key, base_url: str) -> dict[str, Any]:
    kind = key.integration_kind or "generic"
    return {
        "id": key.id,
        "name": key.name,
        "kind": kind,
        "service_id": key.service_id,
        "url": delivery_url(base_url, kind),
        "created_at": key.created_at,
        "former_until": key.former_until,
    }

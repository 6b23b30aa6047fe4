"""`/api-keys`, for admins. One who is limited to teams has to do with keys of these teams only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.gateway.entry.caller_context import CallerContext
from services.gateway.keys.api.key_management import Id, KeyManagement, Rotation, Text, installation_key
from services.gateway.keys.key import Key, api_key, is_first_admin
from services.gateway.proxy.ownership import Owners
from shared.callers.identity import Identity
from shared.ids import fresh
from shared.problem import forbidden, invalid
from shared.vocabulary import Role
from shared.web import Caller
from shared.web.paging import Cursor, Limit, Page


class NewKey(BaseModel):
    """What an API key is to be; a word that is not known is refused, or a misspelt expiry would never come."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    role: Role
    expires_at: AwareDatetime | None = None
    teams: Annotated[list[Id], Field(max_length=100)] = []
    user_id: Id | None = None
    """The person whom the key acts for: acknowledgements bear their name."""


class KeyView(BaseModel):
    """An API key, without the key."""

    id: str
    name: str
    role: Role
    teams: list[str]
    user_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    former_until: datetime | None
    """Until when the secret from before the last rotation is good."""


class MadeKey(KeyView):
    """The only answer that holds the key itself."""

    key: str


def routes(key_management: KeyManagement, owners: Owners) -> APIRouter:
    """`/api-keys`."""
    router = APIRouter(prefix="/api-keys")

    @router.post("", status_code=201, summary="Make an API key; it is shown once")
    async def make_key(new: NewKey, caller: Caller, request: Request, response: Response) -> MadeKey:
        now = key_management.clock.now()
        if new.expires_at is not None and new.expires_at <= now:
            raise invalid("/expires_at", "must lie in the future")
        if caller.teams and not (new.teams and set(new.teams) <= set(caller.teams)):
            raise forbidden("A key that is limited to teams makes keys for these teams only.")
        await _require_person(owners, caller, new.user_id, new.teams, request)
        text, digest = key_management.draw(api_key)
        key = Key(
            id=fresh("key_"),
            name=new.name,
            role=new.role,
            digest=digest,
            created_at=now,
            teams=tuple(new.teams),
            user_id=new.user_id,
            expires_at=new.expires_at,
        )
        await key_management.add(key)
        response.headers["Location"] = f"/api-keys/{key.id}"
        return MadeKey(**_fields(key), key=text)

    @router.get("", summary="All API keys, newest first")
    async def list_keys(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[KeyView]:
        found, following = await key_management.page(caller, limit=limit, cursor=cursor, integrations=False)
        return Page(items=[KeyView(**_fields(key)) for key in found], next_cursor=following)

    @router.get("/{id}", summary="One API key")
    async def get_key(id: str, caller: Caller) -> KeyView:
        return KeyView(**_fields(await key_management.get(caller, id, integration=False)))

    @router.delete("/{id}", status_code=204, summary="Revoke an API key, everywhere within 5 seconds")
    async def revoke_key(id: str, caller: Caller) -> None:
        await key_management.revoke(await key_management.get(caller, id, integration=False))

    @router.post("/{id}/rotate", summary="Give an API key a new secret; the old one is good for the grace")
    async def rotate_key(id: str, caller: Caller, request: Request, rotation: Rotation | None = None) -> MadeKey:
        key = await key_management.get(caller, id, integration=False)
        if is_first_admin(key):
            raise installation_key()
        await _require_person(owners, caller, key.user_id, key.teams, request)
        changed, text = await key_management.rotate(key, api_key, rotation or Rotation())
        return MadeKey(**_fields(changed), key=text)

    return router


async def _require_person(
    owners: Owners, caller: Identity, user_id: str | None, teams: Sequence[str], request: Request
) -> None:
    """Raise a 403 `Problem` where a caller who is limited to teams would act for somebody of other teams."""
    if user_id is None or not caller.teams:
        return
    caller_context: CallerContext = request.scope["tocsin.caller_context"]
    if not await owners.teams_of_person(user_id, caller_context.token()) & set(teams):
        raise forbidden("A key that is limited to teams makes keys for the people of these teams only.")


def _fields(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "teams": list(key.teams),
        "user_id": key.user_id,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "former_until": key.former_until,
    }

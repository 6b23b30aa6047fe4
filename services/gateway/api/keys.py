"""HTTP in, for what the gateway itself answers: keys, integrations, the merged OpenAPI document, the first pages."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.gateway import keys
from services.gateway.keyring import Keyring
from services.gateway.keys import Key
from services.gateway.openapi import Document
from services.gateway.pages import HEADERS, docs_page, landing_page
from services.gateway.store.keys import KeyStore
from shared.clock import Now
from shared.ids import fresh
from shared.problem import conflict, invalid, not_found
from shared.vocabulary import Role
from shared.web.paging import Cursor, Limit, Page, decode_cursor, encode_cursor

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f/]+$")]


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


class MadeKey(KeyView):
    """The only answer that holds the key itself."""

    key: str


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


class MadeIntegration(IntegrationView):
    """The only answer that holds the integration's key; its `url` works as it stands."""

    key: str


def key_router(store: KeyStore, keyring: Keyring, clock: Now) -> APIRouter:
    """`/api-keys`, for admins."""
    router = APIRouter(prefix="/api-keys")

    @router.post("", status_code=201, summary="Make an API key; it is shown once")
    async def make_key(new: NewKey, response: Response) -> MadeKey:
        now = clock.now()
        if new.expires_at is not None and new.expires_at <= now:
            raise invalid("/expires_at", "must lie in the future")
        text = keys.api_key(secrets.token_bytes(keys.KEY_BYTES))
        key = Key(
            id=fresh("key_"),
            name=new.name,
            role=new.role,
            digest=keys.digest_of(text),
            created_at=now,
            teams=tuple(new.teams),
            user_id=new.user_id,
            expires_at=new.expires_at,
        )
        await store.add(key, now)
        keyring.learn(key)
        response.headers["Location"] = f"/api-keys/{key.id}"
        return MadeKey(**_key_fields(key), key=text)

    @router.get("", summary="All API keys, newest first")
    async def list_keys(limit: Limit = 50, cursor: Cursor = None) -> Page[KeyView]:
        found, following = await _page(store, limit=limit, cursor=cursor, integrations=False)
        return Page(items=[KeyView(**_key_fields(key)) for key in found], next_cursor=following)

    @router.get("/{id}", summary="One API key")
    async def get_key(id: str) -> KeyView:
        return KeyView(**_key_fields(await _stored(store, id, integration=False)))

    @router.delete("/{id}", status_code=204, summary="Revoke an API key, everywhere within 5 seconds")
    async def revoke_key(id: str) -> None:
        await _revoke(store, keyring, await _stored(store, id, integration=False), clock.now())

    return router


def integration_router(store: KeyStore, keyring: Keyring, clock: Now, base_url: str) -> APIRouter:
    """`/integrations`, for managers."""
    router = APIRouter(prefix="/integrations")

    def view(key: Key) -> IntegrationView:
        return IntegrationView(**_integration_fields(key, base_url))

    @router.post("", status_code=201, summary="Let a tool deliver; its key is shown once")
    async def make_integration(new: NewIntegration, response: Response) -> MadeIntegration:
        now = clock.now()
        text = keys.integration_key(secrets.token_bytes(keys.KEY_BYTES))
        key = Key(
            id=fresh("int_"),
            name=new.name,
            role=Role.INTEGRATION,
            digest=keys.digest_of(text),
            created_at=now,
            integration_kind=new.kind,
            service_id=new.service_id,
        )
        await store.add(key, now)
        keyring.learn(key)
        response.headers["Location"] = f"/integrations/{key.id}"
        fields = _integration_fields(key, base_url)
        return MadeIntegration(**{**fields, "url": keys.delivery_url(base_url, new.kind, text)}, key=text)

    @router.get("", summary="All integrations, newest first")
    async def list_integrations(limit: Limit = 50, cursor: Cursor = None) -> Page[IntegrationView]:
        found, following = await _page(store, limit=limit, cursor=cursor, integrations=True)
        return Page(items=[view(key) for key in found], next_cursor=following)

    @router.get("/{id}", summary="One integration")
    async def get_integration(id: str) -> IntegrationView:
        return view(await _stored(store, id, integration=True))

    @router.delete("/{id}", status_code=204, summary="End an integration and its key")
    async def end_integration(id: str) -> None:
        await _revoke(store, keyring, await _stored(store, id, integration=True), clock.now())

    return router


def page_router(document: Callable[[], Document], parts: Callable[[], dict[str, bool]], base_url: str) -> APIRouter:
    """`/` and `/docs`."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    async def landing() -> HTMLResponse:
        return HTMLResponse(landing_page(parts(), base_url), headers=dict(HEADERS))

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(document()), headers=dict(HEADERS))

    return router


async def _stored(store: KeyStore, id: str, *, integration: bool) -> Key:
    """The key with this id, if it is of this kind; an integration that ended is gone, a revoked key is not."""
    key = await store.by_id(id)
    if key is None or key.is_integration is not integration or (integration and key.revoked_at is not None):
        raise not_found("integration" if integration else "API key", id)
    return key


async def _revoke(store: KeyStore, keyring: Keyring, key: Key, now: datetime) -> None:
    if key.revoked_at is not None:
        return
    stored = await store.replace(replace(key, revoked_at=now), now)
    if stored is None:
        raise conflict("changed_meanwhile", "Somebody else changed this key at the same moment; look at it again.")
    keyring.learn(stored)


async def _page(store: KeyStore, *, limit: int, cursor: str | None, integrations: bool) -> tuple[list[Key], str | None]:
    after = None
    if cursor is not None:
        moment, last_id = decode_cursor(cursor, (int, str))
        after = (keys.from_millis(moment), last_id)
    found = await store.page(integrations=integrations, after=after, limit=limit + 1)
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], encode_cursor(keys.to_millis(last.created_at), last.id)


def _key_fields(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "teams": list(key.teams),
        "user_id": key.user_id,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _integration_fields(key: Key, base_url: str) -> dict[str, Any]:
    kind = key.integration_kind or "generic"
    return {
        "id": key.id,
        "name": key.name,
        "kind": kind,
        "service_id": key.service_id,
        "url": keys.delivery_url(base_url, kind),
        "created_at": key.created_at,
    }

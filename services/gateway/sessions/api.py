"""`/session`: a browser shows a key once and gets a cookie for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.keys.credentials import MAX_KEY_LENGTH
from services.gateway.keys.key import Key, Refusal, digest_of, judge
from services.gateway.keys.key_cache import KeyCache
from services.gateway.refusals.refusal import refusal_problem
from services.gateway.requests.routes import Need
from services.gateway.sessions.session import ABSOLUTE, cookie, token_in
from services.gateway.sessions.session_cache import SessionCache
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import Problem
from shared.vocabulary import Role
from shared.web import Caller


class NewSession(BaseModel):
    """The key that the session stands for."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=1, max_length=MAX_KEY_LENGTH)]


class SessionView(BaseModel):
    """Who is signed in. Writes by cookie show `csrf_token` in `X-Tocsin-CSRF`; by key there is none and needs none."""

    name: str
    role: Role
    teams: list[str]
    user_id: str | None
    csrf_token: str | None


def routes(key_cache: KeyCache, session_cache: SessionCache, clock: Now, *, secure: bool) -> APIRouter:
    """`/session`; `secure` when browsers come by https."""
    router = APIRouter(prefix="/session")

    @router.post("", status_code=201, summary="Sign a browser in: a cookie for a key")
    async def begin_session(new: NewSession, request: Request, response: Response) -> SessionView:
        digest = digest_of(new.key)
        key = await key_cache.find(digest)
        request.scope["tocsin.acted"] = key
        refusal = judge(Need.VIEWER, key, shown=digest, now=clock.now())
        if refusal is not None or key is None:
            request.scope["tocsin.refused"] = refusal or Refusal.UNKNOWN_KEY
            raise refusal_problem(refusal, Need.VIEWER)
        token = await session_cache.begin(digest)
        seconds = int(ABSOLUTE.total_seconds())
        response.headers["Set-Cookie"] = cookie(token, secure=secure, seconds=seconds)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Location"] = "/session"
        return _of_key(key, session_cache.csrf.of(token))

    @router.get("", summary="Who is signed in")
    async def read_session(caller: Caller, request: Request, response: Response) -> SessionView:
        token = token_in(request.scope["headers"], secure=secure)
        by_key = "authorization" in request.headers or "x-tocsin-key" in request.headers
        response.headers["Cache-Control"] = "no-store"
        return _of_identity(caller, None if token is None or by_key else session_cache.csrf.of(token))

    @router.delete("", status_code=204, summary="Sign a browser out")
    async def end_session(request: Request, response: Response) -> None:
        token = token_in(request.scope["headers"], secure=secure)
        if token is None:
            return
        if not session_cache.csrf.is_shown(token, request.scope["headers"]):
            raise Problem(403, "csrf", "Signing out needs the session's token in X-Tocsin-CSRF.")
        holder = await session_cache.holder(token)
        request.scope["tocsin.acted"] = await key_cache.find(holder) if holder is not None else None
        await session_cache.end(token)
        response.headers["Set-Cookie"] = cookie("", secure=secure, seconds=0)

    return router


def _of_key(key: Key, csrf: str) -> SessionView:
    return SessionView(name=key.name, role=key.role, teams=list(key.teams), user_id=key.user_id, csrf_token=csrf)


def _of_identity(caller: Identity, csrf: str | None) -> SessionView:
    return SessionView(
        name=caller.name, role=caller.role, teams=list(caller.teams), user_id=caller.user_id, csrf_token=csrf
    )

"""What the routes of API keys and of integrations share: keys are drawn, stored, found, rotated and revoked alike."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.keys import key as keys
from services.gateway.keys.key import Key, is_first_admin, is_former_admin, is_within, outranks, rotate_secret
from services.gateway.keys.key_cache import KeyCache
from services.gateway.keys.store import KeyStore
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.problem import Problem, conflict, forbidden, not_found
from shared.process.logs import get_logger
from shared.web.paging import decode_cursor, encode_cursor

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f/]+$")]

MOST_GRACE_SECONDS = 7 * 86_400

log = get_logger(__name__)


class Rotation(BaseModel):
    """How long the secret that is replaced stays good."""

    model_config = ConfigDict(extra="forbid")

    grace_seconds: Annotated[int, Field(ge=0, le=MOST_GRACE_SECONDS)] = 3600


class KeyManagement:
    """The stored keys, each shown only to callers whose teams it is within."""

    def __init__(self, store: KeyStore, key_cache: KeyCache, clock: Now) -> None:
        self._store = store
        self._key_cache = key_cache
        self.clock = clock

    def draw(self, shape: Callable[[bytes], str]) -> tuple[str, str]:
        """A new secret and its digest."""
        text = shape(secrets.token_bytes(keys.KEY_BYTES))
        return text, keys.digest_of(text)

    async def add(self, key: Key) -> None:
        """Store a new key."""
        await self._store.add(key, self.clock.now())
        self._key_cache.learn(key)

    async def register_installation_key(self, key: Key) -> None:
        """Take in the key that is in the installation's own file; every one that was there before ends now."""
        await self._store.add(key, key.created_at)
        present = await self._store.by_id(key.id)
        if present is not None and present.revoked_at is not None:
            log.error("the installation's own key is revoked: remove its file, and the next start makes a new one")

        async def find_former() -> list[Key]:
            return [other async for other, _ in self._store.find_changed_since(None) if is_former_admin(other, key)]

        async def end(former: Sequence[Key]) -> set[str]:
            lost: set[str] = set()
            for other in former:
                ended = await self._store.replace(replace(other, revoked_at=self.clock.now()), self.clock.now())
                if ended is None:
                    lost.add(other.id)
                else:
                    self._key_cache.learn(ended)
                    log.warning("an earlier installation key was revoked", key_id=other.id)
            return lost

        await decide_and_commit(find_former, lambda former: former, end)

    async def get(self, caller: Identity, id: str, *, integration: bool) -> Key:
        """The key with this id, if it is of this kind; an integration that ended is gone, a revoked key is not."""
        key = await self._store.by_id(id)
        gone = key is None or key.is_integration is not integration or (integration and key.revoked_at is not None)
        if key is None or gone or not is_within(caller.teams, key):
            raise not_found("integration" if integration else "API key", id)
        return key

    async def page(
        self, caller: Identity, *, limit: int, cursor: str | None, integrations: bool
    ) -> tuple[list[Key], str | None]:
        """One page of those that the caller may see, and the cursor of the next."""
        after = decode_cursor(cursor, datetime, str)
        found = await self._store.page(integrations=integrations, after=after, limit=limit + 1)
        following = None
        if len(found) > limit:
            found = found[:limit]
            following = encode_cursor(found[-1].created_at, found[-1].id)
        return [key for key in found if is_within(caller.teams, key)], following

    async def revoke(self, key: Key) -> None:
        """End a key; once more changes nothing.

        Raises a 409 `Problem` when somebody else was faster, and for the installation's own key: the next start would
        take it from its file again, and nobody could get in meanwhile.
        """
        if is_first_admin(key) and key.revoked_at is None:
            raise installation_key()
        if key.revoked_at is None:
            await self._replace(replace(key, revoked_at=self.clock.now()))

    async def rotate(self, key: Key, shape: Callable[[bytes], str], rotation: Rotation) -> tuple[Key, str]:
        """The key with a new secret, and that secret. Raises a 409 `Problem` for a key that has ended."""
        now = self.clock.now()
        if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
            raise conflict("key_ended", "This key has ended; make a new one.")
        text, digest = self.draw(shape)
        changed = await self._replace(rotate_secret(key, digest, now, timedelta(seconds=rotation.grace_seconds)))
        return changed, text

    async def require_not_above(self, user_id: str, caller: Key) -> None:
        """Raise a 403 `Problem` when a key of this person may do more than the caller's: it would end with them."""
        now = self.clock.now()
        if any(outranks(key, caller, now) for key in await self._store.of_user(user_id)):
            raise forbidden("A key of this person may do more than yours, and would end with them.")

    async def _replace(self, key: Key) -> Key:
        stored = await self._store.replace(key, self.clock.now())
        if stored is None:
            raise _changed_meanwhile()
        self._key_cache.learn(stored)
        return stored


def installation_key() -> Problem:
    """The 409 for a change that only a new file can make."""
    return conflict(
        "installation_key",
        "The installation's own key is kept in a file: remove that and start again to renew it; the old one ends then.",
    )


def _changed_meanwhile() -> Problem:
    return conflict("changed_meanwhile", "Somebody else changed this key at the same moment; look at it again.")

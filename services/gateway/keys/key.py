"""Keys: what is kept of one, what one looks like, and whether its holder may do what was asked.

The key itself is shown once and never kept; its SHA-256 finds it. Both kinds carry 128 random bits, so a digest cannot
be guessed back and needs no salt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.gateway.requests.routes import Need, is_enough, rank
from shared.callers.identity import Identity
from shared.events.control import KeyFact
from shared.ids import derive_id
from shared.vocabulary import Role

KEY_BYTES = 16

_CHANGE_KINDS = frozenset({"github", "gitlab", "argocd", "jenkins", "cdevents"})
"""Kinds whose senders tell of changes."""
_VENDOR_PATHS = {"pagerduty": "/v2/enqueue", "opsgenie": "/v2/alerts", "prometheus": "/api/v2/alerts"}


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, or the key of an integration (then `integration_kind` is set)."""

    id: str
    name: str
    role: Role
    digest: str
    created_at: datetime
    version: int = 1
    teams: tuple[str, ...] = ()
    user_id: str | None = None
    integration_kind: str | None = None
    service_id: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    former_digest: str | None = None
    """The secret that this key had before it was rotated; good until `former_until`."""
    former_until: datetime | None = None

    @property
    def digests(self) -> frozenset[str]:
        """The secrets that may be this key's."""
        return frozenset({self.digest, self.former_digest} - {None})  # type: ignore[arg-type]

    @property
    def is_integration(self) -> bool:
        """True for the key of an integration; its id is the integration's."""
        return self.integration_kind is not None


class Refusal(StrEnum):
    """Why a request does not go through."""

    NO_KEY = "no_key"
    UNKNOWN_KEY = "unknown_key"
    EXPIRED_KEY = "expired_key"
    REVOKED_KEY = "revoked_key"
    ROTATED_KEY = "rotated_key"
    ROLE_TOO_LOW = "role_too_low"
    WEBHOOKS_ONLY = "webhooks_only"


def judge(need: Need, key: Key | None, *, shown: str | None, now: datetime) -> Refusal | None:
    """Why the holder of `key` may not do what asks for `need`; None when it may.

    `shown` is the digest of the key that was shown, if any; `key` is None for one that nobody knows. Where
    no key is needed, one that is sent does not matter.
    """
    if need is Need.ANYONE:
        return None
    if shown is None:
        return Refusal.NO_KEY
    if key is None:
        return Refusal.UNKNOWN_KEY
    if key.revoked_at is not None:
        return Refusal.REVOKED_KEY
    if key.expires_at is not None and key.expires_at <= now:
        return Refusal.EXPIRED_KEY
    if shown != key.digest and (key.former_until is None or key.former_until <= now):
        return Refusal.ROTATED_KEY
    if not is_enough(key.role, need):
        return Refusal.WEBHOOKS_ONLY if key.role is Role.INTEGRATION else Refusal.ROLE_TOO_LOW
    return None


def digest_of(key: str) -> str:
    """Lower-case hexadecimal SHA-256 of a key as its holder shows it."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def api_key(random: bytes) -> str:
    """The text of an API key over `KEY_BYTES` random bytes."""
    return "tk_" + random.hex()


def integration_key(random: bytes) -> str:
    """The text of an integration's key over `KEY_BYTES` random bytes: 32 lower-case hexadecimal characters."""
    return random.hex()


def first_admin(key: str, now: datetime) -> Key:
    """The admin key that a new installation begins with; its id is the same at every start."""
    digest = digest_of(key)
    return Key(
        id=derive_id("first admin", digest, prefix="key_"),
        name="admin",
        role=Role.ADMIN,
        digest=digest,
        created_at=now,
    )


def is_first_admin(key: Key) -> bool:
    """True for the key in the installation's own file, which every start reads again."""
    return key.id == derive_id("first admin", key.digest, prefix="key_")


def is_former_admin(key: Key, present: Key) -> bool:
    """True for a key that is good and was in that file before `present` took its place."""
    return is_first_admin(key) and key.id != present.id and key.revoked_at is None


def rotate_secret(key: Key, digest: str, now: datetime, grace: timedelta) -> Key:
    """The key with a new secret; the one it had is good for the grace. A still older one ends at once."""
    return replace(key, digest=digest, former_digest=key.digest, former_until=now + grace)


def is_within(teams: Sequence[str], key: Key) -> bool:
    """True when a caller who is limited to `teams` (empty: not limited) may have to do with this key."""
    return not teams or (bool(key.teams) and set(key.teams) <= set(teams))


def outranks(key: Key, caller: Key, now: datetime) -> bool:
    """True for a good key that may do more than the caller's: by its role, or by its teams."""
    is_good = key.revoked_at is None and (key.expires_at is None or key.expires_at > now)
    reaches_further = bool(caller.teams) and not is_within(caller.teams, key)
    return is_good and (rank(key.role) > rank(caller.role) or reaches_further)


def delivery_url(base_url: str, kind: str, key: str | None = None) -> str:
    """Where an integration delivers. With `key` the address works as it stands, where the shape has no place of its
    own for the key (PagerDuty's body and Opsgenie's header have).
    """
    vendor = _VENDOR_PATHS.get(kind)
    if vendor is not None:
        return base_url + vendor
    path = "/events/change" if kind in _CHANGE_KINDS else "/incidents/webhook"
    return f"{base_url}{path}?source={kind}" + (f"&key={key}" if key else "")


def end_with_person(key: Key, gone_at: datetime) -> Key | None:
    """The key as it is once the person whom it acts for has gone; None when that changes nothing.

    A key made after the person went (an id may be given again) stays. In whatever order several goings are heard, the
    key ends with the first that it lived through.
    """
    if key.created_at > gone_at or (key.revoked_at is not None and key.revoked_at <= gone_at):
        return None
    return replace(key, revoked_at=gone_at)


def to_identity(key: Key) -> Identity:
    """The caller, as services are told."""
    return Identity(
        key_id=key.id,
        name=key.name,
        role=key.role,
        teams=key.teams,
        user_id=key.user_id,
        integration_id=key.id if key.is_integration else None,
        integration_kind=key.integration_kind,
        integration_service_id=key.service_id,
    )


def to_facts(key: Key) -> dict[str, KeyFact]:
    """What other services are told of a key, by subject: a secret on its way out is told as a key that expires."""
    fact = _to_fact(key)
    if key.former_digest is None or key.former_until is None:
        return {key.id: fact}
    until = min(key.former_until, key.expires_at or key.former_until)
    return {
        key.id: fact,
        f"{key.id}.former": fact.changed(digest=key.former_digest, expires_at=until),
    }


def _to_fact(key: Key) -> KeyFact:
    return KeyFact(
        id=key.id,
        name=key.name,
        role=key.role,
        digest=key.digest,
        teams=list(key.teams),
        integration_id=key.id if key.is_integration else None,
        integration_kind=key.integration_kind,
        integration_service_id=key.service_id,
        expires_at=key.expires_at,
        revoked=key.revoked_at is not None,
    )


def to_fields(key: Key) -> dict[str, Any]:
    """A key as the fields of its document; id and version are the store's."""
    return {
        "name": key.name,
        "role": key.role.value,
        "digest": key.digest,
        "created_at": key.created_at,
        "teams": list(key.teams),
        "user_id": key.user_id,
        "integration_kind": key.integration_kind,
        "service_id": key.service_id,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "former_digest": key.former_digest,
        "former_until": key.former_until,
    }


def from_document(document: Mapping[str, Any]) -> Key:
    """A key as it was stored."""
    return Key(
        id=document["_id"],
        name=document["name"],
        role=Role(document["role"]),
        digest=document["digest"],
        created_at=document["created_at"],
        version=document["version"],
        teams=tuple(document.get("teams", ())),
        user_id=document.get("user_id"),
        integration_kind=document.get("integration_kind"),
        service_id=document.get("service_id"),
        expires_at=document.get("expires_at"),
        revoked_at=document.get("revoked_at"),
        former_digest=document.get("former_digest"),
        former_until=document.get("former_until"),
    )

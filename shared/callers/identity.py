"""Who calls, as a service hears it from the gateway (`shared.callers.identity_tokens`), and what that caller may do."""

from __future__ import annotations

import hashlib
import hmac

from pydantic import BaseModel, ConfigDict

from shared.problem import forbidden
from shared.vocabulary import Role

HEADER = "X-Tocsin-Identity"
SHOWN_KEY = "X-Tocsin-Shown-Key"
"""Where the gateway hands on the key that a delivery showed, for its sender may sign with it; no client can set it."""
_ORDER = (Role.VIEWER, Role.RESPONDER, Role.MANAGER, Role.ADMIN)


class Identity(BaseModel):
    """The caller, as the gateway knows it."""

    model_config = ConfigDict(frozen=True)

    key_id: str
    name: str
    role: Role
    teams: tuple[str, ...] = ()
    user_id: str | None = None
    integration_id: str | None = None
    integration_kind: str | None = None
    integration_service_id: str | None = None

    @property
    def author(self) -> str:
        """How the timeline names this caller: the person, else the key's name."""
        return self.user_id or self.name

    def may(self, role: Role) -> bool:
        """True when the caller's role includes `role`."""
        if role is Role.INTEGRATION:
            return self.role in (Role.INTEGRATION, Role.MANAGER, Role.ADMIN)
        return self.role in _ORDER and _ORDER.index(self.role) >= _ORDER.index(role)

    def require(self, role: Role) -> None:
        """Raise a 403 `Problem` unless the caller may act as `role`."""
        if not self.may(role):
            raise forbidden(f"This needs the role {role.value}; the key has {self.role.value}.")


def secrets_in(secret_key: str) -> list[str]:
    """The secrets in `TOCSIN_SECRET_KEY`, with commas between: the first signs and seals, all of them read."""
    return [part for one in secret_key.split(",") if (part := one.strip())] or [""]


def derive_key(secret_key: str, purpose: str) -> bytes:
    """The 32-byte key for one purpose that signs. Source: HKDF-Expand with one block, RFC 5869 section 2.3."""
    return derive_keys(secret_key, purpose)[0]


def derive_keys(secret_key: str, purpose: str) -> list[bytes]:
    """The keys for one purpose, of all secrets: what any of them signed or sealed is ours."""
    said = purpose.encode() + b"\x01"
    return [hmac.new(secret.encode(), said, hashlib.sha256).digest() for secret in secrets_in(secret_key)]


def signing_secret(secret_key: str, integration_id: str) -> str:
    """What an integration's sender may sign with: it follows from the id, so nobody has to keep it."""
    return signing_secrets(secret_key, integration_id)[0]


def signing_secrets(secret_key: str, integration_id: str) -> list[str]:
    """The same of all secrets, for a sender that was told one when another came first."""
    return [key.hex() for key in derive_keys(secret_key, f"tocsin webhook signature {integration_id}")]

"""Who calls, as a service hears it from the gateway (`shared.callers.identity_tokens`), and what that caller may do."""

from __future__ import annotations

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

"""What reliability knows of a service: who it is, and what was promised of it. Pure."""

from __future__ import annotations

from collections.abc import Collection

from shared.stored import Stored

USUAL_WINDOW_DAYS = 90
BUILT_IN = frozenset({"unrouted", "tocsin"})


class KnownService(Stored):
    """A service of the catalogue; its members are those of `ServiceFact`."""

    id: str
    name: str
    team: str | None = None
    slo_target: float | None = None
    slo_window_days: int | None = None
    deleted: bool = False

    @property
    def target(self) -> float | None:
        """The share of good time that was promised, between 0 and 1; None: nothing was, or nothing that can be kept."""
        return self.slo_target if self.slo_target is not None and 0 < self.slo_target < 1 else None

    @property
    def window_days(self) -> int:
        """Over how many days."""
        return self.slo_window_days or USUAL_WINDOW_DAYS

    def is_visible_to(self, teams: Collection[str]) -> bool:
        """Whether a key that is limited to these teams, if to any, sees it."""
        return not teams or self.team in teams

"""What people found out about the changes that are an incident's suspects."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.events import Fact


class Verdict(StrEnum):
    """What a person found out about a change."""

    GUILTY = "guilty"
    INNOCENT = "innocent"


class SuspectVerdict(Fact):
    """A person's verdict on one change."""

    change_id: str
    verdict: Verdict
    by: str
    at: datetime

"""A rule: a query, and the limit of what it finds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from services.analytics.forecast.series import LARGEST
from shared.events.analytics.predictions import PredictionRuleFact
from shared.kept.editing import Name, Team
from shared.samples.message import HORIZON_SECONDS
from shared.vocabulary import LimitKind

LONGEST_QUERY = 2000
LONGEST_HORIZON_SECONDS = 90 * 86_400


class Rule(BaseModel):
    """What people say of a rule."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="ignore")

    name: Name
    query: Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY, pattern=r"\S")]
    """PromQL; a plain selector also meets samples that are pushed."""
    limit: Annotated[FiniteFloat, Field(ge=-LARGEST, le=LARGEST)]
    limit_kind: LimitKind = LimitKind.UPPER
    horizon_seconds: Annotated[int, Field(ge=60, le=LONGEST_HORIZON_SECONDS)] = HORIZON_SECONDS
    service: Annotated[str | None, Field(max_length=300)] = None
    """The id or name of the service whose incident it would be."""
    team: Team = None
    """Whose rule it is; none: everybody's."""


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule with its id and version."""

    id: str
    version: int
    rule: Rule


def rule_fact(id: str, rule: Rule, *, deleted: bool) -> PredictionRuleFact:
    """The rule as events tell it."""
    return PredictionRuleFact(id=id, **rule.model_dump(), deleted=deleted)

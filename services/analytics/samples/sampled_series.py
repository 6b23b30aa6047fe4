"""A series: whose it is, what it may not reach, and how it was foretold. Its samples are in blocks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.analytics.forecast.forecast import Outcome
from shared.clocks.epoch import from_millis
from shared.events.analytics.predictions import PredictionFact
from shared.events.envelope import Fact
from shared.samples.message import HORIZON_SECONDS, Limit, Samples, Sender, series_id
from shared.stored import Stored
from shared.vocabulary import LimitKind

SOON = timedelta(seconds=2)
"""A series is forecast so long after a sample came, with whatever came meanwhile."""
APART = timedelta(seconds=20)
"""And at most so often."""
EVERYBODY = "*"
"""In `visible_to`: it belongs to no team."""


class Outlook(Fact):
    """When a series is expected to reach its limit, as it was last seen."""

    expected_at: datetime
    lo: datetime
    hi: datetime
    confidence: float


class SampledSeries(Stored):
    """The state of a series. `version` is that of the stored document, 0 for one that is not stored yet."""

    id: str
    version: int = 0
    host: str
    metric: str
    limit: float | None = None
    """None: nobody said what it may not reach; its samples are kept, and nothing is foretold."""
    limit_kind: LimitKind = LimitKind.UPPER
    horizon_seconds: int = HORIZON_SECONDS
    service: str | None = None
    service_id: str | None = None
    key_id: str
    teams: list[str] = []
    """The teams that its sender's key is limited to."""
    visible_to: list[str] = [EVERYBODY]
    scope: str = ""
    rule_id: str | None = None
    """The rule that polled it, or gave it its limit."""
    last_at: datetime
    """Its newest sample."""
    due_at: datetime | None = None
    """When it is to be forecast next."""
    looked_at: datetime | None = None
    outcome: Outcome | None = None
    level: float | None = None
    outlook: Outlook | None = None
    """None: no crossing is expected."""
    prediction: PredictionFact | None = None
    """The one that is not over."""
    count: int = 0
    """How many predictions there were."""
    quiet_until: datetime | None = None
    """After one that was wrong: none before."""
    doubted_since: datetime | None = None
    """Since when the series says nothing clear about its prediction."""

    @property
    def rule(self) -> str:
        """What its predictions are graded with."""
        return self.rule_id or " ".join(filter(None, ["metric", self.scope, self.metric]))


@dataclass(frozen=True, slots=True)
class RuledLimit:
    """What a rule says of a series that was pushed without a limit."""

    rule_id: str
    limit: Limit
    service: str | None
    service_id: str | None
    team: str | None


class ToldSamples(Stored):
    """What some messages say of one series."""

    sender: Sender
    samples: Samples
    ruled: RuledLimit | None = None
    """What a rule says of it, where its sender names no limit."""

    @property
    def id(self) -> str:
        """The series'."""
        return series_id(self.sender, self.samples)


def join_told(told: Iterable[ToldSamples]) -> list[ToldSamples]:
    """One for each series, with all its points; what was said last of it counts."""
    joined: dict[str, ToldSamples] = {}
    for one in told:
        before = joined.get(one.id)
        if before is not None:
            limit = one.samples.limit or before.samples.limit
            points = [*before.samples.points, *one.samples.points]
            samples = Samples(
                one.samples.host, one.samples.metric, points, limit, one.samples.service, one.samples.service_id
            )
            one = one.changed(samples=samples)  # noqa: PLW2901 - the two together
        joined[one.id] = one
    return list(joined.values())


def apply_samples(
    known: SampledSeries | None, told: ToldSamples, team: str | None, now: datetime
) -> SampledSeries | None:
    """The series after these samples; None where nothing about it needs to be written. `team` is its service's."""
    samples, sender = told.samples, told.sender
    if told.ruled is not None and samples.limit is None:
        team = told.ruled.team or team
        if told.ruled.service is not None:
            samples = replace(samples, service=told.ruled.service, service_id=told.ruled.service_id)
    newest = from_millis(max(at for at, _ in samples.points))
    owners = sorted({*sender.teams, *([team] if team else [])}) or [EVERYBODY]
    base = known or SampledSeries(
        id=told.id,
        host=samples.host,
        metric=samples.metric,
        key_id=sender.key_id,
        scope=sender.scope,
        rule_id=sender.rule_id,
        last_at=newest,
    )
    limit, ruled = samples.limit, told.ruled
    if limit is None and ruled is not None:
        limit = ruled.limit
    is_ruled = ruled is not None and samples.limit is None
    if limit is None and base.rule_id is not None:
        base = base.changed(limit=None, rule_id=None, outlook=None)  # its rule is gone
    after = base.changed(
        key_id=sender.key_id,
        teams=sorted(sender.teams),
        visible_to=owners,
        rule_id=ruled.rule_id if ruled is not None and is_ruled else sender.rule_id if limit else base.rule_id,
        service=samples.service if samples.service is not None or limit is not None else base.service,
        service_id=samples.service_id if samples.service_id is not None or limit is not None else base.service_id,
        limit=limit.value if limit is not None else base.limit,
        limit_kind=limit.kind if limit is not None else base.limit_kind,
        horizon_seconds=limit.horizon_seconds if limit is not None else base.horizon_seconds,
    )
    due = _due(after, now) if after.limit is not None else None
    if known is not None and after == base and due == base.due_at and due is not None:
        return None
    return after.changed(last_at=max(newest, base.last_at), due_at=due)


def with_service(series: SampledSeries, service_id: str, team: str | None) -> SampledSeries:
    """The series with the service that its sender named, which was not known when its samples came; unless that is none
    of the sender's teams'.
    """
    if series.teams and team not in series.teams:
        return series
    owners = {*series.visible_to, *([team] if team else [])} - ({EVERYBODY} if team else set())
    return series.changed(service_id=service_id, visible_to=sorted(owners))


def _due(series: SampledSeries, now: datetime) -> datetime:
    soonest = now + SOON
    wanted = soonest if series.looked_at is None else max(soonest, series.looked_at + APART)
    return wanted if series.due_at is None else min(series.due_at, wanted)

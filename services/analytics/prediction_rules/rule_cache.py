"""Keeps the rules in memory, with the services that they name, so that samples as they come can meet them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.analytics.prediction_rules.rule import KeptRule
from services.analytics.prediction_rules.selector import Selector, read_selector
from services.analytics.prediction_rules.store import Rules
from services.analytics.samples.sampled_series import RuledLimit
from shared.process.outliving import log_and_continue, pause_loop
from shared.samples.message import Limit, Samples, Sender

LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule with what was found out about it."""

    kept: KeptRule
    selector: Selector | None
    """None: its query is no plain selector, and meets no pushed series."""
    service_id: str | None
    team: str | None
    """The service's."""


class RuleCache:
    """One per process."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.ready: Sequence[ReadyRule] = ()

    async def run(self) -> None:
        """Look for rules that others wrote, for ever."""
        while True:
            with log_and_continue("rules are looked for again"):
                await self.refresh()
            await pause_loop(LOOK_SECONDS)

    async def refresh(self) -> None:
        """Read all rules anew."""
        found = []
        for kept in await self._rules.all():
            service_id, team = await self._rules.service(kept.rule.service)
            found.append(ReadyRule(kept, read_selector(kept.rule.query), service_id, team))
        self.ready = found

    def limit_of(self, sender: Sender, samples: Samples) -> RuledLimit | None:
        """What the first rule says that selects this series, and may: one of the sender's teams or of nobody."""
        for one in self.ready:
            rule = one.kept.rule
            is_ours = rule.team is None or not sender.teams or rule.team in sender.teams
            if is_ours and one.selector is not None and one.selector.selects(samples.host, samples.metric):
                limit = Limit(rule.limit, rule.limit_kind, rule.horizon_seconds)
                return RuledLimit(one.kept.id, limit, rule.service, one.service_id, rule.team or one.team)
        return None

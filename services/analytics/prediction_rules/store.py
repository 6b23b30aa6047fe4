"""Rules, `prediction_rules` by id; how they were polled, `rule_polls` by `<id>:<version>`; and services, by id or name.

Layout of `rule_polls`: `{_id, until, at, problem, series, expire_at}`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

from pymongo import IndexModel

from services.analytics.prediction_rules.rule import KeptRule, Rule, rule_fact
from shared.events import Event, make
from shared.ids import derive_id
from shared.kept.entries import Entries, Entry
from shared.mongo import Document, find_by_ids
from shared.runtime import Runtime
from shared.stored import Stored

RULES, POLLS, SERVICES = "prediction_rules", "rule_polls", "services"
WHAT = "prediction rule"
MOST_RULES = 500
KEEP = timedelta(days=7)


class Poll(Stored):
    """How a version of a rule was polled last."""

    until: datetime | None = None
    """Up to when its samples were taken."""
    at: datetime | None = None
    problem: str = ""
    series: int = 0


class Rules:
    """The questions that are asked about rules."""

    def __init__(self, runtime: Runtime) -> None:
        self.entries = Entries(runtime, RULES, Rule, what=WHAT, tell=_event)
        self._collection = runtime.database.collection(RULES)
        self._polls = runtime.database.collection(POLLS)
        self._services = runtime.database.collection(SERVICES)
        self._clock = runtime.clock
        runtime.indexes(
            {
                POLLS: [IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0)],
                SERVICES: [IndexModel([("data.name", 1)], name="service_name")],
            }
        )

    async def all(self) -> list[KeptRule]:
        """Every rule, by id; at most `MOST_RULES`."""
        found = await self.entries.page("", MOST_RULES)
        return [KeptRule(one.id, one.version, one.content) for one in found]

    async def polls(self, rules: Sequence[tuple[str, int]]) -> Mapping[str, Poll]:
        """How these (id, version) were polled last, by id."""
        ids = {f"{key}:{version}": key for key, version in rules}
        found = await find_by_ids(self._polls, list(ids))
        return {ids[key]: Poll.model_validate(document) for key, document in found.items()}

    async def note_poll(self, kept: KeptRule, poll: Poll) -> None:
        """Note how a rule was polled."""
        fields = {**poll.model_dump(), "expire_at": self._clock.now() + KEEP}
        await self._polls.update_one({"_id": f"{kept.id}:{kept.version}"}, {"$set": fields}, upsert=True)

    async def service(self, word: str | None) -> tuple[str | None, str | None]:
        """The id and the team of the service with this id or name; (None, None) where nobody knows it."""
        if not word:
            return None, None
        for query in ({"_id": word}, {"data.name": word}):
            found: Document | None = await self._services.find_one(query)
            if found is not None and not found["data"].get("deleted"):
                return found["_id"], found["data"].get("team")
        return None, None

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every rule, as a replay tells of it."""
        for one in await self.entries.page("", MOST_RULES):
            yield _event(one, False)


def _event(entry: Entry[Rule], deleted: bool) -> Event:
    return make(
        "prediction.ruled.v1",
        subject=entry.id,
        sequence=entry.version,
        time=entry.updated_at,
        data=rule_fact(entry.id, entry.content, deleted=deleted),
        id=derive_id("prediction.ruled", entry.id, entry.version, prefix="evt_"),
    )

"""People's roles, `people`, and who is in which team, `teams`: ids only, no name and no address is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pymongo import IndexModel

from services.automation.people.approvers import MOST_ASKED, STAND_INS
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.copies.replica import Replica, newest_facts
from shared.events import Event
from shared.events.oncall import TeamFact, UserErased, UserFact
from shared.mongo import find_by_ids, upsert_newer
from shared.runtime import Runtime
from shared.vocabulary import Role

PEOPLE, TEAMS = "people", "teams"
REPLICATED = ("user.changed.v1", "team.changed.v1", "user.erased.v1")


class People:
    """The questions that are asked about people; any order and repetition of the events ends in the same copy."""

    def __init__(self, runtime: Runtime) -> None:
        self._people = runtime.database.collection(PEOPLE)
        self._teams = Replica(runtime.database.collection(TEAMS))
        runtime.indexes({PEOPLE: [IndexModel([("role", 1), ("_id", 1)], name="role")]})

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take a batch of facts in."""
        told = [(event, None if fact.deleted else fact.role.value) for event, fact in facts_of(batch, UserFact)]
        told += [(event, None) for event, _ in facts_of(batch, UserErased)]
        await upsert_newer(
            self._people,
            [
                (
                    {"_id": event.subject, "seq": {"$lt": event.sequence}},
                    {"$set": {"seq": event.sequence, "role": role}},
                )
                for event, role in newest_facts(told).values()
            ],
        )
        await self._teams.fold([event for event, _ in facts_of(batch, TeamFact)])

    async def roles(self, ids: Collection[str]) -> dict[str, Role]:
        """The roles of those of these people who are there."""
        found = await find_by_ids(self._people, sorted(ids))
        return {key: Role(one["role"]) for key, one in found.items() if one["role"] is not None}

    async def members_of(self, teams: Sequence[str]) -> list[str]:
        """Everybody who is in one of these teams, each once."""
        found = await self._teams.get(list(teams))
        return list(dict.fromkeys(member for team in teams if team in found for member in found[team]["members"]))

    async def stand_ins(self) -> list[str]:
        """Managers and admins, at most so many as are asked."""
        query = {"role": {"$in": [role.value for role in STAND_INS]}}
        found = await self._people.find(query, projection=["_id"]).sort("_id", 1).limit(2 * MOST_ASKED).to_list()
        return [str(one["_id"]) for one in found]

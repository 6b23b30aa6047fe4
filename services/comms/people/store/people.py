"""People as comms needs them: name, address, language, zone, and how Slack calls them; nothing of who was erased.

Of teams it knows who is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pymongo import IndexModel

from services.comms.people.reader import Reader, reader_of
from shared.copies.replica import Replica, newest_of
from shared.events import Event
from shared.events.oncall import UserFact
from shared.mongo import find_by_ids, upsert_newer
from shared.runtime import Runtime

PEOPLE = "people"
TEAMS = "teams"


class People:
    """The questions that are asked about people."""

    def __init__(self, runtime: Runtime) -> None:
        self._people = runtime.database.collection(PEOPLE)
        self._teams = Replica(runtime.database.collection(TEAMS))
        runtime.indexes({PEOPLE: [IndexModel([("slack", 1)], name="slack", sparse=True)]})

    async def fold_teams(self, events: Iterable[Event]) -> None:
        """Take in what is told of teams."""
        await self._teams.fold(events)

    async def known(self, user_ids: Sequence[str]) -> set[str]:
        """Those of these people of whom something was told, be it that they were erased."""
        return set(await find_by_ids(self._people, user_ids, projection=["_id"]))

    async def is_in(self, user_id: str, teams: Sequence[str]) -> bool:
        """Whether somebody is in one of these teams."""
        found = await self._teams.get(list(teams))
        return any(user_id in team["members"] for team in found.values())

    async def members_of(self, teams: Sequence[str]) -> list[str]:
        """Everybody who is in one of these teams, each once."""
        found = await self._teams.get(list(teams))
        return list(dict.fromkeys(member for team in teams if team in found for member in found[team]["members"]))

    async def fold(self, events: Iterable[Event]) -> None:
        """Take in what is told of people; of each the newest fact counts, and an erased one leaves no trace."""
        changes = []
        for event in newest_of(events).values():
            older = {"_id": event.subject, "seq": {"$lt": event.sequence}}
            reader = reader_of(event.data) if isinstance(event.data, UserFact) else Reader(id=event.subject)
            changes.append((older, {"$set": {"seq": event.sequence, **reader.model_dump(exclude={"id"})}}))
        await upsert_newer(self._people, changes)

    async def of_slack(self, slack_user: str) -> str | None:
        """The id of the one person whom Slack calls so; None when it is nobody's or not only one's."""
        found = await self._people.find({"slack": slack_user}, projection=["_id"]).limit(2).to_list()
        return str(found[0]["_id"]) if len(found) == 1 else None

    async def readers(self, user_ids: Sequence[str]) -> dict[str, Reader]:
        """Those of these people who can be written to."""
        found = await find_by_ids(self._people, user_ids)
        return {key: Reader.model_validate({**one, "id": key}) for key, one in found.items() if one.get("email")}

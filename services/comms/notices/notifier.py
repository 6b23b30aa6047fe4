"""Posts the letters that follow from facts, one file in `notices/` each; hearing one again posts nothing new."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.mail.store.letters import Letters
from services.comms.mail.template import LetterForms
from services.comms.notices.kinds import Notice, TeamNotice, notices
from services.comms.people.lookup import wait_for_people
from services.comms.people.reader import unknown_reader
from services.comms.people.store.people import People
from shared.events import Event


class Notifier:
    """Posts the letters of a batch of facts, each to readers in their own language."""

    def __init__(self, letters: Letters, people: People, forms: LetterForms, base_url: str) -> None:
        self._letters = letters
        self._people = people
        self._forms = forms
        self._base_url = base_url
        self._notices = notices()

    async def _reader_ids(self, notice: Notice, event: Event) -> Sequence[str]:
        """Who is told, each once: people, and everybody of the teams, where the notice has any."""
        teams = notice.team_ids(event.data) if isinstance(notice, TeamNotice) else ()
        members = await self._people.members_of(teams) if teams else ()
        return list(dict.fromkeys([*notice.reader_ids(event.data), *members]))

    async def tell(self, events: Sequence[Event]) -> None:
        """Post what these facts have people be told. Who is unknown here is waited for, then written to in English."""
        wanted = []
        for event in events:
            notice = self._notices.get(type(event.data))
            if notice is not None:
                wanted += [(notice, event, reader_id) for reader_id in await self._reader_ids(notice, event)]
        if not wanted:
            return
        reader_ids = [reader_id for _, _, reader_id in wanted]
        await wait_for_people(self._people, reader_ids)
        readers = await self._people.readers(reader_ids)
        await self._letters.post(
            [
                notice.letter(
                    event.data, event, readers.get(reader_id, unknown_reader(reader_id)), self._forms, self._base_url
                )
                for notice, event, reader_id in wanted
            ]
        )

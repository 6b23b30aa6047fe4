"""Post-mortems and action items as they are stored: every question has an index, and two who sweep tell once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest
from pymongo import monitoring

from services.incident.action_items.action import ActionIn, make_action
from services.incident.action_items.reminder import ReminderWorker
from services.incident.action_items.store import Actions, Written
from services.incident.postmortems.comment import Comment
from services.incident.postmortems.postmortem import Postmortem, begin, edit
from services.incident.postmortems.sections import Section
from services.incident.postmortems.store.comments import Comments
from services.incident.postmortems.store.postmortems import Postmortems
from services.incident.timeline.entry import EntryKind
from services.incident.timeline.store import Timeline
from shared.clocks.clock import FixedClock
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.plans import Heard
from tests.unit.incident.builders import NOW, after, make_incident

pytestmark = pytest.mark.integration

TODAY = date(2026, 12, 1)


HEARD = Heard()
monitoring.register(HEARD)  # it hears the clients that are made from now on: those of this module's tests


class Shelf:
    """The stores of a service whose relay never runs."""

    def __init__(self, settings: Settings) -> None:
        self.runtime = Runtime("incident", settings)
        self.actions = Actions(self.runtime)
        self.postmortems = Postmortems(self.runtime)
        self.comments = Comments(self.runtime)
        self.timeline = Timeline(self.runtime)

    async def begun(self) -> Postmortem:
        made = begin(make_incident(team="money"), dict.fromkeys(Section, "x"), "sara", NOW)
        assert await self.postmortems.commit(made) == set()
        return made.after.model_copy(update={"version": 1})


@pytest.fixture
async def shelf(parts: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Shelf]:
    name = f"s{abs(hash(request.node.nodeid)):x}"[:20]
    one = Shelf(parts.model_copy(update={"namespace": name}))
    await one.runtime.database.drop()
    await one.runtime.database.ensure_indexes(one.runtime._indexes)
    yield one
    await one.runtime.database.drop()
    await one.runtime.database.close()


async def with_actions(shelf: Shelf, postmortem: Postmortem) -> None:
    for day in (5, 6, 7):
        body = ActionIn(title="x", assignee_id="sara", due_on=date(2026, 11, day))
        action = make_action(body, f"act_{day}", postmortem, "sara", after(day - 30 * 86_400))
        assert await shelf.actions.commit([Written(None, action)]) == set()


async def test_every_question_has_an_index(shelf: Shelf) -> None:
    postmortem = await shelf.begun()
    await with_actions(shelf, postmortem)
    await shelf.comments.add(Comment(id="c_1", postmortem_id=postmortem.id, text="x", author="sara", at=NOW))
    database = shelf.runtime.database
    HEARD.database = database.name
    kept = await shelf.postmortems.get(postmortem.id)
    assert kept is not None
    await shelf.postmortems.revisions(kept, None, 5)
    for asked in ({}, {"state": "draft"}, {"incident_id": postmortem.incident_id}):
        await shelf.postmortems.page(asked, ("money",), "9", 5, drill=False)
    for asked in ({}, {"assignee_id": "sara", "priority": "high"}, {"team": "money"}):
        await shelf.actions.page(asked, (), "act_9", 5, drill=False)
        found = await shelf.actions.overdue(asked, ("money",), TODAY, ("2026-11-05", "act_5"), 5, drill=False)
        assert [one.id for one in found] == ([] if "priority" in asked else ["act_6", "act_7"])
    assert len(await shelf.actions.of_postmortem(postmortem.id)) == 3
    await shelf.actions.by_ids(["act_5", "act_6"])
    await shelf.actions.due(after(0), 5)
    await shelf.comments.page(postmortem.id, "", 5)
    await shelf.timeline.count(postmortem.incident_id, EntryKind.PAGE, ())
    _ = [event async for event in shelf.actions.snapshots()]
    _ = [event async for event in shelf.postmortems.snapshots()]
    assert {one.collection for one in HEARD.asked} == {
        "actions",
        "incident_timeline",
        "postmortem_comments",
        "postmortem_revisions",
        "postmortems",
    }
    # without a filter the whole collection is what is asked for
    assert [one for one in await HEARD.scans(database) if one.query] == []


async def test_of_two_who_begin_or_edit_at_once_one_wins(shelf: Shelf) -> None:
    postmortem = await shelf.begun()
    again = begin(make_incident(), dict.fromkeys(Section, "y"), "mona", NOW)
    assert await shelf.postmortems.commit(again) == {postmortem.id}
    edits = [edit(postmortem, None, {Section.SUMMARY: name}, name, after(9)) for name in ("sara", "mona")]
    lost = await asyncio.gather(*(shelf.postmortems.commit(one) for one in edits))
    assert sorted(map(len, lost)) == [0, 1]
    kept = await shelf.postmortems.get(postmortem.id)
    assert kept is not None
    assert [one.number for one in await shelf.postmortems.revisions(kept, None, 5)] == [2, 1]


async def test_of_two_who_sweep_at_once_one_reminds(shelf: Shelf) -> None:
    await with_actions(shelf, await shelf.begun())
    clock = FixedClock(after(0))
    told = await asyncio.gather(*(ReminderWorker(shelf.actions, clock).sweep() for _ in range(4)))
    assert sum(told) == 3
    assert await ReminderWorker(shelf.actions, clock).sweep() == 0
    clock.advance(days=8)
    assert await ReminderWorker(shelf.actions, clock).sweep() == 3

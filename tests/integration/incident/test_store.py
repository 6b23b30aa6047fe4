"""The incident service's store: what waits in an outbox counts, every question has an index, numbers are unique."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest
from pymongo import monitoring

from services.incident.catalogue.placement import PlacementQuery
from services.incident.incidents.listing import Listing
from services.incident.numbering.incident_ids import day_of, incident_id, rank_of
from shared.bus.consumer import Delivery
from shared.bus.topology import FIRST
from shared.testing.plans import Heard
from shared.vocabulary import AlertStatus, IncidentStatus, Severity
from tests.integration.incident.shelf import Shelf
from tests.unit.incident.builders import NOW, make_escalation, make_event

RESOLVED = AlertStatus.RESOLVED


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=lambda order: "".join(map(str, order)))
@pytest.mark.parametrize("relayed", [False, True], ids=["waiting", "relayed"])
async def test_alerts_count_once_whatever_their_order_and_wherever_their_members_wait(
    shelf: Shelf, order: tuple[int, ...], relayed: bool
) -> None:
    # a1 founded the group, so what opens it goes by the fast lane, in whatever order it comes with the others
    events = [
        make_event("a1", 1),
        make_event("a1", 2),
        make_event("a2", 1),
        make_event("a2", 2, status=RESOLVED),
    ]
    for index in (*order, *order):
        await shelf.hear(events[index], lane="" if index else FIRST)
        if relayed:
            await shelf.relay()
    found = await shelf.incidents.of_groups(["g1"])
    open_ones = [stored.incident for stored in found.values() if stored.incident.status.is_open]
    assert len(open_ones) == 1
    assert sum(stored.incident.alerts.count for stored in found.values()) == 2
    assert sum(stored.incident.alerts.firing for stored in found.values()) == 1
    waiting = [member for stored in found.values() for member in stored.waiting_members]
    members = await shelf.members.by_alert(["a1", "a2"], waiting)
    assert {key: (member.seq, member.status) for key, member in members.items()} == {
        "a1": (2, AlertStatus.FIRING),
        "a2": (2, RESOLVED),
    }


async def test_two_who_open_the_same_group_at_once_make_one_incident(shelf: Shelf) -> None:
    await asyncio.gather(*(shelf.hear(make_event(f"a{n}"), lane="" if n else FIRST) for n in range(8)))
    found = await shelf.incidents.of_groups(["g1"])
    assert [stored.incident.alerts.count for stored in found.values()] == [8]


async def test_a_storm_waits_for_the_relay_instead_of_filling_its_incident(shelf: Shelf) -> None:
    for part in range(3):
        await shelf.hear(*(make_event(f"a{part}-{n}") for n in range(200)))
    more = asyncio.create_task(shelf.hear(*(make_event(f"b{n}") for n in range(200))))
    await asyncio.sleep(0.3)
    assert not more.done()
    await shelf.relay()
    await more
    (stored,) = (await shelf.incidents.of_groups(["g1"])).values()
    assert (stored.incident.alerts.count, len(stored.waiting_members)) == (800, 200)


async def test_numbers_are_unique_whoever_asks(shelf: Shelf) -> None:
    blocks = await asyncio.gather(*(shelf.numbers.take(NOW, 1 + n % 4) for n in range(40)))
    taken = [one for block in blocks for one in block]
    assert len(set(taken)) == len(taken) == sum(1 + n % 4 for n in range(40))
    ((day, last),) = await shelf.numbers.days("20261121", "20261121")
    assert day == "20261121"
    # gaps are allowed, and numbers are taken ahead, but none is beyond the last
    assert last >= max(int(one.rpartition("-")[2]) for one in taken)


async def test_the_number_after_9999_has_five_digits(shelf: Shelf) -> None:
    await shelf.numbers.take(NOW, 9998)
    assert await shelf.numbers.take(NOW, 2) == ["INC-20261121-9999", "INC-20261121-10000"]


HEARD = Heard()
monitoring.register(HEARD)  # it hears the clients that are made from now on: those of this module's tests


async def test_a_page_reads_little_more_than_it_shows_whatever_stands_before_it(shelf: Shelf) -> None:
    shown, limit = Listing(severities=frozenset({Severity.LOW})), 2
    # before them stand so many others that a window wide enough to pass those holds many of the wanted ones
    await shelf.hear(*(make_event(f"a{n}", group_id=f"g{n}", severity=Severity.LOW) for n in range(60)))
    await shelf.relay()
    await shelf.hear(*(make_event(f"b{n}", group_id=f"h{n}") for n in range(12)))
    await shelf.relay()
    HEARD.asked.clear()
    HEARD.database = shelf.runtime.database.name
    page, beyond = await shelf.lists.page(shown, None, limit, NOW)
    asked, HEARD.database = list(HEARD.asked), ""
    assert [one.severity for one in page] == [Severity.LOW] * limit
    assert beyond is not None
    read = [len(one.query["_id"]["$in"]) for one in asked if one.collection == "incidents" and "_id" in one.query]
    assert sum(read) <= 5 * (limit + 1)


async def test_a_list_goes_on_into_days_long_ago_and_counts_no_more_of_them_than_it_needs(shelf: Shelf) -> None:
    await shelf.hear(make_event("a", group_id="g"))
    await shelf.relay()
    collection, days = shelf.incidents.collection, shelf.runtime.database.collection("incident_days")
    (source,) = [document async for document in collection.find({})]
    ids = [source["_id"]]
    for back in (40, 500, 900):
        day = day_of(NOW - timedelta(days=back))
        ids.append(incident_id(day, 2))
        gone = {name: value for name, value in source.items() if name not in ("group_id", "group_slot", "open_rank")}
        await collection.insert_one({**gone, "_id": ids[-1]})
        await days.insert_one({"_id": day, "day": day, "taken": 2})
    walked: list[str] = []
    beyond: int | None = None
    HEARD.asked.clear()
    HEARD.database = shelf.runtime.database.name
    while len(walked) < len(ids):
        page, beyond = await shelf.lists.page(Listing(), beyond, 1, NOW)
        walked += [one.id for one in page]
        if len(walked) == 1:
            # the page is full after a day of this month, but one more must be seen to know that there are more
            counted = [one.query["day"] for one in HEARD.asked if one.collection == "incident_days"]
            assert counted == [
                {"$gte": day_of(NOW - timedelta(days=31)), "$lte": "99999999"},
                {"$gte": day_of(NOW - timedelta(days=400)), "$lte": day_of(NOW - timedelta(days=32))},
            ]
    HEARD.database = ""
    assert walked == ids
    assert beyond is None


@pytest.mark.parametrize("oldest_first", [False, True], ids=["newest first", "oldest first"])
async def test_what_is_rare_is_found_without_reading_all_the_others(shelf: Shelf, *, oldest_first: bool) -> None:
    await shelf.hear(*(make_event(f"a{n}", group_id=f"g{n}") for n in range(150)))
    await shelf.relay()
    collection = shelf.incidents.collection
    ids = sorted([document["_id"] async for document in collection.find({}, projection=["_id"])], key=rank_of)
    closed = Listing(statuses=frozenset({IncidentStatus.CLOSED}), oldest_first=oldest_first)
    ours = Listing(teams=("ours",), oldest_first=oldest_first)
    for listing in (closed, ours):
        assert await read_through(shelf, listing, limit=2) == ([], 0 if listing is closed else 50)
    few = [ids[place] for place in (3, 70, 71, 148)]
    await collection.update_many({"_id": {"$in": few}}, {"$set": {"status": "closed", "team": "ours"}})
    for listing in (closed, ours):
        found, _ = await read_through(shelf, listing, limit=3)
        assert found == (few if oldest_first else few[::-1])
    await collection.update_one({"_id": few[0]}, {"$set": {"status": "resolved", "team": "theirs"}})
    for listing in (closed, ours):
        found, read = await read_through(shelf, listing, limit=3)
        assert sorted(found) == sorted(few[1:])
        assert read <= 100, "two windows of the list, and what was found"


async def read_through(shelf: Shelf, listing: Listing, limit: int) -> tuple[list[str], int]:
    """The ids of the list, page by page, and how many incidents the first page read."""
    HEARD.asked.clear()
    HEARD.database = shelf.runtime.database.name
    page, beyond = await shelf.lists.page(listing, None, limit, NOW)
    wanted = [one.query["_id"] for one in HEARD.asked if one.collection == "incidents" and "_id" in one.query]
    HEARD.database = ""
    found = [one.id for one in page]
    while beyond is not None:
        page, beyond = await shelf.lists.page(listing, beyond, limit, NOW)
        found += [one.id for one in page]
    return found, sum(len(one["$in"]) if isinstance(one, dict) else 1 for one in wanted)


async def test_every_question_has_an_index(shelf: Shelf) -> None:
    database = shelf.runtime.database
    await shelf.hear(*(make_event(f"a{n}", group_id=f"g{n}") for n in range(60)))
    await shelf.relay()
    HEARD.asked.clear()
    HEARD.database = database.name
    key = next(iter(await shelf.incidents.of_groups(["g1"])))
    await shelf.hear(make_event("b1", service_id="x", service_claim="Pay", labels={"a": "b"}, group_id="other"))
    told, _ = make_escalation(incident=key)
    await shelf.escalations.handle([Delivery(told, {}, False, told.type)])
    await shelf.incidents.get(key)
    for listing in (
        Listing(),
        Listing(words=("disk",)),
        Listing(services=frozenset({"unrouted"})),
        Listing(statuses=frozenset({IncidentStatus.TRIGGERED, IncidentStatus.ACKNOWLEDGED})),
        Listing(severities=frozenset({Severity.HIGH}), drill=True),
        Listing(begin=NOW, end=NOW, oldest_first=True),
        Listing(statuses=frozenset({IncidentStatus.CLOSED}), teams=("web",)),
    ):
        await shelf.lists.page(listing, None, 20, NOW)
    await shelf.members.find_met({"f": None})
    await shelf.members.of_incident(key, 10, 5)
    await shelf.timeline.page(key, None, 5, ())
    await shelf.timeline.page(key, (NOW, "x"), 5, ())
    await shelf.catalogue.get("unrouted")
    await shelf.catalogue.find(PlacementQuery(frozenset({"x"}), frozenset({"y"}), frozenset({"z"})))
    await shelf.catalogue.by_ids(["unrouted"])
    await shelf.keeper.fresh()
    assert key in await shelf.incidents.open_on_map()
    assert await shelf.incidents.still_on_map([key])
    await shelf.incidents.due(NOW, 5)
    await shelf.incidents.find_recreated(NOW, NOW, 5)
    _ = [event async for event in shelf.catalogue.snapshots()]
    _ = [event async for event in shelf.incidents.snapshots()]
    assert {one.collection for one in HEARD.asked} == {
        "incidents",
        "incident_alerts",
        "incident_days",
        "incident_facets",
        "incident_timeline",
        "imported_months",
        "catalogue_marks",
        "services",
    }
    # without a filter the whole collection is what is asked for
    assert [one for one in await HEARD.scans(database) if one.query] == []

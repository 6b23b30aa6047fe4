"""Facts become rows: in any order, any number of times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.table.columns import NEVER
from services.analytics.table.counted import CountedIncident, CountedPage, CountedTimes, clock_times
from services.analytics.table.selection import Wanted, newest_first, select_rows
from services.analytics.table.store.taking import take_documents
from services.analytics.table.table import Flag, PageFlag, Table
from shared.clocks.epoch import to_millis
from shared.vocabulary import Category, Severity
from tests.unit.analytics.table.builders import BEGAN, counted, page, table_of

SEVERE = st.sampled_from(list(Severity))
INCIDENTS = st.builds(
    lambda number, severity, team, service, drill, merged, minutes: counted(
        number,
        severity=severity,
        team=team,
        service_id=service,
        drill_id=drill,
        merged_into=merged,
        resolved_at=None if minutes is None else BEGAN + timedelta(hours=number, minutes=minutes),
    ),
    st.integers(1, 12),
    SEVERE,
    st.sampled_from([None, "shop", "payments"]),
    st.sampled_from([None, "web", "db"]),
    st.sampled_from([None, None, None, "drill-1"]),
    st.sampled_from([None, None, None, "INC-20261001-0001"]),
    st.none() | st.integers(0, 500),
)
Take = Callable[[Table], None]


def _take_incident(sequence: int, one: CountedIncident, table: Table) -> None:
    table.take_incident(sequence, one)


def _take_page(one: CountedPage, table: Table) -> None:
    table.take_page(one)


def _take_alert(source: str, starts_at: datetime, table: Table) -> None:
    table.take_alert("g", source, starts_at)


@st.composite
def histories(draw: st.DrawFn) -> list[Take]:
    """What is told of a few incidents: each fact of an incident under a sequence of its own."""
    incidents = enumerate(draw(st.lists(INCIDENTS, max_size=12)), 1)
    told: list[Take] = [partial(_take_incident, sequence, one) for sequence, one in incidents]
    for number in draw(st.lists(st.integers(1, 30), max_size=8)):
        of = f"INC-20261001-{number % 12 + 1:04}"
        told.append(partial(_take_page, page(number, incident_id=of, user_id=f"u{number % 3}")))
    alerts = draw(st.lists(st.integers(1, 9), max_size=4))
    told += [partial(_take_alert, f"source-{n % 3}", BEGAN + timedelta(seconds=n // 3)) for n in alerts]
    return told


def seen(table: Table) -> Any:
    """All that figures may be made of, by ids."""
    rows = newest_first(table, select_rows(table, Wanted()))
    columns = {name: table.incidents[name][rows].tolist() for name in ("created", "resolved", "severity", "paged")}
    texts = {name: [table.texts.text(code) for code in table.incidents[name][rows]] for name in ("team", "service")}
    pages = sorted(
        (table.id_of(incident), at, table.texts.text(person))
        for incident, at, person in zip(*(table.pages[name] for name in ("incident", "at", "person")), strict=True)
    )
    sources = [table.texts.text(code) for code in table.groups["source"]]
    return [table.id_of(row) for row in rows], columns, texts, pages, sources


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_facts_ends_in_the_same_table(told: list[Take], chance: Any) -> None:
    one, other = Table(), Table()
    for take in told:
        take(one)
    shuffled = told + chance.sample(told, len(told) // 2)
    chance.shuffle(shuffled)
    for take in shuffled:
        take(other)
    assert seen(one) == seen(other)


@given(st.lists(INCIDENTS, max_size=12), SEVERE, st.sampled_from([(), ("shop",), ("shop", "payments"), ("none",)]))
def test_what_is_selected_is_what_plain_python_selects(
    incidents: list[CountedIncident], severity: Severity, teams: tuple[str, ...]
) -> None:
    newest = {one.id: one for one in incidents}
    table = table_of(newest.values())
    begin, end = BEGAN + timedelta(hours=3), BEGAN + timedelta(hours=9)
    rows = select_rows(table, Wanted(severity=severity, teams=teams), to_millis(begin), to_millis(end))
    assert {table.id_of(row) for row in rows} == {
        one.id
        for one in newest.values()
        if one.drill_id is None
        and one.merged_into is None
        and begin <= one.created_at < end
        and one.severity is severity
        and (not teams or one.team in teams)
    }


def test_a_page_and_an_alert_may_come_before_their_incident() -> None:
    table = table_of(pages=[page()])
    table.take_alert("g1", "zabbix", BEGAN)
    assert len(select_rows(table, Wanted())) == 0
    table.take_incident(1, counted(group_id="g1"))
    row = table.row_of(counted().id)
    assert row is not None
    assert table.incidents.get("paged", row) == to_millis(page().at)
    assert table.texts.text(table.groups["source"][table.incidents["group"][row]]) == "zabbix"


def test_what_was_merged_or_is_a_drill_does_not_count_and_an_import_does() -> None:
    table = table_of([counted(1, drill_id="d"), counted(2, merged_into="INC-1"), counted(3, imported=True)])
    rows = select_rows(table, Wanted())
    assert [table.id_of(row) for row in rows] == ["INC-20261001-0003"]
    assert table.incidents["flags"][rows].tolist() == [Flag.COUNTS | Flag.IMPORTED]


def test_an_older_fact_changes_nothing_and_a_corrected_time_does() -> None:
    table = Table()
    corrected = BEGAN - timedelta(days=2)
    table.take_incident(3, counted(created_at=corrected))
    table.take_incident(2, counted())
    assert select_rows(table, Wanted(), end=to_millis(BEGAN)).tolist() == [0]


def test_long_ids_are_kept_whole() -> None:
    ids = ["INC-20261001-0001", "of-another-system-" + "9" * 60, "of-another-system-" + "9" * 59 + "8", "障害-1"]
    table = table_of(counted(id=one) for one in ids)
    assert [table.id_of(row) for row in range(4)] == ids
    assert [table.row_of(one) for one in ids] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "at, zone, flags",
    [
        pytest.param(datetime.fromisoformat("2026-10-01T21:59:59+00:00"), "UTC", PageFlag(0), id="before ten"),
        pytest.param(datetime.fromisoformat("2026-10-01T22:00:00+00:00"), "UTC", PageFlag.NIGHT, id="at ten"),
        pytest.param(datetime.fromisoformat("2026-10-01T06:59:59+00:00"), "UTC", PageFlag.NIGHT, id="before seven"),
        pytest.param(datetime.fromisoformat("2026-10-01T07:00:00+00:00"), "UTC", PageFlag(0), id="at seven"),
        pytest.param(
            datetime.fromisoformat("2026-10-02T17:00:00+00:00"),
            "Asia/Tokyo",
            PageFlag.NIGHT | PageFlag.WEEKEND,
            id="Saturday 02:00 in Tokyo",
        ),
        pytest.param(datetime.fromisoformat("2026-10-04T12:00:00+00:00"), "Mars", PageFlag.WEEKEND, id="no such zone"),
    ],
)
def test_nights_and_weekends_are_those_of_the_person(at: datetime, zone: str, flags: PageFlag) -> None:
    table = table_of(pages=[page(at=at, time_zone=zone)])
    assert table.pages["flags"].tolist() == [PageFlag.HANDED_OVER | flags]


def test_a_page_that_failed_interrupted_nobody() -> None:
    assert len(table_of(pages=[page(state="failed")]).pages) == 0


def test_the_clocks_of_an_incident_are_those_of_its_first_and_its_worst_record() -> None:
    def record(hours: int, late: bool) -> CountedTimes:
        begun = BEGAN + timedelta(hours=hours)
        return CountedTimes(
            response_due_at=begun + timedelta(minutes=5),
            responded_at=begun,
            resolution_due_at=begun + timedelta(hours=1),
            resolved_at=begun + timedelta(minutes=90 if late else 30),
        )

    times = clock_times([record(0, late=False), record(10, late=True), record(20, late=False)])
    assert (times.responded, times.resolution_due) == (to_millis(BEGAN), to_millis(BEGAN + timedelta(hours=11)))
    assert clock_times([]) == (NEVER, NEVER, NEVER, NEVER)


def test_documents_of_the_copies_are_taken_in() -> None:
    table = Table()
    fact = counted(service_id="web", category=Category.FAILURE, affected_components=[" db ", "", "db"])
    take_documents(table, "incidents", [{"seq": 2, "data": fact.model_dump()}])
    take_documents(table, "services", [{"seq": 1, "data": {"id": "web", "name": "Web", "deleted": False}}])
    take_documents(table, "pages", [{"seq": 1, "data": page().model_dump()}])
    assert table.component_sets.components(table.incidents.get("components", 0)) == ("db", "web")
    assert (table.services, len(table.pages)) == ({"web": "Web"}, 1)
    take_documents(table, "services", [{"seq": 2, "data": {"id": "web", "deleted": True}}])
    assert table.services == {}

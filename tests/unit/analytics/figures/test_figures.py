"""Every figure against one computed plainly, and opened down to its incidents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics.figures.catalogue import BY_NAME, FIGURES
from services.analytics.figures.components import ComponentImpact
from services.analytics.figures.csv_form import HEAD, dashboard_csv
from services.analytics.figures.figure import FigureKind, Value
from services.analytics.figures.grouping import FigureGroupBy
from services.analytics.figures.opened import Part, open_figure
from services.analytics.figures.report import Dashboard, ReportQuestion, make_dashboard
from services.analytics.periods.period import Period
from services.analytics.table.counted import CountedIncident
from services.analytics.table.selection import Wanted
from tests.unit.analytics.figures.histories import (
    NOW,
    PERIOD,
    ZONE,
    ZONES,
    History,
    counts,
    histories,
    is_failure,
    millis,
    no_rows,
    plainly,
    spread,
)
from tests.unit.analytics.table.builders import BEGAN, counted, page

SERVICES = {"web": "Web shop", "db": "Database"}


def question(group_by: FigureGroupBy | None = None, **wanted: Any) -> ReportQuestion:
    return ReportQuestion(PERIOD, Wanted(**wanted), millis(NOW), group_by)


def dashboard(history: History, group_by: FigureGroupBy | None = None, **wanted: Any) -> Dashboard:
    table = history.table()
    return make_dashboard(table, question(group_by, **wanted), history.numbers(table))


def expected(kind: FigureKind, numbers: list[tuple[int, int]]) -> Value:
    values, weights = [one for one, _ in numbers], [weight for _, weight in numbers]
    if kind is FigureKind.TOTAL:
        return Value(len(numbers), 0, sum(values))
    if not numbers:
        return Value(0, 0, None)
    if kind is FigureKind.SHARE:
        return Value(len(numbers), 0, sum(values) / sum(weights))
    mean, median, p90 = spread(values, 1000 if kind is FigureKind.DURATION else 1)
    return Value(len(numbers), 0, mean, mean, median, p90)


def without_pending(value: Value) -> Value:
    return Value(value.n, 0, value.value, value.mean, value.median, value.p90)


@settings(max_examples=30, deadline=None)
@given(histories())
def test_every_figure_is_the_one_computed_plainly_and_so_is_the_period_before(history: History) -> None:
    for one in dashboard(history).figures:
        for value, period in ((one.value, PERIOD), (one.previous, PERIOD.before())):
            numbers = list(plainly(one.figure.name, history, period).values())
            assert without_pending(value) == expected(one.figure.kind, numbers), one.figure.name


def key_of(one: CountedIncident, by: FigureGroupBy, history: History) -> set[str]:
    local = one.created_at.astimezone(ZONE)
    names = {name.casefold(): key for key, name in SERVICES.items()}
    components = {names.get(text.casefold(), text) for text in one.components}
    source = history.sources.get(one.group_id or "") or ("import" if one.imported else "manual")
    return {
        FigureGroupBy.DAY: {local.date().isoformat()},
        FigureGroupBy.WEEK: {(local.date() - timedelta(days=local.weekday())).isoformat()},
        FigureGroupBy.MONTH: {f"{local:%Y-%m}"},
        FigureGroupBy.QUARTER: {"2026Q4"},
        FigureGroupBy.SERVICE: {one.service_id or ""},
        FigureGroupBy.TEAM: {one.team or ""},
        FigureGroupBy.SEVERITY: {one.severity.value},
        FigureGroupBy.PRIORITY: {one.priority.value},
        FigureGroupBy.CATEGORY: {one.category.value},
        FigureGroupBy.PERSON: {one.acknowledged_by or ""},
        FigureGroupBy.SOURCE: {source},
        FigureGroupBy.COMPONENT: components,
    }[by]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(FigureGroupBy)), histories())
def test_every_figure_is_told_apart_by_what_is_asked(by: FigureGroupBy, history: History) -> None:
    keys = {one.id: key_of(one, by, history) for one in history.in_period()}
    for one in dashboard(history, by).figures:
        numbers = plainly(one.figure.name, history)
        assert {group.key.name for group in one.groups} >= set().union(*keys.values())
        for group in one.groups:
            own = [number for key, number in numbers.items() if group.key.name in keys[key]]
            assert without_pending(group.value) == expected(one.figure.kind, own), (one.figure.name, group.key)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([None, FigureGroupBy.SEVERITY, FigureGroupBy.COMPONENT, FigureGroupBy.WEEK]), histories())
def test_every_figure_opens_down_to_as_many_incidents_as_it_says(by: FigureGroupBy | None, history: History) -> None:
    table = history.table()
    clusters = history.numbers(table)
    for one in make_dashboard(table, question(by), clusters).figures:
        whole = [(None, one.value)] if by is None else []
        for group, value in [*whole, *((part.key.name, part.value) for part in one.groups)]:
            opened = open_figure(table, question(by), clusters, one.figure, Part(group), start=0, limit=1000)
            assert (opened.n, len(opened.items)) == (value.n, value.n)
            unit = 1000 if one.figure.kind is FigureKind.DURATION else 1
            numbers = plainly(one.figure.name, history)
            assert all(item.value == numbers[item.id][0] / unit for item in opened.items)
            waiting = Part(group, is_pending=True)
            assert open_figure(table, question(by), clusters, one.figure, waiting, start=0, limit=0).n == value.pending


@settings(max_examples=30, deadline=None)
@given(histories())
def test_components_are_worst_first_with_the_union_of_their_failures(history: History) -> None:
    start, end = PERIOD.start, NOW
    found = {one.component: one for one in dashboard(history).components}
    keys = {one.id: key_of(one, FigureGroupBy.COMPONENT, history) for one in history.incidents}
    for component, told in found.items():
        own = [one for one in history.in_period() if component in keys[one.id]]
        failed = [one for one in own if is_failure(one, history)]
        spans = sorted(
            (max(one.created_at, start), min(one.resolved_at or end, end))
            for one in history.incidents
            if counts(one) and component in keys[one.id] and is_failure(one, history)
            and one.created_at < end and (one.resolved_at is None or one.resolved_at > start)
        )  # fmt: skip
        down, until = timedelta(), start
        for begin, over in spans:
            down += max(over - max(begin, until), timedelta())
            until = max(until, over)
        seconds = down / timedelta(milliseconds=1) / 1000
        assert (told.incidents, told.failures, told.downtime_seconds) == (len(own), len(failed), seconds)
        mtbf = ((end - start) - down) / timedelta(milliseconds=1) / (len(failed) * 1000) if failed else None
        assert told.mtbf_seconds == mtbf
        assert told.share == (len(own) / len(history.in_period()) if own else 0.0)
    assert set().union(*(keys[one.id] for one in history.in_period())) <= found.keys()
    worst: list[ComponentImpact] = sorted(found.values(), key=lambda one: -one.downtime_seconds)
    assert [one.downtime_seconds for one in found.values()] == [one.downtime_seconds for one in worst]


@settings(max_examples=30, deadline=None)
@given(histories())
def test_interruptions_are_counted_by_person_and_open_to_their_incidents(history: History) -> None:
    table = history.table()
    ids = {one.id for one in history.in_period()}
    told = {one.person: one for one in make_dashboard(table, question(), no_rows()).people}
    for person in ZONES:
        own = [one for one in history.pages if one.user_id == person and one.incident_id in ids]
        opened = open_figure(table, question(), no_rows(), BY_NAME["pages"], Part(person=person), start=0, limit=99)
        assert (person in told) is bool(own)
        assert opened.n == len({one.incident_id for one in own})
        assert sum(item.value or 0 for item in opened.items) == len(own)
        if own:
            assert (told[person].pages, told[person].incidents) == (len(own), opened.n)


def test_a_key_of_a_team_counts_its_own_and_nothing_recurs_from_what_it_may_not_see() -> None:
    first = counted(1, team="core", resolved_at=BEGAN + timedelta(days=11), created_at=BEGAN + timedelta(days=10))
    again = counted(2, team="shop", created_at=BEGAN + timedelta(days=12))
    history = History([first, again], [], [], {}, {first.id: "x", again.id: "x"})
    everybody = {one.figure.name: one.value for one in dashboard(history).figures}
    shop = {one.figure.name: one.value for one in dashboard(history, teams=("shop",)).figures}
    assert (everybody["incidents"].value, everybody["recurrence_rate"].value) == (2, 0.5)
    assert (shop["incidents"].value, shop["recurrence_rate"].value) == (1, 0.0)
    shop_only = {one.figure.name: one.value for one in dashboard(history, team="shop").figures}
    assert shop_only["recurrence_rate"].value == 1.0


def test_a_corrected_time_changes_a_past_figure() -> None:
    table = History([], [], [], {}, {}).table()
    created = PERIOD.start + timedelta(hours=1)
    for sequence, minutes in ((1, 10), (2, 4)):
        told = counted(created_at=created, acknowledged_at=created + timedelta(minutes=minutes))
        table.take_incident(sequence, told)
        figures = make_dashboard(table, question(), no_rows()).figures
        value = next(one.value for one in figures if one.figure.name == "time_to_acknowledge")
        assert (value.n, value.mean, value.median, value.p90) == (1, minutes * 60, minutes * 60, minutes * 60)


def test_what_was_never_acknowledged_is_pending_and_neither_zero_nor_its_end() -> None:
    created = PERIOD.start
    history = History([counted(created_at=created, resolved_at=created + timedelta(hours=1))], [], [], {}, {})
    value = next(one.value for one in dashboard(history).figures if one.figure.name == "time_to_acknowledge")
    assert value == Value(0, 1, None)


def test_csv_has_a_row_for_each_figure_and_group_and_computes_nothing() -> None:
    one = counted(created_at=PERIOD.start, service_id="=HYPERLINK(1)", resolved_at=PERIOD.start + timedelta(seconds=90))
    history = History([one], [page(incident_id=one.id, at=PERIOD.start, user_id="+ana")], [], {}, {})
    lines = dashboard_csv(dashboard(history, FigureGroupBy.SERVICE)).split("\r\n")
    assert lines[0] == ",".join(HEAD)
    assert lines.count("incidents,count,'=HYPERLINK(1),,,1,0,1,,,,0,0,,,,") == 1
    assert any(line.startswith("time_to_resolve,seconds,,,,1,0,90.0,90.0,90.0,90.0,") for line in lines)
    assert any(line.startswith("interruptions,count,'+ana,,,1,0,1,") for line in lines)
    assert len({line.count(",") for line in lines if line}) == 1


def test_figures_have_titles_in_three_languages_and_a_formula() -> None:
    assert len(BY_NAME) == len(FIGURES)
    for one in FIGURES:
        assert len({*one.titles, ""}) == 4
        assert one.formula.endswith(".")


def test_the_period_may_lie_in_1970() -> None:
    period = Period(NOW - timedelta(days=365 * 56), NOW - timedelta(days=365 * 55), ZONE)
    found = make_dashboard(History([counted()], [], [], {}, {}).table(), ReportQuestion(period, Wanted(), 0), no_rows())
    assert all(one.value.n == 0 for one in found.figures)

"""A drill as a report in Markdown: what happened, how people did beside what was expected, and beside the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from services.oncall.drills.drill import Check, Comparison, Drill, PersonScore, Score
from services.oncall.durations import duration_text
from services.oncall.names import on_one_line

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>#|!"})
"""What Markdown would obey in somebody's text."""


def report(drill: Drill) -> str:
    """The report; the same drill gives the same bytes."""
    return "\n".join([*_head(drill), *_incidents(drill), *_results(drill.score), ""])


def _head(drill: Drill) -> Iterator[str]:
    plan = drill.plan
    yield f"# Drill: {_text(plan.name)}"
    yield ""
    yield f"- State: {drill.state.value} ({drill.reason.value})"
    yield f"- Scenario: {_text(plan.scenario)}" + (f". {_text(plan.description)}" if plan.description else "")
    yield f"- Service: {_text(plan.service_id or '-')}, team: {_text(plan.team or '-')}"
    yield f"- Planned for: {_time(drill.starts_at)}"
    yield f"- Began: {_time(drill.started_at)}, ended: {_time(drill.ended_at)}"
    how = "Announced beforehand" if plan.announced else "By surprise"
    yield f"- {how}; {drill.sent} of {len(plan.alerts)} alerts sent"
    if plan.run_runbooks:
        yield "- Runbooks that match really run"
    if drill.stopped_by:
        yield f"- Stopped by: {_text(drill.stopped_by)}"


def _incidents(drill: Drill) -> Iterator[str]:
    if not drill.incidents:
        return
    yield from ("", "## Incidents", "", "| incident | title | acknowledged | first finding | resolved |")
    yield "| --- | --- | --- | --- | --- |"
    for one in drill.incidents:
        times = (
            _span(one.created_at, one.acknowledged_at),
            _span(one.created_at, one.first_finding_at),
            _span(one.created_at, one.resolved_at),
        )
        yield f"| {_text(one.id)} | {_text(one.title)} | {' | '.join(times)} |"


def _results(score: Score | None) -> Iterator[str]:
    if score is None:
        yield from ("", "Not scored yet.")
        return
    verdict = "nothing was expected" if score.met is None else "as expected" if score.met else "not as expected"
    yield from ("", "## Result", "", f"Overall: {verdict}.", "")
    if score.checks:
        yield from ("| expected | within | took | met |", "| --- | --- | --- | --- |")
        yield from map(_check, score.checks)
        yield ""
    yield from ("## People", "", "| who | pages | first paged | acknowledged | first finding | resolved | roles |")
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    yield from map(_person, score.people)
    if score.last is not None:
        yield from _last(score.last)


def _check(one: Check) -> str:
    took = _seconds(one.took_seconds)
    return f"| {_text(one.what)} | {_seconds(one.expected_seconds)} | {took} | {'yes' if one.met else 'no'} |"


def _person(one: PersonScore) -> str:
    cells: Sequence[str] = (
        _text(one.user_id),
        str(one.pages),
        _seconds(one.paged_after_seconds),
        _seconds(one.acknowledged_after_seconds),
        _seconds(one.first_finding_after_seconds),
        _seconds(one.resolved_after_seconds),
        _text(", ".join(one.roles) or "-"),
    )
    return f"| {' | '.join(cells)} |"


def _last(last: Comparison) -> Iterator[str]:
    yield from (
        "",
        "## Beside the last drill",
        "",
        f"{_text(last.drill_id)}, which began {_time(last.started_at)}:",
        "",
    )
    for what, change in (
        ("acknowledged", last.acknowledged_change),
        ("first finding", last.first_finding_change),
        ("resolved", last.resolved_change),
    ):
        if change is None:
            yield f"- {what}: no comparison"
        else:
            word = "as fast" if change == 0 else f"{abs(change)} s {'slower' if change > 0 else 'faster'}"
            yield f"- {what}: {word}"


def _text(text: str) -> str:
    return on_one_line(text).translate(_MARKS)


def _time(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at is not None else "-"


def _span(start: datetime, end: datetime | None) -> str:
    return "-" if end is None else _seconds(max(0, round((end - start).total_seconds())))


def _seconds(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds} s" if seconds < 120 else duration_text(timedelta(seconds=seconds))

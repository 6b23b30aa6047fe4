"""Rows of history for tests: any that can be, by hypothesis."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.incident.postmortems.postmortem import State
from services.incident.postmortems.sections import Section
from shared.events.actions import ActionState
from shared.events.communication import TicketState
from shared.vocabulary import Category, IncidentStatus, Priority, Severity, Urgency
from tests.unit.incident.builders import NOW

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAME = TEXT.filter(bool)
TIMES = st.datetimes(datetime(2000, 1, 1), NOW.replace(tzinfo=None) - timedelta(days=2)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
)
LATER = st.timedeltas(timedelta(0), timedelta(days=1))


def lists(of: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, max_size=3)


def words(kind: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([word.value for word in kind])


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row that contradicts nothing; times are datetimes."""
    created = draw(TIMES)
    acknowledged = draw(st.none() | LATER.map(lambda later: created + later))
    over = draw(st.booleans())
    resolved = (acknowledged or created) + draw(LATER) if over and draw(st.booleans()) else None
    open_words = [one.value for one in IncidentStatus if one.is_open]
    status = draw(st.sampled_from(["resolved", "closed"] if over else open_words))
    row: dict[str, Any] = {
        "title": draw(NAME),
        "description": draw(TEXT),
        "status": status,
        "severity": draw(words(Severity)),
        "priority": draw(words(Priority)),
        "category": draw(words(Category)),
        "urgency": draw(words(Urgency)),
        "service_id": draw(st.none() | NAME),
        "service_name": draw(st.none() | TEXT),
        "team": draw(st.none() | TEXT),
        "escalation_policy_id": draw(st.none() | TEXT),
        "merged_into": draw(st.none() | TEXT),
        "merged_from": draw(lists(TEXT)),
        "affected_components": draw(lists(TEXT)),
        "impact": draw(TEXT),
        "alerts": {"count": draw(st.integers(0, 99)), "firing": draw(st.integers(0, 99))},
        "assignees": draw(lists(TEXT)),
        "participants": draw(lists(TEXT)),
        "roles": draw(lists(st.builds(dict, role=NAME, name=TEXT, user_id=TEXT, duties=lists(TEXT)))),
        "created_at": created,
        "acknowledged_at": acknowledged,
        "acknowledged_by": draw(st.none() | TEXT),
        "resolved_at": resolved,
        "resolved_by": draw(st.none() | TEXT),
        "actions_taken": draw(lists(TEXT)),
        "root_cause": draw(TEXT),
        "preventive_measures": draw(lists(TEXT)),
        "timeline": draw(
            lists(st.builds(dict, at=TIMES, kind=st.sampled_from(["note", "x_1"]), author=TEXT, text=TEXT))
        ),
        "postmortem": draw(st.none() | _postmortems()),
        "actions": draw(lists(_actions())),
    }
    if draw(st.booleans()):
        row["id"] = f"INC-{created:%Y%m%d}-{draw(st.integers(1, 9_999_999)):0{draw(st.integers(4, 7))}d}"
    return row


def _entries() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(dict, at=TIMES, kind=st.sampled_from(["note", "x_1"]), author=TEXT, text=TEXT)


def _postmortems() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        dict,
        title=TEXT,
        state=words(State),
        sections=st.dictionaries(words(Section), TEXT, max_size=3),
        reviewers=lists(TEXT),
        created_at=st.none() | TIMES,
        created_by=TEXT,
        published_at=st.none() | TIMES,
        comments=lists(st.builds(dict, text=TEXT, at=TIMES, author=TEXT, resolved=st.booleans())),
    )


def _actions() -> st.SearchStrategy[dict[str, Any]]:
    ticket: st.SearchStrategy[dict[str, Any]] = st.builds(
        dict, provider=TEXT, key=TEXT, url=TEXT, state=words(TicketState)
    )
    return st.builds(
        dict,
        title=NAME,
        description=TEXT,
        state=words(ActionState),
        assignee_id=st.none() | TEXT,
        due_on=st.none() | st.dates(date(2000, 1, 1), date(2199, 12, 31)).map(str),
        priority=words(Priority),
        created_at=st.none() | TIMES,
        ticket=st.none() | ticket,
    )

"""What an update does to a page: which post it goes on with, whether that may be, and how its components stand then.

An update goes on with the post it names, else with the open one of its incident; one that names neither, and does not
begin anything (`investigating`, `scheduled`), with the open post about the same components. Else it opens a post. The
four words of an incident follow each other freely until `resolved`; a maintenance goes forward. What ended takes no
other word than its last one.

The components that an update names stand as it says, unless another open post says worse of them: the worst open word
counts. When a post ends, what it touched is operational again, or as another open post or the update itself says. An
impact that a person gave stays until a person gives another one; otherwise it follows from the components.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.comms.status_pages.impact_periods import Period, end_period
from services.comms.status_pages.page import (
    MOST_OPEN,
    MOST_UPDATES,
    RECENT,
    Component,
    ComponentState,
    Impact,
    Post,
    Shift,
    StatusPage,
    Touched,
    Update,
    UpdateStatus,
    impact_of,
    worst,
)
from services.comms.status_pages.texts import state_word, word
from shared.ids import derive_id
from shared.problem import Problem, conflict, invalid

_INCIDENT = frozenset(
    {UpdateStatus.INVESTIGATING, UpdateStatus.IDENTIFIED, UpdateStatus.MONITORING, UpdateStatus.RESOLVED}
)
_BEGUN = frozenset({UpdateStatus.IN_PROGRESS, UpdateStatus.VERIFYING, UpdateStatus.COMPLETED})
MOVES: Mapping[UpdateStatus, frozenset[UpdateStatus]] = {
    **dict.fromkeys(_INCIDENT - {UpdateStatus.RESOLVED}, _INCIDENT),
    UpdateStatus.RESOLVED: frozenset({UpdateStatus.RESOLVED}),
    UpdateStatus.SCHEDULED: _BEGUN | {UpdateStatus.SCHEDULED},
    UpdateStatus.IN_PROGRESS: _BEGUN,
    UpdateStatus.VERIFYING: _BEGUN,
    UpdateStatus.COMPLETED: frozenset({UpdateStatus.COMPLETED}),
}
"""The word that may follow each. Ended posts take another text under their last word, such as a correction."""

_BEGINNINGS = frozenset({UpdateStatus.INVESTIGATING, UpdateStatus.SCHEDULED})


@dataclass(frozen=True, slots=True)
class Asked:
    """An update as somebody asks for it; `components` are id and state, in the caller's order."""

    id: str
    status: UpdateStatus
    message: str
    by: str = ""
    post_id: str | None = None
    incident_id: str | None = None
    title: str | None = None
    impact: Impact | None = None
    components: Sequence[tuple[str, ComponentState]] = ()
    scheduled_for: datetime | None = None
    scheduled_until: datetime | None = None
    automatic: bool | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """What came of an update: the page after it, its post, itself, and the impact periods that it ended."""

    page: StatusPage
    post: Post
    update: Update
    periods: Sequence[Period]


def take_update(page: StatusPage, asked: Asked, now: datetime) -> Publication:
    """Put an update on a page. Raises a `Problem`: 409 for an illegal move, 422 with a pointer for what is wrong."""
    _check_components(page, asked)
    before = post_of(page, asked)
    if before is not None and asked.status not in MOVES[before.status]:
        raise _illegal(before, asked)
    if before is None and not asked.status.is_end and len(page.open) >= MOST_OPEN:
        raise conflict("too_many_open", f"This page has {MOST_OPEN} open posts; end one of them first.")
    if before is not None and len(before.updates) >= MOST_UPDATES:
        raise conflict("too_many_updates", f"This post has {MOST_UPDATES} updates; open another one.")
    begins, ends = _times(before, asked, now)
    touched = _find_touched(page, before, asked)
    states = _states(page, before, touched, asked)
    shifts = tuple(
        Shift(component_id=one.id, name=one.name, before=one.state, after=states[one.id])
        for one in page.components
        if one.id in states
    )
    update = Update(
        id=asked.id,
        at=now,
        status=asked.status,
        message=asked.message,
        by=asked.by,
        shifts=_shifts_to_tell(shifts, asked),
    )
    post = Post(
        id=before.id if before else derive_id(page.key, "post", asked.id)[:20],
        page=page.key,
        title=asked.title or (before.title if before else _title(page, touched, asked)),
        status=asked.status,
        impact=_impact(before, touched, asked),
        impact_said=asked.impact is not None or (before is not None and before.impact_said),
        incident_id=asked.incident_id or (before.incident_id if before else None),
        touched=touched,
        updates=(*(before.updates if before else ()), update),
        started_at=before.started_at if before else now,
        updated_at=now,
        ended_at=((before.ended_at if before else None) or now) if asked.status.is_end else None,
        scheduled_for=begins,
        scheduled_until=ends,
        automatic=before.automatic if asked.automatic is None and before else asked.automatic is not False,
    )
    components, periods = _apply_states(page, states, now)
    return Publication(_with(page, post, components, now), post, update, periods)


def post_of(page: StatusPage, asked: Asked) -> Post | None:
    """The post that an update goes on with; None when it opens one. Raises a 422 `Problem` for one not known."""
    known = [*page.open, *page.recent]
    kin = [one for one in known if one.is_maintenance == asked.status.is_maintenance]
    if asked.post_id is not None:
        named = next((one for one in known if one.id == asked.post_id), None)
        if named is None:
            raise invalid("/post_id", "no open post of this page has this id", "unknown_post")
        return named
    if asked.incident_id is not None:
        same = [one for one in kin if one.incident_id == asked.incident_id]
        still = [one for one in same if one.ended_at is None]
        # after the end, only the word of the end goes on with it; any other one tells of a new trouble
        return _newest(still) or (_newest(same) if asked.status.is_end else None)
    if asked.status in _BEGINNINGS:
        return None
    named_ids = {component_id for component_id, _ in asked.components}
    candidates = [one for one in kin if one.ended_at is None]
    if named_ids:
        return _newest([one for one in candidates if named_ids & {each.component_id for each in one.touched}])
    if len(candidates) > 1:
        raise invalid("/post_id", "several posts are open on this page: say which one this goes on with", "ambiguous")
    return _newest(candidates)


def next_due(posts: Sequence[Post]) -> datetime | None:
    """When the next of these maintenances begins or ends by itself."""
    return min((at for one in posts if (at := _moves_at(one)) is not None), default=None)


def due_update(page: StatusPage, now: datetime) -> Asked | None:
    """The update that the page writes by itself at `now`, the longest due first; None when nothing is due."""
    due = [(at, one) for one in page.open if (at := _moves_at(one)) is not None and at <= now]
    if not due:
        return None
    _, post = min(due, key=lambda pair: pair[0])
    status = UpdateStatus.IN_PROGRESS if post.status is UpdateStatus.SCHEDULED else UpdateStatus.COMPLETED
    return Asked(
        id=derive_id(post.id, status.value, post.updated_at.isoformat()),
        status=status,
        message=word(page.locale, f"auto.{status.value}"),
        post_id=post.id,
    )


def _moves_at(post: Post) -> datetime | None:
    """When a maintenance begins or ends by itself; None while people verify it: then one of them ends it."""
    if not post.automatic or post.ended_at is not None:
        return None
    if post.status is UpdateStatus.SCHEDULED:
        return post.scheduled_for
    return post.scheduled_until if post.status is UpdateStatus.IN_PROGRESS else None


def _newest(posts: Sequence[Post]) -> Post | None:
    return max(posts, key=lambda post: post.updated_at, default=None)


def _check_components(page: StatusPage, asked: Asked) -> None:
    seen: set[str] = set()
    for number, (id, _) in enumerate(asked.components):  # noqa: A001 - as the contract calls it
        if page.component(id) is None:
            raise invalid(f"/components/{number}/id", "this page has no component with this id", "unknown_component")
        if id in seen:
            raise invalid(f"/components/{number}/id", "stands here twice")
        seen.add(id)


def _illegal(before: Post, asked: Asked) -> Problem:
    return conflict(
        "illegal_transition",
        f"A post that is {before.status.value} can't become {asked.status.value}.",
        from_=before.status.value,
        to=asked.status.value,
    )


def _times(before: Post | None, asked: Asked, now: datetime) -> tuple[datetime | None, datetime | None]:
    begins = asked.scheduled_for or (before.scheduled_for if before else None)
    ends = asked.scheduled_until or (before.scheduled_until if before else None)
    if not asked.status.is_maintenance:
        if asked.scheduled_for or asked.scheduled_until:
            raise invalid("/scheduled_for", "only a maintenance is scheduled")
        return None, None
    if asked.status is UpdateStatus.SCHEDULED and begins is None:
        raise invalid("/scheduled_for", "a scheduled maintenance says when it begins")
    begins = begins or (before.started_at if before else now)
    if ends is not None and ends <= begins:
        raise invalid("/scheduled_until", "must be after its beginning")
    return begins, ends


def _find_touched(page: StatusPage, before: Post | None, asked: Asked) -> tuple[Touched, ...]:
    touched = {one.component_id: one for one in (before.touched if before else ())}
    plans = asked.status is UpdateStatus.SCHEDULED
    for id, state in asked.components:  # noqa: A001 - as the contract calls it
        component = page.component(id)
        if component is not None:
            planned = plans and state is ComponentState.OPERATIONAL
            said = ComponentState.UNDER_MAINTENANCE if planned else state
            touched[id] = Touched(component_id=id, name=component.name, state=said)
    return tuple(touched.values())


def _states(
    page: StatusPage, before: Post | None, touched: Sequence[Touched], asked: Asked
) -> dict[str, ComponentState]:
    """How the components that the update changes stand after it."""
    if asked.status is UpdateStatus.SCHEDULED:
        return {}
    others = [one for one in page.open if before is None or one.id != before.id]
    said = _own_words(before, touched, asked)
    return {id: worst([state, _state_elsewhere(others, id)]) for id, state in said.items()}  # noqa: A001 - the component's


def _own_words(before: Post | None, touched: Sequence[Touched], asked: Asked) -> dict[str, ComponentState]:
    """What the update says of components, whatever other posts say."""
    said = dict(asked.components)
    if asked.status.is_end:
        if before is not None and before.ended_at is not None:
            return said
        return {one.component_id: said.get(one.component_id, ComponentState.OPERATIONAL) for one in touched}
    begins = before is None or before.status is UpdateStatus.SCHEDULED
    return {one.component_id: one.state for one in touched} if begins else said


def _state_elsewhere(posts: Sequence[Post], component_id: str) -> ComponentState:
    """How other open posts that have begun say a component stands."""
    return worst(
        [
            one.state
            for post in posts
            if post.status is not UpdateStatus.SCHEDULED
            for one in post.touched
            if one.component_id == component_id
        ]
    )


def _shifts_to_tell(shifts: Sequence[Shift], asked: Asked) -> tuple[Shift, ...]:
    named = {component_id for component_id, _ in asked.components}
    return tuple(one for one in shifts if one.before is not one.after or one.component_id in named)


def _impact(before: Post | None, touched: Sequence[Touched], asked: Asked) -> Impact:
    """As a person said, now or before; else the worst that the post had so far and that its components mean now."""
    if asked.impact is not None:
        return asked.impact
    if before is not None and before.impact_said:
        return before.impact
    follows = impact_of(worst([one.state for one in touched]))
    return max(follows, before.impact, key=lambda impact: impact.rank) if before else follows


def _title(page: StatusPage, touched: Sequence[Touched], asked: Asked) -> str:
    """A title for a post that was given none: its components and the worst of them, in the page's language."""
    if asked.status.is_maintenance:
        what = word(page.locale, "maintenance")
    else:
        bad = worst([one.state for one in touched])
        what = word(page.locale, "incident") if bad is ComponentState.OPERATIONAL else state_word(page.locale, bad)
    names = [one.name for one in touched][:3]
    return (word(page.locale, "joined").join(names) + f": {what}")[:200] if names else what


def _apply_states(
    page: StatusPage, states: Mapping[str, ComponentState], now: datetime
) -> tuple[tuple[Component, ...], list[Period]]:
    periods: list[Period] = []
    components: list[Component] = []
    for one in page.components:
        state = states.get(one.id, one.state)
        if state is one.state:
            components.append(one)
            continue
        period = end_period(page.key, one, now)
        periods += [period] if period else []
        components.append(one.changed(state=state, since=now))
    return tuple(components), periods


def _with(page: StatusPage, post: Post, components: tuple[Component, ...], now: datetime) -> StatusPage:
    others = tuple(one for one in page.open if one.id != post.id)
    still = (*others, post) if post.ended_at is None else others
    over = tuple(one for one in page.recent if one.id != post.id)
    recent = (post, *over)[:RECENT] if post.ended_at is not None else over
    return page.changed(
        components=components,
        open=still,
        recent=recent,
        updated_at=now,
        due_at=next_due(still),
    )

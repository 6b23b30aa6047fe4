"""What an update does to a status page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comms.status_pages.page import (
    MOST_OPEN,
    ComponentState,
    Impact,
    PagePatch,
    StatusPage,
    UpdateStatus,
    apply_patch,
    worst,
)
from services.comms.status_pages.post_update import MOVES, Publication, due_update, take_update
from services.comms.status_pages.public.statuspage_json import summary
from shared.i18n.language import Locale
from shared.problem import Problem
from tests.unit.comms.status_pages.pages import COMPONENTS, NOON, ask, make_page

UP, SLOW, HALF, DOWN, CARE = (
    ComponentState.OPERATIONAL,
    ComponentState.DEGRADED_PERFORMANCE,
    ComponentState.PARTIAL_OUTAGE,
    ComponentState.MAJOR_OUTAGE,
    ComponentState.UNDER_MAINTENANCE,
)
INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED, SCHEDULED, IN_PROGRESS, VERIFYING, COMPLETED = UpdateStatus
HOUR = timedelta(hours=1)


def states(page: StatusPage) -> dict[str, ComponentState]:
    return {one.id: one.state for one in page.components}


def opened(page: StatusPage | None = None, **more: Any) -> Publication:
    return take_update(page or make_page(), ask(INVESTIGATING, ("api", DOWN), **more), NOON + HOUR)


def test_a_first_update_opens_a_post_and_sets_its_components() -> None:
    posted = opened(incident_id="INC-1")
    assert states(posted.page) == {"api": DOWN, "web": UP}
    assert posted.page.open == (posted.post,)
    assert (posted.post.impact, posted.post.title) == (Impact.CRITICAL, "API: Major outage")
    assert [(one.component_id, one.before, one.after) for one in posted.update.shifts] == [("api", UP, DOWN)]
    assert posted.periods == []


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"incident_id": "INC-1"}, id="of the same incident"),
        pytest.param({"post_id": True}, id="that names the post"),
        pytest.param({}, id="that names neither, about the same component"),
    ],
)
def test_a_later_update_goes_on_with_the_post(how: dict[str, Any]) -> None:
    first = opened(incident_id="INC-1")
    if "post_id" in how:
        how = {"post_id": first.post.id}
    second = take_update(first.page, ask(IDENTIFIED, ("api", HALF), id="u2", **how), NOON + 2 * HOUR)
    assert second.post.id == first.post.id
    assert [one.id for one in second.post.updates] == ["u1", "u2"]
    assert states(second.page)["api"] is HALF
    assert [(one.state, one.start, one.end) for one in second.periods] == [(DOWN, NOON + HOUR, NOON + 2 * HOUR)]
    assert second.post.impact is Impact.CRITICAL


def test_the_end_sets_the_components_operational() -> None:
    first = opened()
    last = take_update(first.page, ask(RESOLVED, id="u2", post_id=first.post.id), NOON + 2 * HOUR)
    assert states(last.page) == {"api": UP, "web": UP}
    assert last.page.open == ()
    assert last.page.recent == (last.post,)
    assert last.post.ended_at == NOON + 2 * HOUR


def test_the_end_leaves_a_component_as_the_update_says() -> None:
    first = opened()
    last = take_update(first.page, ask(RESOLVED, ("api", SLOW), id="u2", post_id=first.post.id), NOON + 2 * HOUR)
    assert states(last.page)["api"] is SLOW


def test_the_end_leaves_a_component_as_another_open_post_says() -> None:
    first = opened(incident_id="INC-1")
    other = take_update(first.page, ask(INVESTIGATING, ("api", HALF), id="u2", incident_id="INC-2"), NOON + HOUR)
    last = take_update(other.page, ask(RESOLVED, id="u3", incident_id="INC-1"), NOON + 2 * HOUR)
    assert states(last.page)["api"] is HALF


def test_an_incident_that_breaks_again_opens_another_post() -> None:
    first = opened(incident_id="INC-1")
    over = take_update(first.page, ask(RESOLVED, id="u2", incident_id="INC-1"), NOON + 2 * HOUR)
    again = take_update(over.page, ask(INVESTIGATING, ("api", DOWN), id="u3", incident_id="INC-1"), NOON + 3 * HOUR)
    assert again.post.id != first.post.id
    assert len(again.page.recent) == 1


def test_a_correction_after_the_end_changes_no_component_and_not_the_time_of_the_end() -> None:
    first = opened(incident_id="INC-1")
    over = take_update(first.page, ask(RESOLVED, id="u2", incident_id="INC-1"), NOON + 2 * HOUR)
    again = take_update(over.page, ask(RESOLVED, id="u3", incident_id="INC-1"), NOON + 3 * HOUR)
    assert again.post.ended_at == NOON + 2 * HOUR
    assert [one.id for one in again.post.updates] == ["u1", "u2", "u3"]
    assert again.page.components == over.page.components


@pytest.mark.parametrize("before", [pytest.param(one, id=one.value) for one in UpdateStatus])
@pytest.mark.parametrize("after", [pytest.param(one, id=one.value) for one in UpdateStatus])
def test_only_legal_moves_are_made(before: UpdateStatus, after: UpdateStatus) -> None:
    times: dict[str, Any] = {"scheduled_for": NOON + 5 * HOUR} if before is SCHEDULED else {}
    first = take_update(make_page(), ask(before, **times), NOON)
    asked = ask(after, id="u2", post_id=first.post.id)
    if after in MOVES[before]:
        assert take_update(first.page, asked, NOON + HOUR).post.status is after
        return
    with pytest.raises(Problem) as refused:
        take_update(first.page, asked, NOON + HOUR)
    assert (refused.value.status, refused.value.code) == (409, "illegal_transition")
    assert refused.value.extra == {"from_": before.value, "to": after.value}


@pytest.mark.parametrize(
    "asked, pointer",
    [
        pytest.param(ask(INVESTIGATING, ("db", DOWN)), "/components/0/id", id="a component that is not there"),
        pytest.param(ask(INVESTIGATING, ("api", DOWN), ("api", UP)), "/components/1/id", id="a component twice"),
        pytest.param(ask(IDENTIFIED, post_id="p9"), "/post_id", id="a post that is not there"),
        pytest.param(ask(SCHEDULED, ("api", CARE)), "/scheduled_for", id="scheduled without a time"),
        pytest.param(ask(INVESTIGATING, scheduled_for=NOON), "/scheduled_for", id="an incident with a time"),
        pytest.param(
            ask(SCHEDULED, scheduled_for=NOON + HOUR, scheduled_until=NOON), "/scheduled_until", id="an end before"
        ),
    ],
)
def test_what_is_wrong_is_pointed_at(asked: object, pointer: str) -> None:
    with pytest.raises(Problem) as refused:
        take_update(make_page(), asked, NOON)  # type: ignore[arg-type]
    assert (refused.value.status, refused.value.errors[0].pointer) == (422, pointer)


def test_an_update_that_could_belong_to_several_posts_must_say_to_which() -> None:
    first = opened(incident_id="INC-1")
    other = take_update(first.page, ask(INVESTIGATING, ("web", HALF), id="u2", incident_id="INC-2"), NOON + HOUR)
    with pytest.raises(Problem) as refused:
        take_update(other.page, ask(IDENTIFIED, id="u3"), NOON + HOUR)
    assert refused.value.errors[0].pointer == "/post_id"


def test_a_page_takes_no_more_open_posts_than_may_be() -> None:
    page = make_page()
    for number in range(MOST_OPEN):
        page = take_update(page, ask(INVESTIGATING, id=f"u{number}"), NOON).page
    with pytest.raises(Problem) as refused:
        take_update(page, ask(INVESTIGATING, id="one more"), NOON)
    assert refused.value.code == "too_many_open"


def maintenance(**more: Any) -> Publication:
    times = {"scheduled_for": NOON + HOUR, "scheduled_until": NOON + 2 * HOUR}
    return take_update(make_page(locale="ja"), ask(SCHEDULED, ("api", UP), **(times | more)), NOON)


def test_a_maintenance_begins_and_ends_by_itself() -> None:
    planned = maintenance()
    assert states(planned.page)["api"] is UP
    assert (planned.page.due_at, due_update(planned.page, NOON)) == (NOON + HOUR, None)
    begin = due_update(planned.page, NOON + HOUR)
    assert begin is not None
    running = take_update(planned.page, begin, NOON + HOUR)
    assert (running.post.status, states(running.page)["api"]) == (IN_PROGRESS, CARE)
    assert running.page.due_at == NOON + 2 * HOUR
    end = due_update(running.page, NOON + 2 * HOUR)
    assert end is not None
    over = take_update(running.page, end, NOON + 2 * HOUR)
    assert (over.post.status, states(over.page)["api"], over.page.due_at) == (COMPLETED, UP, None)
    assert [one.state for one in over.periods] == [CARE]
    assert running.page.locale is Locale.JA
    assert "メンテナンス" in running.update.message


def test_a_maintenance_that_is_verified_does_not_end_by_itself() -> None:
    planned = maintenance()
    running = take_update(planned.page, ask(IN_PROGRESS, id="u2", post_id=planned.post.id), NOON + HOUR)
    looked_at = take_update(running.page, ask(VERIFYING, id="u3", post_id=planned.post.id), NOON + HOUR)
    assert looked_at.page.due_at is None


def test_a_maintenance_that_is_not_automatic_waits_for_people() -> None:
    assert maintenance(automatic=False).page.due_at is None


def test_a_maintenance_that_is_put_off_begins_later() -> None:
    planned = maintenance()
    later = ask(
        SCHEDULED, id="u2", post_id=planned.post.id, scheduled_for=NOON + 5 * HOUR, scheduled_until=NOON + 6 * HOUR
    )
    assert take_update(planned.page, later, NOON).page.due_at == NOON + 5 * HOUR


def test_an_edit_of_the_components_keeps_how_they_stand() -> None:
    page = opened().page
    after = apply_patch(
        page, PagePatch.model_validate({"components": [COMPONENTS[0], {"name": "Search"}]}), NOON + 2 * HOUR
    )
    assert [one.name for one in after.components] == ["API", "Search"]
    assert after.components[0].state is DOWN


def test_two_components_of_one_id_are_refused_with_a_pointer() -> None:
    with pytest.raises(Problem) as refused:
        make_page(components=[COMPONENTS[0], COMPONENTS[0]])
    assert refused.value.errors[0].pointer == "/components/1/id"


# --- what a person said -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", list(Impact))
@pytest.mark.parametrize("state", [UP, SLOW, DOWN])
def test_an_impact_that_a_person_gave_stays_until_another_is_given(said: Impact, state: ComponentState) -> None:
    posted = take_update(make_page(), ask(INVESTIGATING, ("api", DOWN), impact=said), NOON + HOUR)
    for number, (status, components) in enumerate(
        [(IDENTIFIED, []), (MONITORING, [("api", state)]), (MONITORING, [("web", DOWN)]), (RESOLVED, [])]
    ):
        asked = ask(status, *components, id=f"u{number + 2}", post_id=posted.post.id)
        posted = take_update(posted.page, asked, NOON + (number + 2) * HOUR)
        assert posted.post.impact is said
    corrected = ask(RESOLVED, id="u9", post_id=posted.post.id, impact=Impact.MAJOR)
    other = take_update(posted.page, corrected, NOON + 9 * HOUR)
    assert other.post.impact is Impact.MAJOR


def test_an_impact_given_later_ends_the_reckoned_one() -> None:
    first = opened()
    second = take_update(first.page, ask(IDENTIFIED, id="u2", impact=Impact.MINOR), NOON + 2 * HOUR)
    third = take_update(second.page, ask(MONITORING, ("web", DOWN), id="u3", post_id=first.post.id), NOON + 3 * HOUR)
    assert [one.post.impact for one in (first, second, third)] == [Impact.CRITICAL, Impact.MINOR, Impact.MINOR]


WORDS = st.sampled_from([UP, SLOW, HALF, DOWN])


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["api", "web"]), WORDS), max_size=12))
def test_of_several_open_posts_the_worst_word_counts(said: list[tuple[int, str, ComponentState]]) -> None:
    page, posts = make_page(), {}
    for number in range(3):
        posted = take_update(page, ask(INVESTIGATING, id=f"p{number}"), NOON)
        page, posts[number] = posted.page, posted.post.id
    words: dict[tuple[int, str], ComponentState] = {}
    for turn, (number, component, state) in enumerate(said):
        asked = ask(IDENTIFIED, (component, state), id=f"u{turn}", post_id=posts[number])
        page = take_update(page, asked, NOON + turn * HOUR).page
        words[number, component] = state
        for key in ("api", "web"):
            assert states(page)[key] is worst([one for (_, about), one in words.items() if about == key])
    for number in range(3):
        page = take_update(page, ask(RESOLVED, id=f"e{number}", post_id=posts[number]), NOON + 99 * HOUR).page
        words = {pair: one for pair, one in words.items() if pair[0] != number}
        for key in ("api", "web"):
            assert states(page)[key] is worst([one for (_, about), one in words.items() if about == key])


def test_a_second_lesser_post_on_one_incident_does_not_lower_what_the_first_one_says() -> None:
    first = opened(incident_id="INC-1", impact=Impact.MAJOR)
    second = take_update(
        first.page, ask(INVESTIGATING, ("api", SLOW), ("web", SLOW), id="u2", title="Reports are late"), NOON + 2 * HOUR
    )
    assert second.post.id != first.post.id
    assert states(second.page) == {"api": DOWN, "web": SLOW}
    assert (second.post.impact, {one.component_id: one.state for one in second.post.touched}["api"]) == (
        Impact.MINOR,
        SLOW,
    )
    assert [(one.component_id, one.after) for one in second.update.shifts] == [("api", DOWN), ("web", SLOW)]
    ended = take_update(second.page, ask(RESOLVED, id="u3", post_id=second.post.id, incident_id=None), NOON + 3 * HOUR)
    assert states(ended.page) == {"api": DOWN, "web": UP}


def test_a_maintenance_that_begins_does_not_hide_an_outage() -> None:
    page = opened().page
    planned = take_update(
        page, ask(SCHEDULED, ("api", CARE), ("web", CARE), id="m1", scheduled_for=NOON + 2 * HOUR), NOON + HOUR
    )
    begun = take_update(planned.page, ask(IN_PROGRESS, id="m2", post_id=planned.post.id), NOON + 2 * HOUR)
    assert states(begun.page) == {"api": DOWN, "web": CARE}


def test_the_public_json_says_what_the_person_said() -> None:
    posted = take_update(make_page(), ask(INVESTIGATING, ("api", DOWN), impact=Impact.NONE), NOON + HOUR)
    later = take_update(posted.page, ask(IDENTIFIED, id="u2", post_id=posted.post.id), NOON + 2 * HOUR)
    (incident,) = summary(later.page, "https://t.example")["incidents"]
    assert (incident["impact"], incident["components"][0]["status"]) == ("none", "major_outage")

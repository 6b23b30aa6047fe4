"""The draft of a runbook that a pattern has: automation takes it as it stands, and it starts by nothing."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.analytics.clusters.membership import Formed, Memberships
from services.analytics.patterns.pattern import Pattern, patterns_of
from services.analytics.patterns.runbook_draft import draft_runbook
from services.automation.runbooks.api.writing import read_body
from services.automation.runbooks.runbook import Runbook, runbook_faults
from shared.text.yaml_reader import read_yaml
from tests.unit.analytics.clusters.builders import clustered

pytestmark = pytest.mark.unit

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def pattern(name: str, fixes: list[str], cause: str = "", teams: tuple[str | None, ...] = ("web",)) -> Pattern:
    members = [
        clustered(number, "x", team=team, resolved_at=clustered(number, "x").created_at, fixes=fixes, cause=cause)
        for number, team in enumerate(teams)
    ]
    ids = [one.id for one in members]
    (made,) = patterns_of(members, Memberships({"c": Formed("c", name, ids)}, dict.fromkeys(ids, "c")), {})
    return made


def read(draft: str) -> Runbook:
    """As automation's `PUT /runbooks/{id}.yaml` reads and checks it."""
    runbook = Runbook.model_validate(read_body(read_yaml(draft.encode())).model_dump())
    assert runbook_faults(runbook) == []
    return runbook


@example(name="\x00\x1b[31m\x7f", fixes=["{{ incident.nothing }}", "- a: b\n\x85# c"], cause="\u2028")
@example(name="  ", fixes=["\u3000", "\u200c"], cause="x")
@example(name="n" * 500, fixes=["y" * 300], cause="z" * 300)
@settings(max_examples=100)
@given(name=TEXTS, fixes=st.lists(TEXTS, max_size=5), cause=TEXTS)
def test_automation_takes_the_draft_whatever_people_wrote(name: str, fixes: list[str], cause: str) -> None:
    runbook = read(draft_runbook(pattern(name, fixes, cause)))
    assert runbook.triggers == []
    assert runbook.steps


def test_what_fixed_it_is_its_steps_whole_and_in_order() -> None:
    long = "pool: " + "restart it " * 20
    runbook = read(draft_runbook(pattern("خطای پایگاه داده", [long.strip(), "دوباره راه‌اندازی کن"])))
    assert runbook.name == "خطای پایگاه داده"
    steps = {one.name: one.description for one in runbook.steps}
    assert steps["دوباره راه‌اندازی کن"] == ""
    assert steps[long[:200].strip()] == long.strip()


@pytest.mark.parametrize(
    "teams, team",
    [
        pytest.param(("web", "web"), "web", id="one team's"),
        pytest.param(("web", "shop"), None, id="two teams'"),
        pytest.param(("web", None), None, id="also nobody's"),
        pytest.param((None,), None, id="nobody's"),
    ],
)
def test_the_draft_is_the_team_s_whose_incidents_they_all_were(teams: tuple[str | None, ...], team: str | None) -> None:
    assert read(draft_runbook(pattern("x", ["y"], teams=teams))).team == team


def test_nothing_known_is_said_so() -> None:
    made = pattern("x", [])
    assert made.fixes == []
    assert [one.name for one in read(draft_runbook(made)).steps] == ["Write down here what ended it"]

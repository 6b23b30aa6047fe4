"""A dry run of the engine says beforehand which services' critical alerts would page nobody, and when."""

from __future__ import annotations

import random
import time
from datetime import timedelta

import pytest

from services.oncall.audit.coverage import AHEAD, silences
from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.directory.policy import ADMINS_BY_MAIL, Policy, Step, Target, TargetType
from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.incident_news import apply_incident
from services.oncall.schedules.spans import Span
from shared.vocabulary import UNROUTED
from tests.unit.oncall.escalations import START, make_directory, make_incident, make_policy, make_user
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule

END = START + AHEAD
WHOLE = [(START, END)]
NIGHT = make_override("remove", "a", "2026-06-03 20:00", "2026-06-04 06:00")
NIGHT_SPAN = (NIGHT.start, NIGHT.end)
SCHEDULES = {"s": make_schedule(make_layer("a"), overrides=(NIGHT,)), "gone": make_schedule(make_layer("left"))}


def silent(directory: Directory, policy_id: str | None = "p", service: str = "pay", **failing: set[str]) -> list[Span]:
    found = silences(directory, [CatalogueService(service, "Payments", "money", policy_id)], failing, START)
    return [span for one in found for span in one.spans]


def having(policy: Policy, default: str | None = None) -> Directory:
    return make_directory(policy, teams={"t": ["b"], "empty": []}, schedules=SCHEDULES, default=default)


@pytest.mark.parametrize(
    "policy, spans",
    [
        pytest.param(make_policy("user:a"), [], id="somebody named"),
        pytest.param(make_policy("user:left"), WHOLE, id="somebody deleted"),
        pytest.param(make_policy("schedule:s"), [NIGHT_SPAN], id="a gap in the only schedule"),
        pytest.param(make_policy("schedule:s", "team:t"), [], id="a later step that has somebody"),
        pytest.param(make_policy("schedule:s", "team:empty"), [NIGHT_SPAN], id="a later step of an empty team"),
        pytest.param(make_policy("schedule:gone"), WHOLE, id="a schedule of the deleted alone"),
        pytest.param(make_policy("schedule:none"), WHOLE, id="a schedule that is deleted"),
        pytest.param(make_policy(), WHOLE, id="no steps"),
    ],
)
def test_when_an_alert_would_page_nobody(policy: Policy, spans: list[Span]) -> None:
    assert silent(having(policy)) == spans


def test_a_service_without_a_policy_follows_the_default_one_and_else_pages_nobody() -> None:
    policy = make_policy("user:a")
    assert (silent(having(policy), None), silent(having(policy), "gone")) == (WHOLE, WHOLE)
    assert (silent(having(policy, "p"), None), silent(having(policy, "p"), "gone")) == ([], [])


def test_unrouted_alerts_are_mailed_to_admins_as_long_as_there_is_one() -> None:
    admins = make_directory(users={"root": make_user("root", "mail", role="admin")})
    assert silent(admins, None, UNROUTED) == []
    assert silent(having(make_policy("user:a")), None, UNROUTED) == WHOLE


def test_somebody_whose_every_method_failed_counts_as_nobody() -> None:
    directory = having(make_policy("user:a"))
    assert silent(directory, a={"mail"}) == []
    assert silent(directory, a={"mail", "hook"}) == WHOLE


def test_the_engine_finds_nobody_at_just_these_times() -> None:
    draw = random.Random(7)
    targets = ["user:a", "user:left", "team:t", "team:empty", "schedule:s", "schedule:gone", "schedule:odd"]
    odd = make_schedule(make_layer("a", None, "left", unit="hour", turn_length=7), make_layer(None, "b", unit="day"))
    for _ in range(40):
        directory = make_directory(
            make_policy(*(draw.choice(targets) for _ in range(draw.randint(1, 3)))),
            teams={"t": ["b"], "empty": ["left"]},
            schedules={**SCHEDULES, "odd": odd},
        )
        spans = silent(directory)
        for _ in range(20):
            at = START + draw.random() * AHEAD
            decision = apply_incident(None, make_incident(), 1, directory, at)
            assert decision is not None
            assert (not decision.pages) is any(start <= at < end for start, end in spans)


def test_thousands_of_services_take_no_longer_than_their_policies() -> None:
    hourly = make_schedule(make_layer(*(f"u{n}" for n in range(20)), unit="hour"))
    people = {f"u{n}": make_user(f"u{n}", "mail") for n in range(20)}
    step = Step(targets=tuple(Target(type=TargetType.SCHEDULE, id=f"s{n}") for n in range(20)))
    directory = Directory(
        users=people,
        schedules={f"s{n}": hourly for n in range(20)},
        policies={f"p{n}": Policy(name="p", steps=(step,)) for n in range(50)},
    )
    services = [CatalogueService(f"s{n}", "S", None, f"p{n % 50}") for n in range(20_000)]
    began = time.process_time()
    assert silences(directory, services, {}, START) == []
    assert time.process_time() - began < timedelta(seconds=5).total_seconds()


def test_the_mail_to_admins_is_the_engines_own_last_policy() -> None:
    assert ADMINS_BY_MAIL.steps[0].targets[0].type is TargetType.ADMINS

"""Patterns as search finds them: whole for those who see all, in parts for keys of teams."""

from __future__ import annotations

import pytest

from services.analytics.clusters.cluster_cache import Known
from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.template import template_of
from services.analytics.patterns.found_pattern import FoundPattern, found_patterns
from services.analytics.patterns.pattern import Pattern, patterns_of
from tests.unit.analytics.clusters.builders import clustered, formed

pytestmark = pytest.mark.unit


def known(*teams: str | None) -> Known:
    incidents = [disk_full(number, team) for number, team in enumerate(teams)]
    templates = {one.id: template_of(one.title, one.service_name) for one in incidents}
    return Known(incidents, {}, formed(incidents), templates)


def disk_full(number: int, team: str | None) -> ClusteredIncident:
    one = clustered(number, f"Disk full on db-{number}", team=team, fixes=(f"asked {team or 'nobody'}",))
    return one.changed(resolved_at=one.created_at, service_id=team)


def patterns(known: Known) -> list[Pattern]:
    return patterns_of(known.incidents, known.memberships, known.actions, known.runbooks)


def found(*teams: str | None, notes: str = "") -> dict[str, FoundPattern]:
    all_of = known(*teams)
    whole = patterns(all_of)
    by_team = ((team, patterns(part)) for team, part in all_of.by_team())
    return found_patterns(whole, by_team, {whole[0].id: notes})


def test_what_is_one_teams_is_whole_to_it() -> None:
    ((key, one),) = found("web", "web").items()
    assert (key, one.team, one.part, one.service_id) == ("cluster-INC-0000", "web", None, "web")


def test_of_what_is_several_teams_each_finds_its_own_part_alone() -> None:
    made = found("web", "web", "shop", "shop", None, notes="ask Sara")
    whole, shop, web = (made[key] for key in sorted(made))
    assert (whole.team, whole.part, whole.count, whole.service_id) == (None, None, 5, None)
    assert (shop.part, shop.team, shop.count, shop.fixes) == ("shop", "shop", 2, ["asked shop"])
    assert (web.part, web.count, web.notes) == ("web", 2, "ask Sara")
    assert web.key == "cluster-INC-0000@web"


def test_one_incident_alone_is_no_part() -> None:
    assert list(found("web", "web", "shop")) == ["cluster-INC-0000", "cluster-INC-0000@web"]


def test_nobodys_is_for_those_who_see_all() -> None:
    ((_, one),) = found(None, None).items()
    assert (one.team, one.part) == (None, None)

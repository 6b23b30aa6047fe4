"""Clusters of incidents, from their titles and from what people corrected."""

from __future__ import annotations

from statistics import mean

import pytest

from bench.trend_titles import labelled_titles
from bench.trends import FLOOR, agreement, clusters_of, incidents_of, labels_of
from services.analytics.clusters.cluster import Cluster
from services.analytics.clusters.membership import Corrections, limit_to
from services.analytics.clusters.template import template_of
from tests.unit.analytics.clusters.builders import clustered, formed

pytestmark = pytest.mark.unit

DATABASE = ["Database connection error on db-1", "DB connection refused (orders)", "データベース接続エラー db02"]
DISK = ["Disk full on web01", "no space left on device /var", "دیسک web03 پر شد"]


def test_clusters_agree_with_labelled_titles_and_better_than_exact_titles_do() -> None:
    found, exact = [], []
    for seed in range(1, 7):
        titles = labelled_titles(150, seed)
        incidents = incidents_of(titles)
        right = [one.problem for one in titles]
        found.append(agreement(right, labels_of(incidents, clusters_of(incidents))))
        exact.append(agreement(right, [one.title for one in titles]))
    assert mean(found) >= FLOOR
    assert min(found) > max(exact)


def test_one_problem_in_three_languages_is_one_cluster_and_another_problem_another() -> None:
    incidents = [clustered(number, title) for number, title in enumerate(DATABASE + DISK)]
    found = formed(incidents)
    clusters = [found.of_incident[one.id] for one in incidents]
    assert clusters == [clusters[0]] * 3 + [clusters[3]] * 3
    assert clusters[0] != clusters[3]


def test_connections_to_different_parts_are_different_problems() -> None:
    titles = ["RabbitMQ接続エラー", "اتصال به پایگاه‌داده قطع شد", "RabbitMQ connection error on mq01"]
    found = formed([clustered(number, title) for number, title in enumerate(titles)])
    assert list(found.of_incident) == ["INC-0000", "INC-0002"]


def test_an_incident_that_is_like_no_other_is_in_no_cluster() -> None:
    incidents = [clustered(number, title) for number, title in enumerate([*DATABASE, "Parking barrier stuck open"])]
    assert incidents[-1].id not in formed(incidents).of_incident


def test_a_cluster_keeps_its_id_when_an_older_incident_comes_to_it() -> None:
    incidents = [clustered(number, title) for number, title in enumerate(DATABASE, 5)]
    before = formed(incidents)
    (cluster,) = before.clusters
    kept = {cluster: Cluster(id=cluster, version=1, templates=before.made_of[cluster])}
    older = clustered(1, "Database connection error on db-9")
    assert formed([older, *incidents]).clusters.keys() != {cluster}
    assert formed([older, *incidents], Corrections(kept)).clusters.keys() == {cluster}


def test_a_name_given_by_a_person_stays() -> None:
    incidents = [clustered(number, title) for number, title in enumerate(DATABASE)]
    (cluster,) = (found := formed(incidents)).clusters
    named = Cluster(id=cluster, templates=found.made_of[cluster], name="The old pool")
    assert formed(incidents, Corrections({cluster: named})).clusters[cluster].name == "The old pool"


def test_what_was_merged_counts_as_the_other_also_over_two_merges() -> None:
    incidents = [clustered(number, title) for number, title in enumerate(DATABASE + DISK)]
    found = formed(incidents)
    one, other = found.clusters
    kept = {
        one: Cluster(id=one, templates=found.made_of[one], merged_into="third"),
        other: Cluster(id=other, templates=found.made_of[other]),
        "third": Cluster(id="third", merged_into=other),
    }
    merged = formed(incidents, Corrections(kept))
    assert merged.clusters.keys() == {other}
    assert len(merged.clusters[other].incidents) == 6


def test_merges_that_go_in_a_circle_end() -> None:
    incidents = [clustered(number, title) for number, title in enumerate(DATABASE + DISK)]
    found = formed(incidents)
    one, other = found.clusters
    kept = {
        one: Cluster(id=one, templates=found.made_of[one], merged_into=other),
        other: Cluster(id=other, templates=found.made_of[other], merged_into=one),
    }
    assert sum(len(each.incidents) for each in formed(incidents, Corrections(kept)).clusters.values()) == 6


def test_moved_incidents_and_templates_are_where_a_person_put_them() -> None:
    incidents = [clustered(number, title) for number, title in enumerate([*DATABASE, DATABASE[0].replace("1", "7")])]
    (cluster,) = formed(incidents).clusters
    template = template_of(incidents[0].title).key
    kept = {"split": Cluster(id="split", is_split=True)}
    moved = formed(incidents, Corrections(kept, {incidents[1].id: "split"}, {template: "split"}))
    assert moved.of_incident == {
        incidents[0].id: "split",
        incidents[1].id: "split",
        incidents[3].id: "split",
    }
    assert cluster not in moved.clusters


def test_who_sees_only_their_own_incidents_hears_no_word_of_others() -> None:
    incidents = [
        clustered(0, "Database connection error after the merger with Acme", team="legal"),
        clustered(1, "Database connection error after the merger with Acme", team="legal"),
        clustered(2, "Database connection error", team="shop"),
        clustered(3, "DB connection error on db-1", team="shop"),
    ]
    found = formed(incidents)
    templates = {one.id: template_of(one.title) for one in incidents}
    limited = limit_to(found, [one for one in incidents if one.team == "shop"], templates, {})
    assert ["Acme" in one.name for one in limited.clusters.values()] == [False]
    assert limit_to(found, incidents[2:3], templates, {}).clusters == {}

"""Titles as templates, and templates as groups."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.clusters.aspects import GENERIC, SAME_SUBJECT, SUBJECTS, SYMPTOMS
from services.analytics.clusters.grouping import Counted, group_templates
from services.analytics.clusters.identity import Group, keep_ids
from services.analytics.clusters.linkage import link_by_average
from services.analytics.clusters.masking import mask
from services.analytics.clusters.template import template_of
from services.analytics.words.concepts import CONCEPTS
from services.analytics.words.terms import CONCEPT_MARK

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "one, other",
    [
        pytest.param("Disk full on db-1", "Disk full on db-22.eu.example.com", id="hosts"),
        pytest.param("login failures from 10.1.2.3", "login failures from 10.20.30.40:22", id="addresses"),
        pytest.param("Pod api-7f9c4d8b6 crashed", "Pod api-5b4e6a7d9 crashed", id="pods"),
        pytest.param("Disk usage above 90% on db1", "Disk usage above 95% on db2", id="numbers"),
        pytest.param("rollout of v1.2.3 failed", "rollout of v2.0.11 failed", id="versions"),
        pytest.param("no space left on /var/lib", "no space left on /srv", id="paths"),
        pytest.param("DB connection error", "Database connection error", id="two names of one thing"),
    ],
)
def test_titles_that_differ_in_nothing_that_counts_have_one_template(one: str, other: str) -> None:
    words = {key: weight for key, weight in template_of(one).weights.items() if not key.startswith("~")}
    same = {key: weight for key, weight in template_of(other).weights.items() if not key.startswith("~")}
    assert words == same


@pytest.mark.parametrize("title", ["a" * 5000, "a-" * 2500, "1." * 2500, "/" * 5000, "a_1." * 1200, "http://" * 800])
def test_masking_takes_no_long_time(title: str) -> None:
    began = time.process_time()
    mask(title)
    assert time.process_time() - began < 1


def test_what_is_named_here_is_a_concept() -> None:
    known = {CONCEPT_MARK + name for name, _ in CONCEPTS}
    assert (SUBJECTS | SYMPTOMS | GENERIC | SAME_SUBJECT.keys() | set(SAME_SUBJECT.values())) <= known


def test_average_link_joins_the_nearest_first_and_weighs_by_size() -> None:
    similarity = np.array(
        [
            [1, 0.9, 0.4, 0],
            [0.9, 1, 0.2, 0],
            [0.4, 0.2, 1, 0.29],
            [0, 0, 0.29, 1],
        ],
        dtype=np.float32,
    )
    assert link_by_average(similarity.copy(), 0.31) == [0, 0, 1, 2]
    # (0.4 + 0.2) / 2 = 0.3 is nearer than 0.29; then (0 + 0 + 0.29) / 3 is not near enough
    assert link_by_average(similarity.copy(), 0.28) == [0, 0, 0, 1]
    assert link_by_average(np.zeros((0, 0), dtype=np.float32), 0.5) == []


@given(st.integers(1, 25), st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_average_link_is_what_its_definition_says(count: int, seed: int, threshold: float) -> None:
    dice = np.random.default_rng(seed)
    half = np.triu(dice.random((count, count)), 1).astype(np.float32)
    similarity = half + half.T
    assert link_by_average(similarity.copy(), threshold) == slow_groups(similarity, threshold)


def slow_groups(similarity: np.ndarray, threshold: float) -> list[int]:
    """The definition: join the two groups with the highest mean similarity, again and again."""
    groups = [[at] for at in range(len(similarity))]
    while len(groups) > 1:
        pairs = [(one, other) for one in range(len(groups)) for other in range(one + 1, len(groups))]
        mean = {pair: float(similarity[np.ix_(groups[pair[0]], groups[pair[1]])].mean()) for pair in pairs}
        best = max(pairs, key=lambda pair: mean[pair])
        if mean[best] < threshold:
            break
        groups[best[0]] += groups.pop(best[1])
    ordered = sorted(groups, key=min)
    return [next(number for number, group in enumerate(ordered) if at in group) for at in range(len(similarity))]


def test_more_templates_than_are_compared_join_the_nearest_group() -> None:
    titles = ["Database connection error", "Disk full", "DB connection refused", "disk is full now", "full disk"]
    counted = [Counted(template_of(title), 10 - at) for at, title in enumerate(titles)]
    assert group_templates(counted, most_compared=4) == [0, 1, 0, 1, 1]


def test_the_pair_that_shares_most_keeps_its_id_and_the_rest_is_new() -> None:
    before = {"cluster-a": {"x": 5, "y": 1}, "cluster-b": {"z": 1}}
    groups = [Group({"y": 1, "z": 9}, "INC-1"), Group({"x": 5}, "INC-2"), Group({"new": 1}, "INC-3")]
    assert keep_ids(before, groups) == ["cluster-b", "cluster-a", "cluster-INC-3"]


def test_an_id_that_was_taken_before_is_not_given_again() -> None:
    before = {"cluster-INC-1": {"x": 5}}
    assert keep_ids(before, [Group({"y": 2}, "INC-1"), Group({"x": 5}, "INC-1")]) == [
        "cluster-INC-1-2",
        "cluster-INC-1",
    ]

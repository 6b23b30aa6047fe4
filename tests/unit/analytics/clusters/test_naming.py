"""The name of a cluster."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.clusters.naming import LONGEST, Titled, name_cluster
from services.analytics.clusters.template import template_of

pytestmark = pytest.mark.unit


def titled(title: str, count: int = 1, service: str | None = None) -> Titled:
    return Titled(title, template_of(title, service), count, service)


@pytest.mark.parametrize(
    "titles, name",
    [
        pytest.param(
            [titled("Database connection error on db-1"), titled("Database connection error on db-22.prod")],
            "Database connection error",
            id="without hosts",
        ),
        pytest.param(
            [titled("orders: memory usage high", 1, "orders"), titled("users: memory usage high", 1, "users")],
            "memory usage high",
            id="without the service",
        ),
        pytest.param(
            [titled("データベース接続エラーが発生しました", 3), titled("Database connection error", 1)],
            "データベース接続エラー",
            id="in the script of most",
        ),
        pytest.param(
            [titled("دیسک web01 پر شد", 2), titled("دیسک پر شد", 2)],
            "دیسک پر",
            id="in Persian",
        ),
        pytest.param([titled("10.0.0.1"), titled("10.0.0.2")], "10.0.0.1", id="nothing but what differs"),
        pytest.param([titled("???"), titled("???")], "???", id="no word"),
    ],
)
def test_a_cluster_is_named_after_what_its_titles_share(titles: list[Titled], name: str) -> None:
    assert name_cluster(titles) == name


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_any_titles_have_a_short_name_that_no_order_changes(titles: list[str], dice: random.Random) -> None:
    some = [titled(one) for one in titles]
    name = name_cluster(some)
    dice.shuffle(some)
    assert 0 < len(name) <= LONGEST
    assert name == name_cluster(some)


def test_a_word_with_half_spaces_is_never_cut() -> None:
    titles = ["خطای اتصال سفارش‌ها", "خطای اتصال سفارش‌ها", "خطای اتصال سفارش"]
    assert name_cluster([titled(one) for one in titles]) == "خطای اتصال سفارش‌ها"

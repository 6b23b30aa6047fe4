"""What is known by heart: the newest version wins, whatever comes first, and it is bounded."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.incident.catalogue.service_definition import Service
from shared.outbox.remembered import Remembered
from tests.unit.incident.builders import make_service

MOST = 100


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_the_newest_version_is_known_in_whatever_order_they_come(order: tuple[int, ...]) -> None:
    cache: Remembered[Service] = Remembered(MOST)
    for version in order:
        cache.keep({"pay": make_service("pay").changed(version=version, name=f"Pay {version}")})
    assert [one.name for one in cache.recall(["pay", "other"]).values()] == ["Pay 3"]


def test_those_that_were_asked_for_last_are_kept() -> None:
    cache: Remembered[Service] = Remembered(MOST)
    template = make_service("s0")
    cache.keep({f"s{number}": template for number in range(MOST)})
    cache.recall(["s0"])
    cache.keep({"one more": template})
    assert list(cache.recall(["s0", "s1", "one more"])) == ["s0", "one more"]

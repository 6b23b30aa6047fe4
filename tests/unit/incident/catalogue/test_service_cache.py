"""What is known of services by heart: the newest version wins, whatever comes first, and it is bounded."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.incident.catalogue.service_cache import MOST_SERVICES, ServiceCache
from tests.unit.incident.builders import make_service


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_the_newest_version_is_known_in_whatever_order_they_come(order: tuple[int, ...]) -> None:
    cache = ServiceCache()
    for version in order:
        cache.keep([make_service("pay").changed(version=version, name=f"Pay {version}")])
    assert [one.name for one in cache.recall(["pay", "other"])] == ["Pay 3"]


def test_those_that_were_asked_for_last_are_kept() -> None:
    cache = ServiceCache()
    template = make_service("s0")
    cache.keep(template.changed(id=f"s{number}") for number in range(MOST_SERVICES))
    cache.recall(["s0"])
    cache.keep([template.changed(id="one more")])
    assert [one.id for one in cache.recall(["s0", "s1", "one more"])] == ["s0", "one more"]

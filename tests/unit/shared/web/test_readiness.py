"""Readiness, whole and in part: a balancer must not take the one way in away because something else is down."""

from __future__ import annotations

import httpx2
import pytest

from shared.web import create_app
from shared.web.application import OptionalPart

pytestmark = pytest.mark.unit


def client(**parts: bool) -> httpx2.AsyncClient:
    app = create_app("under test", {name: lambda well=well: well for name, well in parts.items()})  # type: ignore[misc]
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    "asked, status",
    [
        pytest.param("", 503, id="of the whole"),
        pytest.param("?parts=started", 200, id="of one part that is well"),
        pytest.param("?parts=started,broker", 200, id="of two"),
        pytest.param("?parts=started,analytics", 503, id="of one that is not"),
        pytest.param("?parts=started,nobody", 503, id="of one that is not known"),
    ],
)
async def test_readiness_can_be_asked_of_some_parts(asked: str, status: int) -> None:
    async with client(started=True, broker=True, analytics=False) as one:
        assert (await one.get(f"/readyz{asked}")).status_code == status


@pytest.mark.parametrize(
    "asked, status",
    [
        pytest.param("", 200, id="of the whole, which can do without it"),
        pytest.param("?parts=sandbox", 503, id="of it"),
        pytest.param("?parts=started,sandbox", 503, id="of it and another"),
    ],
)
async def test_what_a_process_can_do_without_is_told_and_counts_only_when_it_is_asked_of(
    asked: str, status: int
) -> None:
    optional = {"sandbox": OptionalPart(lambda: False, lambda: "bwrap not found")}
    app = create_app("under test", {"started": lambda: True}, optional)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as one:
        answer = await one.get(f"/readyz{asked}")
    assert answer.status_code == status
    assert answer.json()["optional"] == {"sandbox": "bwrap not found"}


async def test_the_metrics_tell_of_each_part_whether_it_is_ready() -> None:
    async with client(started=True, analytics=False) as one:
        lines = (await one.get("/metrics")).text.splitlines()
    assert 'tocsin_ready{part="started"} 1.0' in lines
    assert 'tocsin_ready{part="analytics"} 0.0' in lines

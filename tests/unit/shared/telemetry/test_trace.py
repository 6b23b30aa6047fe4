"""Trace context goes on with a span of its own, and begins anew where there is none."""

from __future__ import annotations

import asyncio

import pytest

from shared.telemetry import trace

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def test_a_child_keeps_trace_and_flags_and_has_a_span_of_its_own() -> None:
    version, kept, span, flags = trace.child(f"00-{TRACE}-{SPAN}-00").split("-")
    assert (version, kept, flags) == ("00", TRACE, "00")
    assert span != SPAN
    assert len(span) == 16


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("nonsense", id="nonsense"),
        pytest.param(f"00-{'0' * 32}-{SPAN}-01", id="a trace of zeros"),
        pytest.param(f"00-{TRACE.upper()}-{SPAN}-01", id="upper case"),
        pytest.param(f"00-{TRACE}-{SPAN}", id="cut short"),
        pytest.param(f"00-{TRACE}-{SPAN}-01\n", id="a line end"),
        pytest.param(f"ff-{TRACE}-{SPAN}-01", id="the version that never will be"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", id="a span of zeros"),
    ],
)
def test_without_a_sound_parent_a_new_trace_begins(header: str | None) -> None:
    version, begun, span, flags = trace.child(header).split("-")
    assert (version, len(begun), len(span), flags) == ("00", 32, 16, "01")
    assert begun.lower() != TRACE
    assert set(begun) != {"0"}


async def test_each_task_has_its_own_context() -> None:
    async def work(name: str) -> str | None:
        trace.enter(name, None)
        await asyncio.sleep(0)
        found = trace.current()
        return found.correlation if found else None

    assert list(await asyncio.gather(work("a"), work("b"))) == ["a", "b"]
    assert trace.current() is None

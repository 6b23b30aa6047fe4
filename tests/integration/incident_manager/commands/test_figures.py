"""`figures` and `load` against a gateway that answers as analytics does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply

pytestmark = pytest.mark.integration


def value(n: int, number: float | None) -> dict[str, Any]:
    return {"n": n, "pending": 1, "value": number, "mean": number, "median": number, "p90": number}


def figure(kind: str, title: str, number: float) -> dict[str, Any]:
    titles = {"en": title, "ja": f"{title}（日）", "fa": title}
    group = {**value(1, number / 2), "key": "payments", "previous": value(0, None)}
    return {**value(3, number), "kind": kind, "titles": titles, "previous": value(2, number), "groups": [group]}


DASHBOARD = {
    "figures": {
        "incidents": figure("total", "Incidents", 3),
        "time_to_resolve": figure("duration", "Time to resolve", 5400.0),
        "recurrence_rate": figure("share", "Recurrence rate", 0.25),
    }
}
LOAD = {
    "people": [
        {
            "person": "sara", "on_call_seconds": 7200.0, "night_seconds": 3600.0, "weekend_seconds": 0.0, "pages": 4,
            "pages_at_night": 1, "load_hours": 8.0, "share": 1.0,
        }
    ],
    "balance": 0.75,
    "previous_balance": None,
}  # fmt: skip


def command(answer: Any, *words: str, lang: str = "en") -> tuple[int, str, str]:
    """The exit code of a command, what it wrote, and the path that it asked for."""
    reply = Reply(200, {"content-type": "application/json"}, json.dumps(answer).encode())
    with HttpStub([reply]) as stub:
        given = {**os.environ, "TOCSIN_URL": stub.url, "TOCSIN_API_KEY": "key", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [sys.executable, "-m", "incident_manager", "--lang", lang, *words],
            env=given,
            capture_output=True,
            timeout=30,
        )
        asked = stub.requests[0].path if stub.requests else ""
    return done.returncode, done.stdout.decode() + done.stderr.decode(), asked


def test_figures_are_a_table_beside_the_period_before() -> None:
    code, out, asked = command(DASHBOARD, "figures", "--quarter", "2026Q3", "--service", "web")
    assert (code, "1h 30m" in out, "25.0%" in out, "Recurrence rate" in out) == (0, True, True, True)
    assert "quarter=2026Q3" in asked
    assert "service_id=web" in asked
    assert "（日）" in command(DASHBOARD, "figures", lang="ja")[1]


def test_one_figure_is_told_apart_by_groups_and_an_unknown_one_is_refused() -> None:
    code, out, asked = command(DASHBOARD, "figures", "--group-by", "service", "--figure", "time_to_resolve")
    assert (code, "payments" in out, "45m" in out, "group_by=service" in asked) == (0, True, True, True)
    code, out, _ = command(DASHBOARD, "figures", "--figure", "beauty")
    assert (code, "beauty" in out) == (2, True)
    assert command(DASHBOARD, "--quiet", "figures", "--figure", "incidents")[1].strip() == "3"


def test_the_load_is_told_by_person_with_its_balance() -> None:
    code, out, asked = command(LOAD, "load", "--month", "2026-10", "--holidays", "2026-10-03")
    assert (code, "sara" in out, "8.0" in out, "0.75" in out) == (0, True, True, True)
    assert "holidays=2026-10-03" in asked
    assert "Nobody" in command({**LOAD, "people": []}, "load")[1]

"""Who hears of which execution: whoever may see its incident and its runbook."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.stream.api import _Visibility
from services.gateway.stream.sse import StreamItem
from shared.callers.identity import Identity
from shared.vocabulary import Role
from tests.unit.gateway.builders import NOW

pytestmark = pytest.mark.unit

UNASKED: Any = None


@pytest.mark.parametrize(
    "team, runbook_team, seen",
    [
        pytest.param("red", "red", True, id="its team's, by its team's runbook"),
        pytest.param("red", None, True, id="its team's, by nobody's runbook"),
        pytest.param("red", "blue", False, id="its team's, by another team's runbook"),
        pytest.param("blue", None, False, id="another team's"),
        pytest.param(None, None, False, id="nobody's incident"),
    ],
)
async def test_a_key_of_a_team_hears_of_its_teams_executions(
    team: str | None, runbook_team: str | None, seen: bool
) -> None:
    item = StreamItem(7, "execution.progressed", "exe_1", 3, NOW, "INC-1", "payments", team, runbook_team)
    limited = Identity(key_id="k", name="k", role=Role.VIEWER, teams=("red",))
    assert await _Visibility(UNASKED, limited, UNASKED).shows(item) is seen
    everybody = Identity(key_id="k", name="k", role=Role.VIEWER)
    assert await _Visibility(UNASKED, everybody, UNASKED).shows(item) is True

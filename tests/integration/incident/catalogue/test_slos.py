"""`/reports/slos.yaml` on the real parts."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.testing.harness import Harness
from shared.vocabulary import Role

pytestmark = pytest.mark.integration

SHOP = Identity(key_id="shop", name="shop", role=Role.MANAGER, teams=("shop",))
VIEWER = Identity(key_id="v", name="v", role=Role.VIEWER)
OTHER = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: x}
spec:
  service: SERVICE
  indicatorRef: errors
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.995}]
"""


async def put(api: httpx2.AsyncClient, text: str, expect: int = 200, **asked: Any) -> Any:
    answer = await api.put("/reports/slos.yaml", content=text.encode(), params=asked)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def test_slos_go_out_and_come_in(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    api = harness.client(runtime)
    for body in (
        {"id": "payments", "name": "Payments", "team": "shop", "slo": {"target": 0.999, "window_days": 30}},
        {"id": "search", "name": "Search", "team": "web"},
    ):
        assert (await api.post("/services", json=body)).status_code == 201
    out = await api.get("/reports/slos.yaml")
    assert (out.status_code, out.headers["content-type"]) == (200, "application/yaml")
    assert "metricSource:" in out.text and out.text.count("kind: SLO") == 1  # noqa: PT018 - one look
    same = await put(api, out.text)
    assert (same["changed"], same["unchanged"], same["notes"]) == ([], ["payments"], [])
    both = f"{OTHER.replace('SERVICE', 'search')}---\nkind: DataSource\n---{OTHER.replace('SERVICE', 'payments')}"
    dry = await put(api, both, dry_run=True)
    assert (dry["changed"], dry["dry_run"]) == (["payments", "search"], True)
    assert (await api.get("/services/search")).json()["slo"] is None
    taken = await put(api, both)
    assert taken["changed"] == ["payments", "search"]
    assert {(one["document"], one["service_id"]) for one in taken["notes"]} == {
        (0, "search"), (1, None), (2, "payments"),
    }  # fmt: skip
    told = await harness.event("service.changed.v1", lambda event: event.subject == "search" and event.sequence > 1)
    assert (told.data.model_dump()["slo_target"], told.data.model_dump()["slo_window_days"]) == (0.995, 28)
    # what another team owns is not there for a key that is limited
    shop = harness.client(runtime, SHOP)
    assert "search" not in (await shop.get("/reports/slos.yaml")).text
    refused = await put(shop, both, 422)
    assert refused["errors"][0]["pointer"] == "/0/spec/service"
    pruned = await put(shop, "", prune=True)
    assert pruned["removed"] == ["payments"]
    assert (await api.get("/services/search")).json()["slo"] == {"target": 0.995, "window_days": 28}
    assert (await harness.client(runtime, VIEWER).put("/reports/slos.yaml", content=b"")).status_code == 403
    await put(api, "a: [", 400)
    nothing_half = await put(api, both.replace("service: payments", "service: nobody"), 422)
    assert nothing_half["errors"][0]["pointer"] == "/2/spec/service"

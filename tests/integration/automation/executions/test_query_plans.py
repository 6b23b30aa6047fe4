"""What automation asks of its collections: no question reads all of one."""

from __future__ import annotations

import pytest
from pymongo import monitoring

from shared.testing.harness import Harness
from shared.testing.plans import Heard
from tests.integration.automation.stage import changed, fired, open_stage, opened
from tests.unit.automation.builders import make_alert, make_incident, step

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)


async def test_no_question_reads_a_whole_collection(harness: Harness) -> None:
    HEARD.database = f"{harness.settings.namespace}_automation"
    stage = await open_stage(harness)
    runbook = await stage.runbook(
        step("script", script="echo x"), triggers=[{"service_id": "payments"}], quiet_seconds=60
    )
    await harness.publish(fired(make_alert()), opened(), fired(make_alert("alert-2")))
    for number in range(5):
        await harness.publish(opened(make_incident(f"INC-{number}", group_id=f"g{number}", team="a")))
    (found,) = await stage.of()
    await stage.until(found["id"])
    for _ in range(3):
        await stage.until((await stage.run(runbook))["id"])
    of_a = stage.as_("ada", "a")
    for query in ("", "?incident_id=INC-1", f"?runbook_id={runbook}", "?state=failed", "?state=succeeded&limit=1"):
        for api in (stage.api, of_a):
            page = (await api.get(f"/executions{query}")).json()
            assert "items" in page, page
    first = (await stage.api.get("/executions?limit=1")).json()
    assert (await stage.api.get("/executions", params={"cursor": first["next_cursor"]})).json()["items"]
    assert (await stage.api.get(f"/executions/{found['id']}/steps/1/output")).json()["text"] == "x\n"
    asks = await stage.runbook(step("approval", question="May it?"))
    await stage.until((await stage.run(asks))["id"], "waiting")
    await harness.publish(changed(make_incident(status="resolved"), 4))
    assert [told async for told in stage.runtime._snapshots["execution.finished.v1"]()]
    assert len({one.collection for one in HEARD.asked}) >= 5
    assert await HEARD.scans(stage.runtime.database) == []

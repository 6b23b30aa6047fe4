"""A history of every status is brought in by the service itself, and worked on; nobody outside hears of any of it.

A real incident of the same service goes last: once its page is out, what an import had sent would be out too.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.incident.app import build
from shared.testing.due import look_for_due
from shared.testing.harness import eventually
from shared.vocabulary import IncidentStatus
from tests.integration.comms.test_disclosure import (  # noqa: F401 - fixtures
    READER,
    House,
    house,
    jira,
    mails,
    slack,
    with_a_reader,
    with_people_on_call,
)

pytestmark = pytest.mark.integration


def row(number: int, status: IncidentStatus) -> dict[str, Any]:
    over = {"resolved_at": "2020-01-01T09:00:00Z"} if not status.is_open else {}
    return over | {
        "id": f"INC-20200101-{number:06d}",
        "title": f"Imported as {status}",
        "created_at": "2020-01-01T08:00:00Z",
        "severity": "critical",
        "priority": "critical",
        "status": status,
        "service_id": "inside",
        "escalation_policy_id": "p",
        "assignees": ["kenji"],
        "alerts": {"count": 2, "firing": 2},
        "roles": [{"role": "communications", "user_id": "sara"}],
        "timeline": [{"at": "2020-01-01T08:10:00Z", "text": "Seen."}],
        "postmortem": {"state": "published", "published_at": "2020-01-02T08:00:00Z", "sections": {"summary": "x"}},
        "actions": [{"title": "Overdue", "assignee_id": "sara", "due_on": "2020-02-01", "state": "open"}],
    }


async def test_nothing_of_a_history_leaves_the_house(house: House) -> None:  # noqa: F811 - a fixture
    await with_people_on_call(house)
    await with_a_reader(house)
    incident = await house.harness.start("incident", build)
    api = house.harness.client(incident)
    service = {"id": "inside", "name": "inside", "escalation_policy_id": "p"}
    assert (await api.post("/services", json=service)).status_code == 201
    rows = [row(number, status) for number, status in enumerate(IncidentStatus, 1)]
    told = (await api.post("/history/import", json={"incidents": rows})).json()
    assert (told["imported"], told["rejected"]) == (len(rows), [])
    facts = house.comms.database.collection("incidents")
    await eventually(lambda: facts.count_documents({}), until=lambda count: count == len(rows))

    opened, resolved = rows[0]["id"], rows[5]["id"]
    for path, body in (
        (f"/incidents/{opened}/escalate", {}),
        (f"/incidents/{opened}/roles", {"role": "scribe", "user_id": "sara"}),
    ):
        assert (await api.post(path, json=body)).status_code < 500
    for key, body in (
        (opened, {"severity": "low"}),
        (opened, {"severity": "critical", "status": "investigating"}),
        (resolved, {"status": "investigating"}),
    ):
        assert (await api.put(f"/incidents/{key}/status", json=body)).status_code == 200
    update = {"page": "acme", "incident_id": opened, "status": "investigating", "message": "x"}
    assert await house.post(f"/incidents/{opened}/war-room", {}) == 409
    assert await house.post(f"/incidents/{opened}/stakeholders/notify", {"to": ["ceo@example.org"]}) == 409
    assert await house.post("/status-pages/updates", update) == 409
    for runtime in (incident, house.comms):
        look_for_due(runtime)

    real = (await api.post("/incidents", json={"title": "real", "service_id": "inside", "severity": "critical"})).json()
    paged = await eventually(lambda: house.mails.to("kenji@example.org"))
    assert all(real["id"] in mail.text() for mail in paged)
    outside = [mail for person in ("sara@example.org", "ceo@example.org") for mail in house.mails.to(person)]
    assert [mail.subject for mail in outside] == []
    assert "imported" not in "".join(mail.text() for mail in house.mails.to(READER)).lower()
    said = json.dumps([house.jira.bodies, house.slack.calls]) + await house.read("/status/acme")
    assert "INC-20200101" not in said.upper()
    assert "imported as" not in said.lower()

    shown = (await api.get(f"/incidents/{opened}")).json()
    assert shown["sla"] == {"response": None, "resolution": None, "support_hours": None}
    assert not [event for event in house.harness.events if event.type in ("sla.turned.v1", "action.reminded.v1")]
    marked = [event.data.model_dump()["imported"] for event in house.harness.events if "20200101" in event.subject]
    assert marked
    assert all(marked)

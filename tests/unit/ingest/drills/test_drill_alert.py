"""An alert of a drill is the same message however often it is told, and never one of the real world."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.ingest.drills.drill_alert import accept_all, origin_of
from services.ingest.intake.message import decode, encode, head_ids
from services.ingest.normalisation.alert import Action
from shared.events import make
from shared.events.oncall import DrillAlert, DrillAlertsFact
from shared.vocabulary import Severity

pytestmark = pytest.mark.unit

AT = datetime(2026, 6, 2, 8, 0, 0, 123_456, tzinfo=UTC)


def told(drill: str = "d1", **fields: object) -> DrillAlertsFact:
    alert = {"title": "down", "severity": Severity.CRITICAL, "service": "db", "dedup_key": "k", **fields}
    return DrillAlertsFact(
        drill_id=drill, first=3, alerts=[DrillAlert.model_validate(alert)] * 2, teams=["data"], at=AT
    )


def test_it_is_read_as_any_other_and_bears_its_drill() -> None:
    fact = told()
    event = make("drill.alerted.v1", subject="d1", sequence=1, time=AT, data=fact)
    first, second = decode(encode(origin_of(fact, event), accept_all(fact)))
    assert (first.drill_id, first.key, first.claim, first.content.severity) == ("d1", "k", "db", Severity.CRITICAL)
    assert (first.action, first.origin.teams, first.content.mended) == (Action.TRIGGER, ("data",), ())
    assert first.stamp < second.stamp
    assert decode(encode(origin_of(fact, event), accept_all(fact))) == [first, second]
    (ended, _) = accept_all(told(status="resolved"))
    assert ended.alert.action is Action.RESOLVE


def test_alerts_of_two_drills_and_of_a_sender_have_heads_of_their_own() -> None:
    one, other = told(), told("d2")
    events = [make("drill.alerted.v1", subject=f.drill_id, sequence=1, time=AT, data=f) for f in (one, other)]
    heads = {
        head_ids(accept_all(fact)[0], origin_of(fact, event))[0]
        for fact, event in zip((one, other), events, strict=True)
    }
    assert len(heads) == 2

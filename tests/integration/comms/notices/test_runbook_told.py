"""What a step of a runbook has people told reaches them by mail, in their language, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.comms.app import build
from shared.events import Event, make
from shared.events.automation import NoticeFact
from shared.events.oncall import TeamFact
from shared.testing.harness import Harness, eventually
from shared.testing.mail_sink import MailSink
from tests.unit.comms.builders import user_changed

pytestmark = pytest.mark.integration


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


def told(**changes: object) -> Event:
    fact = NoticeFact(
        id="not_1",
        execution_id="exe_1",
        incident_id="INC-1",
        incident_title="Disk full",
        runbook_name="Clean\r\nBcc: x",
        text="The disk was <cleaned>.",
        people=["sara"],
        teams=["payments", "nobody"],
        at=datetime.now(UTC),
    ).changed(**changes)
    return make("notice.requested.v1", subject=fact.id, sequence=1, time=fact.at, data=fact)


async def test_people_and_whole_teams_are_told_each_once(harness: Harness, mails: MailSink) -> None:
    harness.settings = harness.settings.model_copy(update={"smtp_url": mails.url, "mail_from": "t@example.org"})
    runtime = await harness.start("comms", build)
    team = TeamFact(id="payments", name="Payments", members=["sara", "kenji"])
    await harness.publish(
        user_changed("sara"),
        user_changed("kenji", locale="ja"),
        make("team.changed.v1", subject=team.id, sequence=1, time=datetime.now(UTC), data=team),
    )
    # another queue than that of notices: who is in the team is known once it is through
    await eventually(lambda: runtime.database.collection("teams").count_documents({"_id": "payments"}))
    event = told()
    await harness.publish(event, event)
    await eventually(lambda: mails.to("sara@example.org") and mails.to("kenji@example.org"))
    (sara,), (kenji,) = mails.to("sara@example.org"), mails.to("kenji@example.org")
    assert "The disk was <cleaned>." in sara.text()
    assert "<cleaned>" not in sara.html()
    assert "からのお知らせ" in kenji.text()
    assert sara.message["Bcc"] is None
    await harness.publish(told(id="not_2", people=["sara"], teams=[], drill_id="drill-1"))
    await eventually(lambda: len(mails.to("sara@example.org")) == 2)
    assert "INC-1" in mails.to("sara@example.org")[1].message["Subject"]

"""The first hour of a new team: what the README shows with curl, call by call, and what schedules answer."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.scenarios.world import World

BERLIN = ZoneInfo("Europe/Berlin")


async def test_a_new_team_goes_from_nothing_to_a_resolved_incident_in_a_dozen_calls(world: World) -> None:
    sara, kenji = world.named("sara"), world.named("kenji")
    for person, zone, locale in ((sara, "Asia/Tehran", "fa"), (kenji, "Asia/Tokyo", "ja")):
        await world.post(
            "/users",
            {
                "id": person,
                "name": person.title(),
                "email": f"{person}@example.org",
                "time_zone": zone,
                "locale": locale,
                "contact_methods": [{"id": "mail", "channel": "email", "address": f"{person}@example.org"}],
                "notification_rules": [{"urgency": "high", "after_seconds": 0, "contact_method_id": "mail"}],
            },
            expect=201,
        )
    team = world.named("team")
    await world.post("/teams", {"id": team, "name": "Payments", "members": [sara, kenji]}, expect=201)
    schedule, policy, service = world.named("weekly"), world.named("policy"), world.named("payments")
    layer = {
        "name": "week",
        "priority": 1,
        "starts_at": "2026-01-05T09:00:00",
        "rotation": {"unit": "week", "turn_length": 1, "every": 1},
        "participants": [sara, kenji],
        "restrictions": [],
    }
    plan = {"id": schedule, "name": schedule, "team": team, "time_zone": "Europe/Berlin", "layers": [layer]}
    await world.post("/schedules", plan, expect=201)
    steps = [
        {"targets": [{"type": "schedule", "id": schedule}], "timeout_seconds": 300},
        {"targets": [{"type": "user", "id": kenji}], "timeout_seconds": 300},
    ]
    await world.post("/escalation-policies", {"id": policy, "name": policy, "repeat": 1, "steps": steps}, expect=201)
    made = {"id": service, "name": service, "tier": 1, "team": team, "escalation_policy_id": policy}
    await world.post("/services", made | {"slo": {"target": 0.999, "window_days": 90}}, expect=201)

    on_call = (await world.get(f"/schedules/{schedule}/on-call"))["users"]
    await world.fire(service, "err", title="error rate is high")
    incident = await world.incident(service)
    pages = await world.until_pages(incident["id"], lambda pages: [page["state"] for page in pages] == ["delivered"])
    assert [page["user_id"] for page in pages] == on_call
    assert len(world.mail.to(f"{on_call[0]}@example.org")) == 1
    path = f"/incidents/{incident['id']}"
    assert (await world.post(f"{path}/ack", {}))["status"] == "acknowledged"
    await world.post(f"{path}/timeline", {"text": "connection pool is full", "kind": "note"})
    identified = await world.put(f"{path}/status", {"status": "identified", "severity": "critical"})
    assert (identified["status"], identified["severity"]) == ("identified", "critical")
    # the end of an alert needs neither its severity nor anything else but its name
    ended = {"title": "error rate is high", "status": "resolved", "service": service, "source": "check"}
    await world.post("/incidents/webhook", ended | {"dedup_key": world.named("err")}, expect=202)
    await world.becomes(incident["id"], "resolved")
    lines = (await world.get(f"{path}/timeline"))["items"]
    assert "connection pool is full" in [line["text"] for line in lines]
    times = [datetime.fromisoformat(line["at"]) for line in lines]
    assert times == sorted(times)


async def test_a_page_speaks_the_language_of_the_person(world: World) -> None:
    person = world.named("sara")
    body = {"id": person, "name": "سارا", "email": f"{person}@example.org", "locale": "fa"}
    await world.post("/users", body, expect=201)
    steps = [{"targets": [{"type": "user", "id": person}], "timeout_seconds": 300}]
    policy = await world.post("/escalation-policies", {"name": world.named("p"), "steps": steps}, expect=201)
    service = await world.service(policy["id"])
    await world.fire(service, title="نرخ خطا بالاست")
    pages = await world.until_pages(
        (await world.incident(service))["id"], lambda pages: [page["state"] for page in pages] == ["delivered"]
    )
    mail = world.mail.to(f"{person}@example.org")[0]
    assert pages[0]["user_id"] == person
    assert "نرخ خطا بالاست" in mail.text()
    assert 'dir="rtl"' in mail.html()


async def test_a_weekly_schedule_hands_over_at_nine_on_monday_in_its_own_zone(world: World) -> None:
    sara, kenji = await world.engineer("sara"), await world.engineer("kenji")
    schedule = await world.weekly(sara, kenji)
    for moment, expected in (
        (datetime(2026, 1, 12, 8, 59, 59, tzinfo=BERLIN), sara),
        (datetime(2026, 1, 12, 9, 0, tzinfo=BERLIN), kenji),
        (datetime(2026, 1, 19, 8, 59, 59, tzinfo=BERLIN), kenji),
        (datetime(2026, 1, 19, 9, 0, tzinfo=BERLIN), sara),
    ):
        answer = await world.get(f"/schedules/{schedule}/on-call", at=moment.isoformat())
        assert answer["users"] == [expected.id], moment


async def test_the_week_of_the_clock_change_has_a_hundred_and_sixty_seven_hours(world: World) -> None:
    sara, kenji = await world.engineer("sara"), await world.engineer("kenji")
    schedule = await world.weekly(sara, kenji)
    # 2026-03-23 to 2026-03-30: clocks go forward on Sunday the 29th
    query = {"from": "2026-03-23T09:00:00+01:00", "to": "2026-03-30T09:00:00+02:00"}
    answer = await world.get(f"/schedules/{schedule}/shifts", **query)
    (shift,) = answer["shifts"]
    length = datetime.fromisoformat(shift["end"]) - datetime.fromisoformat(shift["start"])
    assert length.total_seconds() == 167 * 3600
    assert answer["gaps"] == []


async def test_an_override_takes_its_span_and_gives_it_back(world: World) -> None:
    sara, kenji = await world.engineer("sara"), await world.engineer("kenji")
    schedule = await world.weekly(sara)
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = now.replace(year=now.year + 1, month=6, day=1), now.replace(year=now.year + 1, month=6, day=2)
    body = {"kind": "replace", "user_id": kenji.id, "start": start.isoformat(), "end": end.isoformat()}
    await world.post(f"/schedules/{schedule}/overrides", body, expect=201)
    for moment, expected in ((start, kenji), (end, sara)):
        answer = await world.get(f"/schedules/{schedule}/on-call", at=moment.isoformat())
        assert answer["users"] == [expected.id], moment

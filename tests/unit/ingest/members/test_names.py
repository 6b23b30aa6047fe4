from __future__ import annotations

import pytest

from services.ingest.members.names import Kind, is_id, kind_of, plain_name

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "names, kind",
    [
        ("password db_password clientSecret x-api-key Authorization accessToken DB-PASSWORD routing_key", Kind.SECRET),
        ("AlarmName alarm_name alert-name displayName subject summary problem userName secretName", Kind.NAME),
        ("host HostName host_name Region pod AWSAccountId check monitor", Kind.PLACE),
        ("request_id requestId X-Request-Id eventID MessageId uuid Signature", Kind.DELIVERY),
        ("state status NewStateValue NewStateReason severity alert_status logLevel StateChangeTime", Kind.STATE),
        ("time timestamp eventTime starttime updated_at updatedAt created_at lastSeen since start_date", Kind.TIME),
        ("value currentValue count retries duration cpuUsage error_rate", Kind.MEASURE),
        ("message msg AlarmDescription errorMessage output details cause", Kind.TEXT),
        ("fingerprint ruleId policy_id version port", Kind.LASTING),
        ("foo runtime format update candidate data 日本 ☃", Kind.OTHER),
    ],
    ids=lambda value: value if isinstance(value, Kind) else "",
)
def test_what_a_name_says(names: str, kind: Kind) -> None:
    assert {name: kind_of(name) for name in names.split()} == dict.fromkeys(names.split(), kind)


def test_case_and_what_stands_between_words_are_ignored() -> None:
    assert {plain_name(name) for name in ("AlarmName", "alarm_name", "ALARM-NAME", "alarm name")} == {"alarmname"}
    assert is_id("eventId")
    assert not is_id("grid cell")


def test_a_name_of_any_length_is_looked_at_up_to_a_limit() -> None:
    assert kind_of("x" * 10_000_000) is Kind.OTHER
    assert kind_of("") is Kind.OTHER

"""How one person is told, rule by rule."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.oncall.directory.people import User, rule_faults
from services.oncall.escalation.notification_rules import notices
from shared.vocabulary import Urgency
from tests.unit.oncall.escalations import make_user

pytestmark = pytest.mark.unit

HIGH_RULES = (("high", 60, "mail"), ("high", 0, "hook"), ("high", 90, "hook"))


@pytest.mark.parametrize(
    "user, urgency, expected",
    [
        pytest.param(make_user("a", "mail", "hook", rules=HIGH_RULES), "high", "hook@0 mail@60", id="rules, each once"),
        pytest.param(make_user("a", "hook", "mail", rules=HIGH_RULES), "low", "mail@0", id="low without rules: mail"),
        pytest.param(make_user("a", "hook", "hook2"), "low", "hook@0", id="low without mail: the first method"),
        pytest.param(make_user("a", "hook", "mail"), "high", "hook@0 mail@0", id="high without rules: all at once"),
        pytest.param(make_user("a"), "high", "email@0", id="no contact method: the e-mail address"),
        pytest.param(make_user("a"), "low", "email@0", id="no contact method, low: the e-mail address"),
    ],
)
def test_how_a_person_is_told(user: User, urgency: str, expected: str) -> None:
    told = notices(user, Urgency(urgency))
    assert " ".join(f"{notice.method_id}@{notice.after_seconds}" for notice in told) == expected


def test_methods_without_an_id_are_called_as_their_channel() -> None:
    methods = [{"channel": "email", "address": f"a{number}@example.org"} for number in range(3)]
    user = User.model_validate({"name": "a", "email": "a@example.org", "contact_methods": methods})
    assert [method.id for method in user.contact_methods] == ["email", "email-2", "email-3"]


def test_a_rule_must_name_a_method_of_the_person_and_ids_are_there_once() -> None:
    user = make_user("a", "mail", "mail", rules=[("high", 0, "mail"), ("low", 0, "sms")])
    assert [pointer for pointer, _ in rule_faults(user)] == [
        "/contact_methods/1/id",
        "/notification_rules/1/contact_method_id",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"email": "nobody"}, id="no e-mail address"),
        pytest.param({"time_zone": "Mars/Olympus"}, id="unknown zone"),
        pytest.param({"locale": "!"}, id="no locale"),
        pytest.param({"contact_methods": [{"channel": "pigeon", "address": "x"}]}, id="unknown channel"),
        pytest.param({"contact_methods": [{"channel": "webhook", "address": "ftp://x"}]}, id="no web address"),
        pytest.param({"contact_methods": [{"channel": "email", "address": "x"}]}, id="no mail address"),
        pytest.param({"contact_methods": {"channel": "email"}}, id="no list"),
        pytest.param({"notification_rules": [{"urgency": "loud", "contact_method_id": "m"}]}, id="unknown urgency"),
    ],
)
def test_a_person_that_can_not_be_told_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        User.model_validate({"name": "a", "email": "a@example.org", **fields})

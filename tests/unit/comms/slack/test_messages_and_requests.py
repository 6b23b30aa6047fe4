"""What is said in Slack, what is believed of it, and who is taken to have answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comms.channels.contract import MessageState, MessageStatus
from services.comms.channels.messages.slack import content, message, status_text
from services.comms.delivery.outcome import OutcomeKind
from services.comms.i18n.words import word
from services.comms.interactions.answers import answer_event, responder_of
from services.comms.paging.delivery import Delivery, erase_person
from services.comms.paging.message_status import status_for, survivor_of
from services.comms.people.reader import slack_ids_of
from services.comms.slack.requests import (
    ACKNOWLEDGE,
    MOST_BYTES,
    OPEN,
    RESOLVE,
    Press,
    check_signature,
    read_event,
    read_presses,
)
from services.comms.slack.responses import read_answer
from shared.events.communication import AnswerAction
from shared.events.oncall import ContactMethod, UserFact
from shared.problem import Problem
from shared.secrecy.signed_links import AckClaim
from shared.testing.peers.slack import SIGNING_SECRET, sign_request
from shared.testing.peers.slack_limits import fault_of
from shared.vocabulary import Channel, IncidentStatus, Severity
from tests.unit.comms.builders import LINKS, NOON, make_delivery, make_incident, make_page

pytestmark = pytest.mark.unit

CLAIM = AckClaim("INC-1", 2, "sara", "p1", "en", NOON)
PRESS = Press(AnswerAction.ACKNOWLEDGE, "token", "UKENJI", "1.5", "DSARA/1.2", None)


# --- what is said -----------------------------------------------------------------------------------------------------


def buttons(shown: MessageStatus | None) -> list[str]:
    blocks = content(make_page(), LINKS, shown)["blocks"]
    return [button["action_id"] for block in blocks if block["type"] == "actions" for button in block["elements"]]


@pytest.mark.parametrize(
    "shown, expected",
    [
        pytest.param(None, [ACKNOWLEDGE, RESOLVE, OPEN], id="it asks"),
        pytest.param(MessageStatus(MessageState.ACKNOWLEDGED, "sara"), [RESOLVE, OPEN], id="somebody has it"),
        pytest.param(MessageStatus(MessageState.RESOLVED, "sara"), [OPEN], id="it is over"),
        pytest.param(MessageStatus(MessageState.MERGED), [OPEN], id="it went into another one"),
        pytest.param(
            MessageStatus(MessageState.MERGED, into="INC-2"),
            [ACKNOWLEDGE, RESOLVE, OPEN],
            id="the one it went into asks",
        ),
        pytest.param(
            MessageStatus(MessageState.ACKNOWLEDGED, into="INC-2"),
            [RESOLVE, OPEN],
            id="somebody has the one it went into",
        ),
        pytest.param(MessageStatus(MessageState.RESOLVED, into="INC-2"), [OPEN], id="the one it went into is over"),
    ],
)
def test_which_buttons_a_message_has(shown: MessageStatus | None, expected: list[str]) -> None:
    assert buttons(shown) == expected


def test_a_message_says_what_an_engineer_needs_first() -> None:
    said = json.dumps(message(make_page(drill=True, locale="fa"), LINKS, "C1"), ensure_ascii=False)
    for words in ("مانور", "بحرانی", "Payments", "INC-20261121-0001", "گام ۱", LINKS.ack_url, LINKS.incident_url):
        assert words in said


@given(
    st.text(max_size=600), st.text(max_size=3000), st.text(max_size=600), st.sampled_from(list(Severity)), st.booleans()
)
def test_slack_takes_whatever_an_incident_is_called(
    title: str, description: str, service: str, severity: Severity, drill: bool
) -> None:
    page = make_page(title=title, description=description, service_name=service, severity=severity, drill=drill)
    for shown in (None, MessageStatus(MessageState.ACKNOWLEDGED, title)):
        said = content(page, LINKS, shown)
        assert fault_of(said) is None
        assert "<!" not in said["text"]


@pytest.mark.parametrize(
    "fact, generation, expected",
    [
        pytest.param({}, 1, None, id="nobody answered"),
        pytest.param(
            {"status": IncidentStatus.ACKNOWLEDGED, "answered": 1, "acknowledged_by": "sara"},
            1,
            MessageStatus(MessageState.ACKNOWLEDGED, "sara"),
            id="taken",
        ),
        pytest.param(
            {"status": IncidentStatus.ACKNOWLEDGED, "generation": 2, "answered": 2, "acknowledged_by": "sara"},
            2,
            MessageStatus(MessageState.ACKNOWLEDGED),
            id="taken again, by whom is not known",
        ),
        pytest.param(
            {"generation": 2, "answered": 1, "acknowledged_by": "sara"}, 2, None, id="a newer page still asks"
        ),
        pytest.param(
            {"status": IncidentStatus.RESOLVED, "resolved_by": "kenji"},
            1,
            MessageStatus(MessageState.RESOLVED, "kenji"),
            id="over",
        ),
        pytest.param(
            {"status": IncidentStatus.RESOLVED, "resolved_by": "auto"},
            1,
            MessageStatus(MessageState.RESOLVED),
            id="over by itself",
        ),
        pytest.param({"merged_into": "INC-2"}, 1, MessageStatus(MessageState.MERGED), id="merged"),
        pytest.param({"snoozed_until": NOON + timedelta(hours=1)}, 1, None, id="snoozed: it asks again later"),
    ],
)
def test_what_a_message_shows(fact: dict[str, Any], generation: int, expected: MessageStatus | None) -> None:
    assert status_for(make_incident(**fact), generation, NOON) == expected


@pytest.mark.parametrize(
    "survivor, expected",
    [
        pytest.param({}, MessageStatus(MessageState.MERGED, into="INC-3"), id="it asks"),
        pytest.param(
            {"snoozed_until": NOON + timedelta(hours=1)},
            MessageStatus(MessageState.MERGED, into="INC-3"),
            id="it sleeps",
        ),
        pytest.param(
            {"status": IncidentStatus.ACKNOWLEDGED, "answered": 1, "acknowledged_by": "sara"},
            MessageStatus(MessageState.ACKNOWLEDGED, "sara", "INC-3"),
            id="somebody has it",
        ),
        pytest.param(
            {"generation": 2, "answered": 1, "acknowledged_by": "sara"},
            MessageStatus(MessageState.MERGED, into="INC-3"),
            id="it asks again",
        ),
        pytest.param(
            {"status": IncidentStatus.RESOLVED, "resolved_by": "kenji"},
            MessageStatus(MessageState.RESOLVED, "kenji", "INC-3"),
            id="it is over",
        ),
    ],
)
@pytest.mark.parametrize("generation", [1, 2])
def test_the_message_of_a_merged_incident_shows_what_became_of_the_survivor(
    survivor: dict[str, Any], generation: int, expected: MessageStatus
) -> None:
    merged = {"status": IncidentStatus.CLOSED, "generation": 2, "answered": 1}
    facts = {
        key: make_incident(key, **fields)
        for key, fields in {
            "INC-1": merged | {"merged_into": "INC-2"},
            "INC-2": merged | {"merged_into": "INC-3"},
            "INC-3": survivor,
        }.items()
    }
    found = survivor_of(facts["INC-1"], facts)
    assert status_for(facts["INC-1"], generation, NOON, found) == expected


def test_where_the_survivor_is_not_known_a_message_says_only_that_it_was_merged() -> None:
    fact = make_incident("INC-1", merged_into="INC-2")
    assert status_for(fact, 1, NOON, survivor_of(fact, {"INC-1": fact})) == MessageStatus(MessageState.MERGED)


@pytest.mark.parametrize("locale", ["en", "ja", "fa"])
@pytest.mark.parametrize("state", list(MessageState))
@pytest.mark.parametrize("by", ["sara", "kenji", ""])
def test_a_message_names_the_incident_that_its_own_went_into(locale: str, state: MessageState, by: str) -> None:
    said = status_text(make_page(locale=locale), MessageStatus(state, by, "INC-9"))
    assert said.startswith(word(locale, "merged_into").format(id="INC-9"))
    if state is not MessageState.MERGED:
        assert ("Sara" if by == "sara" else by) in said
        assert said != status_text(make_page(locale=locale), MessageStatus(MessageState.MERGED, into="INC-9"))


# --- what is believed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "late, secret, body, code",
    [
        pytest.param(0, SIGNING_SECRET, b"payload=x", None, id="Slack's own"),
        pytest.param(299, SIGNING_SECRET, b"payload=x", None, id="a slow one"),
        pytest.param(-299, SIGNING_SECRET, b"payload=x", None, id="a clock that is ahead"),
        pytest.param(301, SIGNING_SECRET, b"payload=x", 401, id="too old"),
        pytest.param(-301, SIGNING_SECRET, b"payload=x", 401, id="too new"),
        pytest.param(0, "another secret", b"payload=x", 401, id="somebody else's"),
        pytest.param(0, "", b"payload=x", 401, id="no secret is set"),
        pytest.param(0, SIGNING_SECRET, b"x" * (MOST_BYTES + 1), 413, id="far too much"),
    ],
)
def test_whose_request_it_is(late: int, secret: str, body: bytes, code: int | None) -> None:
    headers, content_ = sign_request(body, at=NOON.timestamp() - late)
    given_ = headers["x-slack-request-timestamp"], headers["x-slack-signature"]
    if code is None:
        check_signature(secret, *given_, content_, NOON)
        return
    with pytest.raises(Problem) as refused:
        check_signature(secret, *given_, content_, NOON)
    assert refused.value.status == code


def test_a_signature_is_of_this_body_and_no_other() -> None:
    headers, _ = sign_request(b"payload=x", at=NOON.timestamp())
    with pytest.raises(Problem):
        check_signature(
            SIGNING_SECRET, headers["x-slack-request-timestamp"], headers["x-slack-signature"], b"payload=y", NOON
        )


def test_a_secret_that_is_empty_signs_nothing() -> None:
    headers, body = sign_request(b"payload=x", at=NOON.timestamp(), secret="")
    with pytest.raises(Problem, match="TOCSIN_SLACK_SIGNING_SECRET"):
        check_signature("", headers["x-slack-request-timestamp"], headers["x-slack-signature"], body, NOON)


def refusal_of(read: Callable[[], object]) -> Problem | None:
    try:
        read()
    except Problem as problem:
        return problem
    return None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "actions", "user", "id", "channel", "container", "action_id"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_posted_is_read_or_refused_with_a_pointer(payload: Any) -> None:
    if isinstance(payload, dict):
        payload = {"type": "block_actions", "actions": [{"action_id": RESOLVE, "value": payload.get("id")}], **payload}
    body = urlencode({"payload": json.dumps(payload)}).encode()
    for read in (lambda: read_presses(body), lambda: read_event(json.dumps(payload).encode())):
        refusal = refusal_of(read)
        assert refusal is None or (refusal.status, len(refusal.errors)) == (400, 1)


@pytest.mark.parametrize(
    "status, body, kind",
    [
        pytest.param(200, b'{"ok": true, "ts": "1.2"}', None, id="carried out"),
        pytest.param(200, b'{"ok": false, "error": "invalid_auth"}', OutcomeKind.REFUSED, id="a bad token"),
        pytest.param(200, b'{"ok": false}', OutcomeKind.REFUSED, id="no reason"),
        pytest.param(200, b'{"ok": "true"}', OutcomeKind.REFUSED, id="no truth"),
        pytest.param(200, b"<html>", OutcomeKind.DOWN, id="a page of somebody between"),
        pytest.param(200, b"[]", OutcomeKind.DOWN, id="a list"),
        pytest.param(429, b"", OutcomeKind.BUSY, id="too fast"),
        pytest.param(500, b"{", OutcomeKind.DOWN, id="broken"),
        pytest.param(404, b"", OutcomeKind.REFUSED, id="not there"),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, kind: OutcomeKind | None) -> None:
    _, failure = read_answer(status, {}, body, NOON)
    assert (failure.kind if failure else None) is kind


def test_a_missing_scope_is_named() -> None:
    body = b'{"ok": false, "error": "missing_scope", "needed": "im:write"}'
    _, failure = read_answer(200, {}, body, NOON)
    assert failure is not None
    assert "im:write" in failure.detail


# --- who answered -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "delivery, where, expected",
    [
        pytest.param(make_delivery(make_page(address="USARA")), "DSARA/1.2", "sara", id="a person's conversation"),
        pytest.param(
            make_delivery(make_page(address="sara@example.org")), None, "sara", id="a person, by mail address"
        ),
        pytest.param(make_delivery(make_page(address="COPS")), "COPS/1.2", None, id="a channel"),
        pytest.param(make_delivery(make_page(address="#ops")), "COPS/1.2", None, id="a channel by name"),
        pytest.param(make_delivery(erase_person(make_page())), "DSARA/1.2", "sara", id="an address that was forgotten"),
        pytest.param(None, "GOPS/1.2", None, id="a page that was forgotten, in a channel"),
        pytest.param(None, None, None, id="nothing is known"),
    ],
)
def test_who_is_taken_to_have_answered(delivery: Delivery | None, where: str | None, expected: str | None) -> None:
    press = Press(PRESS.action, PRESS.token, PRESS.slack_user, PRESS.stamp, where, None)
    assert responder_of(delivery, press, CLAIM) == expected


def test_a_persons_own_slack_ids_are_known_until_the_person_is_gone() -> None:
    addresses = [("slack", "UB"), ("slack", "UA"), ("slack", "COPS"), ("slack", "Una@example.org"), ("webhook", "UX")]
    methods = [ContactMethod(id=address, channel=Channel(kind), address=address) for kind, address in addresses]
    sara = UserFact(id="sara", name="Sara", email="sara@example.org", contact_methods=methods)
    assert slack_ids_of(sara) == ["UA", "UB"]
    assert slack_ids_of(sara.model_copy(update={"deleted": True})) == []


def test_the_same_press_is_the_same_event_and_another_is_not() -> None:
    def told(press: Press) -> str:
        return answer_event(press, CLAIM, None, NOON, correlation="r", traceparent=None).id

    assert told(PRESS) == told(PRESS)
    assert told(PRESS) != told(Press(PRESS.action, PRESS.token, PRESS.slack_user, "1.6", PRESS.message, None))
    event = answer_event(PRESS, CLAIM, None, NOON, correlation="r", traceparent=None)
    assert event.data.model_dump() == {
        "incident_id": "INC-1",
        "page_id": "p1",
        "generation": 2,
        "action": AnswerAction.ACKNOWLEDGE,
        "via": Channel.SLACK,
        "user_id": None,
        "by": "slack:UKENJI",
        "at": NOON,
        "paged_at": NOON - timedelta(hours=24),
    }

"""The decisions in a letter's life, what follows a failed attempt, and the mail that a letter becomes."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from services.comms.delivery.delivery_state import DeliveryState, Reason
from services.comms.delivery.outcome import Outcome, busy, delivered, down, refused
from services.comms.mail.message import (
    HELD_FOR,
    PATIENCE,
    UNKNOWN_FOR,
    Lane,
    Letter,
    LetterKind,
    PostedLetter,
    after_send,
    apply_move,
    take_up,
    to_posted_letter,
    without_address,
)
from services.comms.mail.mime import LetterComposer
from services.comms.mail.template import LetterForms
from services.comms.notices.kinds import notices
from services.comms.notices.kinds.action_reminded import reader_ids as reminded
from services.comms.notices.kinds.audit_made import reader_ids as told_of_audit
from services.comms.notices.kinds.role_assigned import reader_ids as told_of_role
from services.comms.people.reader import Reader
from shared.events import Fact, make
from shared.events.actions import ActionFact, ActionReminder, ActionState, ReminderKind
from shared.events.command import RoleAssigned
from shared.events.oncall import AuditFact, Finding
from shared.mail import MailAddress
from tests.unit.comms.builders import NOON, make_letter

pytestmark = pytest.mark.unit

SECOND = timedelta(seconds=1)


def waiting(**changes: object) -> PostedLetter:
    return to_posted_letter(make_letter(), NOON).model_copy(update=changes)


@pytest.mark.parametrize(
    "one, outcome, state, reason",
    [
        pytest.param(waiting(), delivered("250"), "delivered", "handed_over", id="handed over is final"),
        pytest.param(waiting(), refused("550"), "failed", "refused", id="refused is final"),
        pytest.param(waiting(), down("421"), "queued", "destination_down", id="down is tried again"),
        pytest.param(waiting(), busy("451"), "queued", "destination_busy", id="busy is tried again"),
        pytest.param(
            waiting(busy_attempts=PATIENCE.max_busy - 1),
            busy("451"),
            "failed",
            "tried_too_often",
            id="not asked for patience without end",
        ),
        pytest.param(
            waiting(trying_since=NOON - PATIENCE.try_for),
            down("421"),
            "failed",
            "tried_too_long",
            id="not tried for more than a day",
        ),
        pytest.param(
            waiting(trying_since=NOON - timedelta(hours=1)),
            down("421"),
            "queued",
            "destination_down",
            id="tried for longer than a page",
        ),
    ],
)
def test_what_follows_an_attempt(one: PostedLetter, outcome: Outcome, state: str, reason: str) -> None:
    move = after_send(one, outcome, NOON, 0.5)
    assert (move.state, move.reason) == (DeliveryState(state), Reason(reason))
    after = apply_move(one, move, NOON)
    assert (after.version, after.attempts, len(after.history)) == (2, 1, 1)
    assert (after.due_at is None) is (after.lane is None) is (after.finished_at is not None) is after.state.is_final
    assert bool(after.letter.html) is not after.state.is_final


def test_a_letter_is_held_for_a_while_and_then_due_for_anybody() -> None:
    one = waiting()
    move = take_up(one, NOON)
    assert move is not None
    held = apply_move(one, move, NOON)
    assert held.state is DeliveryState.SENDING
    assert take_up(held, NOON + HELD_FOR - SECOND) is None
    assert take_up(held, NOON + HELD_FOR) is not None


@pytest.mark.parametrize(
    "erased, waited, state, reason",
    [
        pytest.param(True, SECOND, DeliveryState.CANCELLED, Reason.ERASED, id="an erased person gets none"),
        pytest.param(False, SECOND, DeliveryState.QUEUED, Reason.UNKNOWN_PERSON, id="an unknown one is waited for"),
        pytest.param(False, UNKNOWN_FOR, DeliveryState.FAILED, Reason.UNKNOWN_PERSON, id="but not for ever"),
    ],
)
def test_a_letter_without_an_address(erased: bool, waited: timedelta, state: DeliveryState, reason: Reason) -> None:
    move = without_address(waiting(), erased=erased, now=NOON + waited)
    assert (move.state, move.reason) == (state, reason)


def test_only_subscribers_wait_in_the_bulk_lane() -> None:
    assert {kind: kind.lane for kind in LetterKind if kind.lane is Lane.BULK} == {LetterKind.SUBSCRIPTION: Lane.BULK}


SARA = MailAddress("sara", "example.org")


def parsed(mail: bytes) -> EmailMessage:
    message = message_from_bytes(mail, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def test_the_same_letter_is_the_same_mail_at_every_attempt() -> None:
    composer = LetterComposer("Tocsin <tocsin@example.org>")
    letter = make_letter(thread="incident.INC-1", headers={"List-Unsubscribe": "<https://x.example/u>", "Bcc": "x@y.z"})
    first, second = (parsed(composer.compose(letter, SARA, "Sara")) for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"] == "<let-1@example.org>"
    assert first["Date"] == second["Date"]
    assert first["In-Reply-To"] == first["References"] == "<incident.INC-1@example.org>"
    assert first["List-Unsubscribe"] == "<https://x.example/u>"
    assert first["Bcc"] is None
    assert first.get_body(("plain",)) is not None
    assert first.get_body(("html",)) is not None


def test_nothing_that_people_write_ends_a_header() -> None:
    letter = make_letter(subject="a\r\nBcc: x@example.org\u2028b", headers={"X-Tocsin-Incident": "a\r\nBcc: y@z.org"})
    mail = LetterComposer("tocsin@example.org").compose(letter, SARA, "Sara\r\nBcc: z@z.org")
    assert parsed(mail)["Bcc"] is None
    assert b"\r\nBcc:" not in mail


ROLE = RoleAssigned(
    incident_id="INC-1",
    title="Payments are slow",
    role="commander",
    role_name="Commander",
    duties=["Lead", "Decide"],
    user_id="sara",
    previous_user_id="kenji",
    by="kenji",
    at=NOON,
)
ACTION = ActionFact(
    id="a1",
    postmortem_id="pm1",
    incident_id="INC-1",
    title="More monitoring",
    state=ActionState.OPEN,
    assignee_id="sara",
    due_on=date(2026, 12, 1),
    created_at=NOON,
    updated_at=NOON,
)
REMINDER = ActionReminder(action=ACTION, kind=ReminderKind.OVERDUE, at=NOON)


AUDIT = AuditFact(
    team_id="payments",
    members=["sara"],
    made_at=NOON,
    until=NOON + timedelta(days=30),
    findings=[
        Finding(kind="gap", sentence="A gap.", schedule_id="weekly", start=NOON, end=NOON + timedelta(hours=2)),
        Finding(kind="no_contact_method", sentence="kenji has none.", user_id="kenji"),
        Finding(kind="new", sentence="Something new is wrong."),
    ],
)


def told(fact: Fact, locale: str = "en") -> Letter:
    names = {RoleAssigned: "role.assigned.v1", ActionReminder: "action.reminded.v1", AuditFact: "audit.made.v1"}
    name = names[type(fact)]
    event = make(name, subject="x", sequence=1, time=NOON, data=fact, id="event-1")
    reader = Reader(id="sara", name="سارا <b>", email="sara@example.org", locale=locale)
    return notices()[type(fact)].letter(fact, event, reader, LetterForms(), "https://tocsin.example")


@pytest.mark.parametrize("locale", ["en", "ja", "fa-IR", "de"])
@pytest.mark.parametrize(
    "fact",
    [pytest.param(ROLE, id="role"), pytest.param(REMINDER, id="reminder"), pytest.param(AUDIT, id="audit")],
)
def test_a_notice_is_written_in_its_readers_language(fact: Fact, locale: str) -> None:
    letter = told(fact, locale)
    assert (notices()[type(fact)].reader_ids(fact), letter.user_id, letter.address) == (["sara"], "sara", "")
    assert ('dir="rtl"' in letter.html) is locale.startswith("fa")
    assert "<b>" not in letter.html
    assert "https://tocsin.example/" in letter.text
    assert letter == told(fact, locale)


@pytest.mark.parametrize(
    "fact, said",
    [
        pytest.param(ROLE, "۳۰ آبان ۱۴۰۵، ۱۲:۰۰ (UTC)", id="role"),
        pytest.param(REMINDER, "۱۰ آذر ۱۴۰۵", id="reminder"),
        pytest.param(AUDIT, "۳۰ آذر ۱۴۰۵، ۱۲:۰۰ (UTC)", id="audit"),
    ],
)
def test_a_notice_in_persian_has_persian_dates(fact: Fact, said: str) -> None:
    letter = told(fact, "fa")
    assert said in letter.text
    assert said in letter.html
    assert "2026" not in letter.text


def test_an_audit_in_persian_counts_in_persian() -> None:
    assert "۳" in told(AUDIT, "fa").subject


def test_a_role_is_told_with_its_duties_and_a_drill_says_that_it_is_one() -> None:
    letter = told(ROLE.model_copy(update={"drill_id": "drill-1"}))
    assert "- Lead\n- Decide" in letter.text
    assert letter.subject.startswith("[DRILL] ")


def test_nobody_hears_of_a_role_in_an_imported_incident() -> None:
    assert told_of_role(ROLE.model_copy(update={"imported": True})) == []


def test_an_audit_is_told_to_everybody_of_the_team_once() -> None:
    assert told_of_audit(AUDIT.model_copy(update={"members": ["sara", "kenji", "sara"]})) == ["sara", "kenji"]
    assert told_of_audit(AUDIT.model_copy(update={"findings": []})) == []


def test_an_audit_says_each_finding_in_the_readers_zone_and_one_of_a_new_kind_as_it_was_told() -> None:
    text = told(AUDIT).text
    assert "- Nobody is on call by weekly from 2026-11-21 12:00:00 +00:00 (UTC)" in text
    assert "- kenji has no contact method; only their own e-mail address would be used." in text
    assert "- Something new is wrong." in text
    assert "Something new" in told(AUDIT, "ja").text
    assert "Nobody is on call" not in told(AUDIT, "ja").text


@pytest.mark.parametrize(
    "changes, is_told",
    [
        pytest.param({}, True, id="an open one"),
        pytest.param({"state": ActionState.DONE}, False, id="one that is done"),
        pytest.param({"imported": True}, False, id="an imported incident's"),
        pytest.param({"drill": True}, False, id="a drill's"),
        pytest.param({"deleted": True}, False, id="a deleted one"),
        pytest.param({"assignee_id": None}, False, id="nobody's"),
    ],
)
def test_who_is_reminded_of_an_action(changes: dict[str, object], is_told: bool) -> None:
    reminder = REMINDER.model_copy(update={"action": ACTION.model_copy(update=changes)})
    assert reminded(reminder) == (["sara"] if is_told else [])

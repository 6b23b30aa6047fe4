"""Updates to stakeholders: what templates may do, whom an update goes to, what it says, and who is reminded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.comms.mail.template import LetterForms
from services.comms.people.reader import Reader
from services.comms.stakeholders.mail import (
    News,
    Template,
    UpdateContent,
    by_default,
    by_template,
    span_text,
)
from services.comms.stakeholders.recipients import resolve_recipients
from services.comms.stakeholders.update import (
    FollowUp,
    Group,
    Phase,
    Recipient,
    StakeholderUpdate,
    after_posting,
    after_reminder,
    decide_follow_up,
    finish,
    letters_of,
    reminder,
    require_public,
    speaker,
    timeline_event,
)
from shared.events.communication import CommunicationFact
from shared.events.incidents import RoleHolder
from shared.problem import Problem
from shared.vocabulary import IncidentStatus, Priority, Severity, Urgency
from tests.unit.comms.builders import NOON, make_incident

pytestmark = pytest.mark.unit

FORMS = LetterForms()
HOUR = timedelta(hours=1)


def test_what_comes_from_an_incident_is_text_in_markdown_and_html() -> None:
    incident = make_incident(impact="").model_copy(update={"title": "[pay](https://evil.example) <img src=x> *now*"})
    template = Template(name="x", subject="{{ incident.title }}", markdown="# Hello\n\n{{ incident.title }}\n\n- one")
    content = by_template(template, News(incident=incident, now=NOON), FORMS, "")
    assert "<h1" in content.html
    assert ">one</li>" in content.html
    # an address that can be read leads to itself; nothing else leads there
    assert '[pay](<a href="https://evil.example">https://evil.example</a>) &lt;img' in content.html
    assert content.html.count("https://evil") == 2
    assert "<img" not in content.html
    assert "[pay](https://evil.example) <img src=x> *now*" in content.text


def test_markdown_that_is_long_stands_in_its_mail_as_written() -> None:
    news = News(incident=make_incident(), message="<b> [a](https://a.example)\n" * 200, now=NOON)
    within, beyond = "# Hello\n{{ message }}", "# Hello\n" + "{{ message }}" * 4
    short, long = (
        by_template(Template(name="x", subject="s", markdown=one), news, FORMS, "") for one in (within, beyond)
    )
    assert "<h1" in short.html
    assert "<h1" not in long.html
    assert '# Hello\n&lt;b&gt; [a](<a href="https://a.example">https://a.example</a>)' in long.html
    assert "# Hello\n<b> [a](https://a.example)" in long.text


@pytest.mark.parametrize("locale", ["en", "ja", "fa"])
@pytest.mark.parametrize("status", [IncidentStatus.INVESTIGATING, IncidentStatus.RESOLVED])
def test_the_built_in_template_is_in_its_readers_language_and_keeps_its_subject(
    locale: str, status: IncidentStatus
) -> None:
    incident = make_incident(status=status, impact="支払い", actions_taken=["Freed space"])
    content = by_default(
        News(incident=incident, message="<b>bold</b>", now=NOON + HOUR), locale, FORMS, "https://t.example"
    )
    other = by_default(News(incident=make_incident(), now=NOON), locale, FORMS, "https://t.example")
    assert content.subject == other.subject
    assert incident.title in content.subject
    assert ('dir="rtl"' in content.html) is (locale == "fa")
    assert "<b>" not in content.html
    assert ("Freed space" in content.text) is (status is IncidentStatus.RESOLVED)


@pytest.mark.parametrize("own", [True, False], ids=["a template of one's own", "the built-in one"])
def test_news_in_persian_have_persian_dates_and_figures(own: bool) -> None:
    news = News(incident=make_incident(), now=NOON + 3 * HOUR)
    source = "{{ incident.created_at }} {{ incident.duration }}"
    template = Template(name="x", locale="fa", subject="s", text=source)
    content = by_template(template, news, FORMS, "") if own else by_default(news, "fa", FORMS, "")
    for text in (content.text, content.html):
        assert "۳۰ آبان ۱۴۰۵، ۱۲:۰۰ (UTC)" in text
        assert "۳ ساعت و ۰ دقیقه" in text


def test_a_reminder_in_persian_has_persian_dates_and_figures() -> None:
    reader = Reader(id="sara", name="سارا", email="sara@example.org", time_zone="Asia/Tehran", locale="fa")
    letter = reminder(make_update(), make_incident(), reader, NOON + 2 * HOUR, forms=FORMS, base_url="")
    assert "۳۰ آبان ۱۴۰۵، ۱۵:۳۰ (Asia/Tehran)" in letter.text
    assert "۱۲۰ دقیقه" in letter.text
    assert letter.subject.startswith("۱۲۰ دقیقه")


@pytest.mark.parametrize(
    "minutes, words", [(0, "0 min"), (59, "59 min"), (60, "1 h 0 min"), (2879, "47 h 59 min"), (2880, "2 d 0 h")]
)
def test_how_long_it_lasted(minutes: int, words: str) -> None:
    assert span_text("en", timedelta(minutes=minutes)) == words


BOARD = Group(name="Board", members=["a@example.org", "B@example.org"], locale="ja")


@pytest.mark.parametrize(
    "to, groups, readers, faults",
    [
        pytest.param(["x@example.org"], {}, {"x@example.org": "en"}, [], id="an address"),
        pytest.param(["Board"], {"Board": [BOARD]}, {"a@example.org": "ja", "B@example.org": "ja"}, [], id="a group"),
        pytest.param(
            ["b@example.org", "Board", "B@Example.org"],
            {"Board": [BOARD]},
            {"b@example.org": "en", "a@example.org": "ja"},
            [],
            id="each once",
        ),
        pytest.param(["x@example.org", "x@@y"], {}, {"x@example.org": "en"}, ["/to/1"], id="no address"),
        pytest.param(["nobody"], {}, {}, ["/to/0"], id="no group"),
        pytest.param(["Board"], {"Board": [BOARD, BOARD]}, {}, ["/to/0"], id="a name of two groups"),
        pytest.param(["E"], {"E": [Group(name="E", members=[])]}, {}, ["/to/0"], id="a group without members"),
        pytest.param(
            ["L"],
            {"L": [Group(name="L", members=[f"p{n}@example.org" for n in range(400)])]}
            | {"M": [Group(name="M", members=[f"q{n}@example.org" for n in range(400)])]},
            None,
            [],
            id="many, but not too many",
        ),
    ],
)
def test_whom_an_update_goes_to(
    to: list[str], groups: dict[str, list[Group]], readers: dict[str, str] | None, faults: list[str]
) -> None:
    found = resolve_recipients(to, groups, None)
    assert [pointer for pointer, _ in found.faults] == faults
    if readers is not None:
        assert {one.address: one.locale for one in found.recipients} == readers


def make_update(**changes: object) -> StakeholderUpdate:
    return StakeholderUpdate(
        id="upd_1",
        incident_id="INC-20261121-0001",
        template="default",
        by="sara",
        message="on it",
        recipients=[Recipient(address="a@example.org", locale="en"), Recipient(address="b@example.org", locale="en")],
        contents={"en": UpdateContent(subject="s", text="t", html="<p>h</p>")},
        at=NOON,
        due_at=NOON,
    ).model_copy(update=changes)


def test_letters_to_one_reader_are_one_thread_and_have_ids_of_their_own() -> None:
    first, second = letters_of(make_update()), letters_of(make_update(id="upd_2"))
    assert [one.thread for one in first] == [one.thread for one in second]
    assert len({one.thread for one in first}) == 2
    assert len({one.id for one in (*first, *second)}) == 4


def test_the_timeline_hears_of_an_update_without_any_address() -> None:
    fact = timeline_event(make_update()).data
    assert isinstance(fact, CommunicationFact)
    assert "@" not in fact.text
    assert "on it" in fact.text


WATCHED = {"phase": Phase.WATCHING}


@pytest.mark.parametrize(
    "update, incident, newest, expected",
    [
        pytest.param(make_update(), make_incident(), "upd_1", FollowUp.POST, id="letters that a dead process left"),
        pytest.param(make_update(**WATCHED), make_incident(), "upd_1", FollowUp.REMIND, id="nothing since"),
        pytest.param(make_update(**WATCHED), make_incident(), "upd_2", FollowUp.END, id="a newer one"),
        pytest.param(make_update(**WATCHED), None, "upd_1", FollowUp.END, id="an incident that nobody knows"),
        pytest.param(
            make_update(**WATCHED),
            make_incident(status=IncidentStatus.RESOLVED),
            "upd_1",
            FollowUp.END,
            id="a resolved incident",
        ),
        pytest.param(
            make_update(**WATCHED),
            make_incident().model_copy(update={"severity": Severity.LOW, "priority": Priority.LOW}),
            "upd_1",
            FollowUp.END,
            id="one that is not grave",
        ),
        pytest.param(make_update(**WATCHED), make_incident(drill_id="d"), "upd_1", FollowUp.END, id="a drill"),
    ],
)
def test_what_is_done_when_an_update_is_due(
    update: StakeholderUpdate, incident: object, newest: str, expected: FollowUp
) -> None:
    assert decide_follow_up(update, incident, newest) is expected  # type: ignore[arg-type]


def test_an_update_is_watched_reminded_of_and_ended() -> None:
    watched = after_posting(make_update(), HOUR)
    assert (watched.phase, watched.due_at) == (Phase.WATCHING, NOON + HOUR)
    assert watched.contents["en"] == UpdateContent(subject="s", text="", html="")
    reminded = after_reminder(watched, HOUR, NOON + HOUR)
    assert (reminded.reminders, reminded.due_at) == (1, NOON + 2 * HOUR)
    assert finish(reminded).due_at is None


@pytest.mark.parametrize(
    "roles, assignees, expected",
    [
        pytest.param({"commander": "sara", "communications": "kenji"}, [], "kenji", id="communications first"),
        pytest.param({"scribe": "x", "commander": "sara"}, [], "sara", id="else the commander"),
        pytest.param({}, ["mina"], "mina", id="else whose it is"),
        pytest.param({}, [], None, id="else nobody"),
    ],
)
def test_who_speaks_for_an_incident(roles: dict[str, str], assignees: list[str], expected: str | None) -> None:
    held = [RoleHolder(role=role, user_id=user_id) for role, user_id in roles.items()]
    assert speaker(make_incident(roles=held, assignees=assignees)) == expected


@pytest.mark.parametrize(
    "fields, code",
    [
        pytest.param({"drill_id": "d"}, "drill", id="a drill"),
        pytest.param({"imported": True}, "imported_incident", id="an import"),
        pytest.param({"prediction_id": "p"}, "low_urgency_prediction", id="a quiet prediction"),
    ],
)
def test_no_stakeholder_hears_of_what_is_kept_inside(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Problem) as refused:
        require_public(make_incident().model_copy(update={"urgency": Urgency.LOW, **fields}))
    assert (refused.value.status, refused.value.code) == (409, code)

"""What templates may say, what it makes, and that none costs more than its share, whatever it says."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.comms.mail.template import LetterForms
from services.comms.stakeholders.mail import News, Template, by_template, check, template_members
from services.comms.stakeholders.template_rendering import OUTPUT_LIMIT, WORK_LIMIT, Work, render_template
from services.comms.stakeholders.template_sandbox import SOURCE_LIMIT, BadTemplate
from tests.unit.comms.builders import NOON, make_incident

pytestmark = pytest.mark.unit

FORMS = LetterForms()
LONG = "x y " * 15_000
MEMBERS = template_members(
    News(
        incident=make_incident(
            description=LONG, affected_components=["checkout", "支払い"], actions_taken=["a"] * 100
        ).model_copy(update={"title": 'Pay & "go" <b>'}),
        message="hello world",
        now=NOON,
    ),
    "en",
    "https://t.example",
)


def tried(source: str) -> str:
    return render_template(source, MEMBERS)


@pytest.mark.parametrize(
    "source, why",
    [
        pytest.param("{{ incident.title", "line 1", id="a syntax error names its line"),
        pytest.param("\n{% if message %}", "line 2", id="also one that is only missed at the end"),
        pytest.param("{{ 'x' * 1000000000 }}", "multiplication", id="no multiplication"),
        pytest.param("{{ 9 ** 9 ** 9 }}", "power", id="no powers"),
        pytest.param("{{ 9 // 2 }}", "division", id="no division"),
        pytest.param("{{ '%99999999d' % 1 }}", "remainder", id="no formatting"),
        pytest.param("{{ incident.title.upper() }}", "call", id="no calls"),
        pytest.param("{{ ''.__class__.__mro__ }}", "not there", id="no way out by attributes"),
        pytest.param("{{ incident.title.upper }}", "not there", id="nothing of Python's own"),
        pytest.param("{{ incident.items }}", "not there", id="nothing of a mapping's own"),
        pytest.param("{% set x = message %}", "assignment", id="no assignment"),
        pytest.param("{% include 'x' %}", "include", id="no include"),
        pytest.param("{% macro m() %}{% endmacro %}", "macro", id="no macro"),
        pytest.param("{{ message|center(999999999) }}", "filter", id="no filter that multiplies"),
        pytest.param("{{ message|replace('a', message) }}", "filter", id="no replacing"),
        pytest.param("{{ message|truncate(*incident.actions_taken) }}", "list of arguments", id="no open arguments"),
        pytest.param(
            "{% for a in incident.actions_taken %}{% for b in incident.actions_taken %}{% endfor %}{% endfor %}",
            "loop",
            id="no loop in a loop",
        ),
        pytest.param("{% for a in [1, 2] %}{% endfor %}", "loop", id="no loop over an expression"),
        pytest.param("{% for a, b in incident.actions_taken %}{% endfor %}", "one name", id="no taking apart"),
        pytest.param("{% for a in message %}{{ a }}{% endfor %}", "over a list", id="no loop over a text"),
        pytest.param("{{ incidents.title }}", "nothing is called", id="a name that is not there"),
        pytest.param("{{ self }}{{ cycler }}", "nothing is called", id="nothing of Jinja's own"),
        pytest.param("{{ incident.heading }}", "not there", id="a member that is not there"),
        pytest.param("{{ incident.heading|upper }}", "not there", id="also when something is done with it"),
        pytest.param("{{ '\\ud800' }}", "half a character", id="what can't be stored or sent"),
    ],
)
def test_a_template_that_is_not_allowed_is_refused_with_the_reason(source: str, why: str) -> None:
    with pytest.raises(BadTemplate, match=why):
        tried(source)


HOSTILE = [
    pytest.param("{{ 1|round(999999999, 'ceil') }}", id="a large power of ten"),
    pytest.param("{{ 1|round(4000000, method='floor') }}", id="with a named method"),
    pytest.param("{{ 1|round(precision=4000000, method='ceil') }}", id="with a named precision"),
    pytest.param("{{ 1|round(-999999999) }}", id="a negative one"),
    pytest.param("{{ 1|round(+999999999) }}", id="one with a sign"),
    pytest.param("{{ 1|round(1000 + 1000, 'ceil') }}", id="one that is computed"),
    pytest.param("{{ 1|round(incident.description|length, 'ceil') }}", id="one that is given"),
    pytest.param("{{ 1|round(11) }}", id="one digit too many"),
    pytest.param("{{ 1|round(2, 'up') }}", id="a method that is none"),
    pytest.param("{{ 'xxxx'|round(9, 'ceil') }}", id="a text that is rounded is repeated"),
    pytest.param("{{ [1]|round(9, 'floor') }}", id="a list likewise"),
    pytest.param("{{ '%999999999d' is odd }}", id="a text's remainder formats it"),
    pytest.param("{{ '%*d' is even }}", id="also when it is asked for even"),
    pytest.param("{{ " + "9" * 5000 + " }}", id="a number of 5 000 digits"),
    pytest.param("{{ " + "9" * 17 + " }}", id="a number of 17 digits"),
    pytest.param("{{ 0x" + "f" * 19000 + " }}", id="in hexadecimal"),
    pytest.param("{{ 1e300 }}", id="a large float"),
    pytest.param("{{ 1e9999 }}", id="an infinite one"),
    pytest.param("{{ incident" + ".a" * 3000 + " }}", id="3 000 attributes"),
    pytest.param("{{ incident" + "['a']" * 3000 + " }}", id="3 000 items"),
    pytest.param("{{ message" + "|upper" * 3000 + " }}", id="3 000 filters"),
    pytest.param("{{ message" + "|e" * 41 + " }}", id="41 filters"),
    pytest.param("{{ " + "-" * 10000 + "1 }}", id="10 000 signs"),
    pytest.param("{{ " + "not " * 4000 + "1 }}", id="4 000 times not"),
    pytest.param("{{ " + "(" * 9000 + "1" + ")" * 9000 + " }}", id="9 000 brackets"),
    pytest.param("{{ " + "[" * 9000 + "]" * 9000 + " }}", id="9 000 lists"),
    pytest.param("{{ 1" + "+1" * 9000 + " }}", id="9 000 summands"),
    pytest.param("{{ " + "1 if 1 else " * 1500 + "1 }}", id="1 500 choices"),
    pytest.param("{% if 1 %}" * 900 + "{% endif %}" * 900, id="900 branches"),
    pytest.param("{{ incident.description|trim(incident.description) }}", id="a long text cut by a long text"),
    pytest.param(
        "{% if incident.description" + "~incident.description" * 900 + " %}{% endif %}", id="texts put together unseen"
    ),
    pytest.param("{% if 'zy' in incident.description %}{% endif %}" * 400, id="texts looked through unseen"),
    pytest.param(
        "{% for a in incident.actions_taken %}"
        + "{% if incident.description|upper|lower == message %}{% endif %}" * 300
        + "{% endfor %}",
        id="texts worked on in a loop unseen",
    ),
    pytest.param(
        "{% for a in incident.actions_taken %}" + "{% if a %}{% endif %}" * 800 + "{% endfor %}", id="a long loop"
    ),
    pytest.param("{{ incident.description }}{{ incident.description }}", id="more than may be sent"),
]


@pytest.mark.parametrize("source", HOSTILE)
def test_a_template_that_would_cost_much_is_refused_at_once(source: str) -> None:
    work = Work()
    started = time.process_time()
    with pytest.raises(BadTemplate):
        render_template(source, MEMBERS, work=work)
    assert work.spent <= WORK_LIMIT + len(LONG)  # the step that went over was counted, and not made
    assert time.process_time() - started < 2  # far above what they need, far below what they would need


@pytest.mark.parametrize("field", ["subject", "text", "markdown"])
@pytest.mark.parametrize("source", HOSTILE[:20])
def test_what_is_wrong_is_said_with_the_field(source: str, field: str) -> None:
    fields = {"name": "x", "subject": "s", "text": "t"} | ({"text": ""} if field == "markdown" else {})
    faults = check(Template.model_validate(fields | {field: source}), FORMS)
    assert [pointer for pointer, _ in faults] == [f"/{field}"]


@pytest.mark.parametrize(
    "source, made",
    [
        pytest.param("{{ 3.14159|round(2) }}", "3.14", id="rounding to two digits"),
        pytest.param("{{ 1234|round(-2) }}", "1200", id="to hundreds"),
        pytest.param("{{ 2.111|round(1, 'ceil') }}", "2.2", id="rounding up"),
        pytest.param("{{ 2.19|round(method='floor') }}", "2.0", id="rounding down"),
        pytest.param("{{ '42'|int + 1 }}", "43", id="a number from a text"),
        pytest.param("{{ '9999999999999999999999'|int(7) }}", "7", id="not a huge one"),
        pytest.param("{{ 'ff'|int(0, 16) }}", "255", id="in another base"),
        pytest.param("{{ 3 is odd }} {{ 3 is even }}", "True False", id="odd and even"),
        pytest.param("{{ incident.nobody|default('-') }}{{ incident.x is defined }}", "-False", id="what is not there"),
        pytest.param("{{ '' |d('none', true) }}", "none", id="what is empty"),
        pytest.param("{{ ' a '|trim }}{{ '--a-'|trim('-') }}", "aa", id="cutting ends"),
        pytest.param("{{ 'one two three'|truncate(7) }}", "one...", id="cutting short"),
        pytest.param(
            "{% for c in incident.affected_components %}{{ loop.index }}{{ c }}{{ ',' if not loop.last }}{% endfor %}",
            "1checkout,2支払い",
            id="a choice without else",
        ),
        pytest.param(
            "{% for c in incident.affected_components %}{{ c }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "checkout, 支払い",
            id="a loop with a comma between",
        ),
        pytest.param(
            "{% for c in incident.affected_components if c != 'checkout' %}{{ c }}/{{ loop.length }}{% endfor %}",
            "支払い/1",
            id="a loop that leaves some out",
        ),
        pytest.param("{{ incident.actions_taken[0] }}{{ incident['id'] }}", "aINC-20261121-0001", id="items"),
        pytest.param(
            "{% if incident.is_over %}a{% elif update.number > 1 %}b{% else %}c{% endif %}", "c", id="branches"
        ),
        pytest.param("{{ 1 < 2 <= 2 != 3 }}", "True", id="comparing more than two"),
        pytest.param(
            "{{ message ~ '!' ~ 1 }}{{ 'a' + 'b' }}{{ 3 - 1 - 1 }}", "hello world!1ab1", id="putting together"
        ),
    ],
)
def test_what_a_template_makes(source: str, made: str) -> None:
    assert tried(source) == made


def test_what_a_template_makes_is_capped() -> None:
    source = "{% for one in incident.actions_taken %}{{ message }}{% endfor %}"
    with pytest.raises(BadTemplate, match="more than"):
        render_template(source, {"incident": {"actions_taken": ["x"] * 100}, "message": "y" * (OUTPUT_LIMIT // 50)})


def test_a_misspelled_member_is_found_when_the_template_is_stored() -> None:
    faults = check(Template(name="x", subject="{{ incident.heading }}", text="ok"), FORMS)
    assert [pointer for pointer, _ in faults] == ["/subject"]


@pytest.mark.parametrize(
    "fields, pointer",
    [
        pytest.param({}, "/text", id="no body"),
        pytest.param({"text": "a", "markdown": "b"}, "/markdown", id="two bodies"),
        pytest.param({"text": "a", "subject": "{{ message|trim|truncate(9) }}{{ '' }}"}, None, id="a fine one"),
    ],
)
def test_a_template_has_one_body(fields: dict[str, str], pointer: str | None) -> None:
    faults = check(Template.model_validate({"name": "x", "subject": "s", **fields}), FORMS)
    assert next((found for found, _ in faults), None) == pointer


NUMBERS = st.sampled_from(["0", "1", "-2", "2.5", "7", "999999999", "9" * 30, "1e300", "loop.index"])
LEAVES = st.one_of(
    NUMBERS,
    st.sampled_from(
        ["message", "incident.title", "incident.description", "incident.actions_taken", "incident.x", "incident",
         "true", "none", "''", "'%999999999d'", "'ab'", "incident.affected_components[0]", "incident['title']",
         "[1, 'a']"]
    ),
)  # fmt: skip
APPLIED = st.sampled_from(
    ["abs", "capitalize", "d", "default(0)", "e", "first", "int", "int(0, 36)", "last", "length", "lower", "round",
     "round(2)", "round(10, 'ceil')", "round(-10, 'floor')", "round(99)", "title", "trim", "trim(' x')", "truncate",
     "truncate(999999999)", "truncate(5, true, '')", "upper"]
)  # fmt: skip
ASKED = st.sampled_from(
    ["defined", "undefined", "none", "true", "string", "number", "odd", "even", "in message", "eq 1"]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, APPLIED).map(lambda it: f"({it[0]})|{it[1]}"),
        st.tuples(inner, ASKED).map(lambda it: f"({it[0]}) is {it[1]}"),
        st.tuples(inner, st.sampled_from(["+", "-", "~", "==", "<", "in", "and", "or", "*", "%", "**"]), inner).map(
            lambda it: f"({it[0]}) {it[1]} ({it[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda it: f"({it[0]}) if ({it[1]}) else ({it[2]})"),
        st.tuples(inner, NUMBERS).map(lambda it: f"({it[0]})[{it[1]}]"),
        inner.map(lambda it: f"not ({it})"),
        inner.map(lambda it: f"-({it})"),
    )


LOOP = "{% for a in incident.actions_taken %}"
EXPRESSIONS = st.recursive(LEAVES, _grown, max_leaves=12)
SOURCES = st.lists(
    st.one_of(
        EXPRESSIONS.map(lambda it: "{{ " + it + " }}"),
        EXPRESSIONS.map(lambda it: "{% if " + it + " %}yes{% else %}no{% endif %}"),
        EXPRESSIONS.map(lambda it: LOOP + "{% if " + it + " %}{{ a }}{% endif %}{% endfor %}"),
        EXPRESSIONS.map(lambda it: LOOP + "{{ " + it + " }}{% endfor %}"),
    ),
    min_size=1,
    max_size=4,
).map("".join)  # fmt: skip


@given(source=SOURCES, times=st.integers(1, 40))
@settings(max_examples=400, deadline=None)
def test_no_template_takes_more_than_its_share(source: str, times: int) -> None:
    work = Work()
    whole = (source * times)[:SOURCE_LIMIT]
    try:
        assert len(render_template(whole, MEMBERS, work=work)) <= OUTPUT_LIMIT
    except BadTemplate as error:
        assert str(error)  # noqa: PT017 - one of two ways to end
    else:
        assert work.spent <= WORK_LIMIT


def by_jinja(source: str, members: dict[str, Any]) -> str:
    """The same by Jinja's own evaluation, as far as it has bounds itself."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(members)


PLAIN = st.recursive(
    st.sampled_from(["message", "incident.title", "incident.created_at", "'a b'", "incident.id"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["upper", "lower", "title", "e", "trim", "truncate(12)", "capitalize"])).map(
            lambda it: f"(({it[0]}) ~ '')|{it[1]}"
        ),
        st.tuples(inner, st.sampled_from(["~", "and", "or", "==", "<", "in"]), inner).map(
            lambda it: f"({it[0]}) {it[1]} ({it[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda it: f"({it[0]}) if ({it[1]}) in ({it[2]}) else ({it[2]})"),
    ),
    max_leaves=6,
)
STATEMENTS = st.sampled_from(
    ["{{ (%s) }}", "{%% if (%s) %%}\n yes{%% else %%} no\n{%% endif %%}\n", "a {{- (%s) -}} b",
     "{%% for a in incident.affected_components %%}{{ loop.index }}{{ a ~ (%s) }}{%% else %%}none{%% endfor %%}"]
)  # fmt: skip


@given(st.lists(st.tuples(STATEMENTS, PLAIN).map(lambda it: it[0] % it[1]), max_size=4).map("\n".join))
@settings(max_examples=300, deadline=None)
def test_a_template_makes_what_jinja_makes_of_it(source: str) -> None:
    try:
        expected = by_jinja(source, MEMBERS)
    except TypeError:  # whether a truth value is in a text
        with pytest.raises(BadTemplate):
            tried(source)
    else:
        assert tried(source) == expected


def test_what_news_of_one_cost() -> None:
    work = Work()
    source = (
        "{{ incident.title }}\n{% for c in incident.affected_components %}- {{ c }}\n{% endfor %}"
        "{% if incident.is_over %}{{ incident.root_cause }}{% endif %}{{ message }}"
        "{{ incident.description|truncate(200) }}"
    )
    render_template(source, MEMBERS, work=work)
    assert work.spent < WORK_LIMIT / 20


def test_a_markdown_body_that_is_hard_to_read_ends_soon() -> None:
    for hard in (">" * 20_000, "* a\n1. b\n" * 2000, "[" * 20_000, "*a **a " * 2800, "`" * 20_000, "![" * 10_000):
        started = time.process_time()
        by_template(Template(name="x", subject="s", markdown=hard), News(incident=make_incident(), now=NOON), FORMS, "")
        assert time.process_time() - started < 2

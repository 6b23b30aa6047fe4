"""What comes out as Markdown and HTML is what people wrote, and nothing that runs."""

from __future__ import annotations

import cProfile
import pstats
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.postmortems.documents import DEAREST, html_document, markdown_document, people_in, to_html
from services.incident.postmortems.figures import Counted, figures_of
from services.incident.postmortems.postmortem import Postmortem
from services.incident.postmortems.sections import HEADINGS, Section
from shared.text.markdown import paragraphs, plain
from tests.unit.incident.builders import NOW, make_incident

FIGURES = figures_of(make_incident(), Counted())


def make_postmortem(text: str, title: str = "Disk is full") -> Postmortem:
    return Postmortem(
        id="PM-1",
        incident_id="INC-1",
        title=title,
        sections=dict.fromkeys(Section, text),
        created_at=NOW,
        created_by="sara",
        updated_at=NOW,
        updated_by="sara",
    )


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("<script>alert(1)</script>", id="script"),
        pytest.param("[x](javascript:alert(1))", id="script link"),
        pytest.param("[x](JaVaScRiPt&colon;alert(1))", id="script link in disguise"),
        pytest.param("![x](data:text/html;base64,PHNjcmlwdD4=)", id="data picture"),
        pytest.param("<img src=x onerror=alert(1)>", id="handler"),
        pytest.param("<iframe src='https://evil.example'></iframe>", id="frame"),
        pytest.param("<style>*{display:none}</style>", id="style"),
        pytest.param("[x]: javascript:alert(1)\n\n[x]", id="script reference"),
        pytest.param("<svg/onload=alert(1)>", id="drawing"),
        pytest.param('[x](https://a.example "onclick=alert(1)")', id="title"),
    ],
)
def test_nothing_that_runs_comes_through(hostile: str) -> None:
    page = html_document(make_postmortem(hostile, title=hostile), FIGURES, [])
    tags = re.findall(r"<[a-zA-Z/!][^>]*>", page.replace("<style>", "", 1))
    assert not [tag for tag in tags if re.match(r"</?(script|iframe|svg|object|form)", tag, re.IGNORECASE)]
    assert not [tag for tag in tags if re.search(r"\son\w+\s*=|javascript:|data:", re.sub(r'"[^"]*"', "", tag))]
    assert not re.search(r'(href|src)="(?!https?:|mailto:)', page)


@given(st.text(max_size=300))
def test_any_text_becomes_a_page_without_script(text: str) -> None:
    page = html_document(make_postmortem(text, title=text or "x"), FIGURES, [])
    assert "<script" not in page.lower()
    assert page.count("<h1 ") == 1


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=80))
def test_a_title_or_a_line_reads_on_the_page_as_it_was_written(text: str) -> None:
    words = " ".join(text.split())
    shown = re.sub(r"<[^>]*>", "", to_html(plain(text)))
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&nbsp;", "\xa0"), ("&amp;", "&")):
        shown = shown.replace(entity, sign)
    assert " ".join(shown.split()) == words


@pytest.mark.parametrize(
    "text", ["[FIRING] pool_size of db-1 is 97 %", "نرخ خطا بالاست", "ディスクがいっぱい", "a - b"]
)
def test_what_needs_no_escape_has_none(text: str) -> None:
    assert plain(text) == text


def test_every_section_stands_under_its_heading_in_order() -> None:
    text = markdown_document(make_postmortem("Words."), FIGURES, [])
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == list(HEADINGS.values())


def test_blocks_find_their_own_direction_and_headings_stay_below_the_page() -> None:
    html = to_html("# نتیجه\n\n- یک\n\n| a | ب |\n| --- | --- |\n| 1 | ۲ |")
    assert '<h3 dir="auto">' in html
    assert '<ul dir="rtl">' in html
    assert '<li dir="auto">' in html
    assert '<td dir="auto">' in html


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param(">\n\n", id="quotes"),
        pytest.param("* a\n1. b\n", id="lists of two kinds in turn"),
        pytest.param("> > - 1. a\n", id="quotes of lists"),
        pytest.param("|a|b|\n|-|-|\n\n", id="tables"),
    ],
)
def test_the_work_on_a_section_grows_as_its_text_does(unit: str) -> None:
    """Counted in calls, not in seconds: what else runs on the machine does not matter."""
    text = unit * (30_000 // len(unit))
    once, twice = calls_of(lambda: to_html(text)), calls_of(lambda: to_html(text * 2))
    assert twice < 2.5 * once


def calls_of(work: Callable[[], object]) -> int:
    profile = cProfile.Profile()
    profile.runcall(work)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def test_what_is_too_dear_to_render_stands_as_it_was_written() -> None:
    first, *others = html_document(make_postmortem("|a\n" * (DEAREST // 4)), FIGURES, []).split("<h2>")[1:]
    assert '<p dir="auto">|a<br>' in first
    assert all('<pre dir="auto">|a' in other for other in others)
    assert "<pre" not in html_document(make_postmortem("> words\n\n" * 500), FIGURES, [])


def test_lines_stay_lines() -> None:
    assert paragraphs("first\nsecond\r\n\n\nthird\n---\n==\n|-|-|") == ("first\nsecond\n\nthird\n\\---\n\\==\n\\|-|-|")
    assert to_html(paragraphs("first\nsecond\n==")) == '<p dir="auto">first<br>\nsecond<br>\n==</p>\n'


def test_people_are_called_by_their_names() -> None:
    postmortem = make_postmortem("@sara told @ali-2, @gone.")
    assert {"sara", "ali-2", "gone"} <= people_in(postmortem, [])
    names = {"sara": "Sara *Ahmadi*", "ali-2": "علی"}
    assert "Sara \\*Ahmadi\\* told علی, @gone." in markdown_document(postmortem, FIGURES, [], names)
    assert "Sara *Ahmadi* told علی, @gone." in html_document(postmortem, FIGURES, [], names)

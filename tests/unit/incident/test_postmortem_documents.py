"""What comes out as Markdown and HTML is what people wrote, and nothing that runs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.learning.documents import html_document, markdown_document, to_html
from services.incident.learning.figures import Counted, figures_of
from services.incident.learning.markdown import plain
from services.incident.learning.postmortem import Postmortem
from services.incident.learning.sections import HEADINGS, Section
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

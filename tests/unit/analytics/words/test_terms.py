"""The terms of a text: one form for what people write in many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.words.terms import Kind, terms_of

pytestmark = pytest.mark.unit


def texts(text: str, *kinds: Kind) -> set[str]:
    return {one.text for one in terms_of(text) if not kinds or one.kind in kinds}


@pytest.mark.parametrize(
    "one,other",
    [
        pytest.param("Connection Refused", "connections refused", id="case and plural"),
        pytest.param("ＤＢ　ｐｏｏｌ", "db pool", id="full width"),
        pytest.param("naïve façade", "naive facade", id="accents"),
        pytest.param("سرور كند مي شود", "سرور کند می‌شود", id="arabic yeh and kaf, space for half-space"),
        pytest.param("خطای ۵۰۳", "خطای 503", id="persian digits"),
        pytest.param("خطای ٥٠٣", "خطاي 503", id="arabic digits"),
        pytest.param("سرور‌ها", "سرورها", id="plural with a half-space and without"),
        pytest.param("سرور ها", "سرورها", id="plural with a space"),
        pytest.param("خطای اتصال", "خطا اتصال", id="a yeh that links after alef"),
        pytest.param("خطائی", "خطا", id="a yeh that says some, with hamza"),
        pytest.param("خطا‌ی اتصال", "خطایی اتصال", id="a yeh behind a half-space"),
        pytest.param("گفتگوی کاربر", "گفتگو کاربر", id="a yeh that links after vav"),
        pytest.param("برنامه‌ی پرداخت", "برنامه پرداخت", id="a yeh that links after he"),
        pytest.param("برنامۀ پرداخت", "برنامه ی پرداخت", id="a mark that links after he"),
        pytest.param("خطاهای اتصال", "خطای اتصال", id="many, and linked"),
        pytest.param("مُتَوَقِّف", "متوقف", id="vowel marks"),
        pytest.param("サーバー", "サーバ", id="long vowel"),
        pytest.param("ｻｰﾊﾞｰ", "サーバー", id="half-width kana"),
        pytest.param("メモリ", "めもり", id="katakana and hiragana"),
        pytest.param("キャッシュ", "キヤツシユ", id="small kana"),
    ],
)
def test_what_is_written_in_two_ways_has_the_same_terms(one: str, other: str) -> None:
    own = (Kind.WORD, Kind.NUMBER, Kind.PAIR)
    assert texts(one, *own) == texts(other, *own)


@pytest.mark.parametrize(
    "one,other",
    [
        pytest.param("database", "db", id="short form"),
        pytest.param("the host ran out of memory", "OOMKilled", id="a phrase and its abbreviation"),
        pytest.param("k8s", "Kubernetes", id="numeronym"),
        pytest.param("5xx", "503", id="a class of codes"),
        pytest.param("データベース障害", "database", id="japanese and english"),
        pytest.param("پایگاه داده", "DB", id="persian and english"),
        pytest.param("پایگاه‌داده", "データベース", id="persian with a half-space and japanese"),
        pytest.param("پایگاهداده", "دیتابیس", id="two words written as one"),
    ],
)
def test_two_names_of_one_thing_share_a_concept(one: str, other: str) -> None:
    assert texts(one, Kind.CONCEPT) & texts(other, Kind.CONCEPT)


@pytest.mark.parametrize("word", ["قوی", "رای", "چای", "گواهی", "کندی"])
def test_a_yeh_that_belongs_to_a_word_stays(word: str) -> None:
    assert texts(word, Kind.WORD) == {word}


def test_neighbours_are_also_one_word() -> None:
    assert texts("log in", Kind.JOINED) & texts("login", Kind.WORD)
    assert texts("پایگاه داده", Kind.JOINED) & texts("پایگاهداده", Kind.WORD)
    assert not texts("out of order", Kind.JOINED), "grammar stood between them"


def test_kanji_around_an_ending_are_found_without_it() -> None:
    assert texts("切り替え") & texts("切替")


def test_a_name_inside_a_longer_word_is_no_name() -> None:
    assert "§lock" not in texts("ブロックされた")
    assert "§slow" not in texts("سرور درخواست را ثبت می‌کند")
    assert "§slow" in texts("سرور کند است")


def test_identifiers_come_apart() -> None:
    assert {"found", "error"} <= texts("ModuleNotFoundError")
    assert {"payment", "db", "1"} <= texts("payments_db-1")
    assert "x509" in texts("x509")


def test_grammar_alone_is_kept() -> None:
    assert texts("what is this", Kind.WORD) == {"what", "is", "this"}
    assert terms_of(" ,;— ") == ()


@given(st.text(max_size=300))
def test_any_text_has_terms_that_stand_in_it(text: str) -> None:
    for term in terms_of(text):
        assert 0 <= term.start < term.end <= len(text)
        assert term.text
        assert not any(letter.isspace() for letter in term.text)


@given(st.text(alphabet="aA1 ーアﾊﾞﾟ؀ي\u200cءَー一_ｶ\u0300", max_size=40))
def test_marks_and_half_letters_break_nothing(text: str) -> None:
    assert all(term.text for term in terms_of(text))

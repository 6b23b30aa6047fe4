from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.members.values import is_address, is_amount, is_random_id, is_status_word, steady_text

pytestmark = pytest.mark.unit

UUID = "2f1b8c1e-8a0e-4c59-9d0f-0c2f6f1f7a11"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-29T12:00:00.123Z",
        "2026-11-29 12:00:00 +0100",
        "2026-11-29",
        "29.11.2026 12:00",
        "29/11/26 12:00:00",
        "Sun, 29 Nov 2026 12:13:02 +0000",
        "Nov 29 12:13:02",
        "Sun Nov 29 12:13:02 2026",
        "12:13",
        "1795953600",
        "1795953600123",
        UUID,
        "97 %",
        "3.5 GB",
        "450ms",
        "97.25",
        "-1.5e3",
        "5m 3s",
        "",
        "  ",
    ],
)
def test_a_time_a_drawn_id_and_an_amount_say_nothing(text: str) -> None:
    assert steady_text(text) == ""


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("cpu is 97 % since 12:00:01", "cpu is 3.5 % since 12:07:59", True),
        ("at 2026-11-29T12:00:00Z: down", "at 2026-11-30T01:00:00Z: down", True),
        (f"request {UUID} failed", f"request {UUID.replace('2', '3')} failed", True),
        ("https://x/d?from=1795953600000", "https://x/d?from=1795953999000", True),
        ("disk full on h1", "disk full on h2", False),
        ("shard 3 is red", "shard 4 is red", False),
        ("10.0.0.1 is down", "10.0.0.2 is down", False),
        ("10.0.0.1:80 is down", "10.0.0.1:81 is down", False),
        ("version 1.2.34", "version 1.2.35", False),
        ("00:1a:2b:3c:4d:5e", "00:1a:2b:3c:4d:5f", False),
        ("00:11:22:33:44:55", "00:11:22:33:44:56", False),
        ("2001:db8:12:34::1", "2001:db8:12:35::1", False),
        ("arn:aws:sns:eu-west-1:123456789012:a", "arn:aws:sns:eu-west-1:123456789013:a", False),
    ],
)
def test_what_changes_by_itself_is_passed_over_inside_a_text(one: str, other: str, same: bool) -> None:
    assert steady_text(one)
    assert (steady_text(one) == steady_text(other)) is same


def test_what_names_something_that_lasts_keeps_its_id() -> None:
    assert steady_text(UUID, lasts=True) == UUID
    assert steady_text("1.2", lasts=True) == "1.2"


def test_forms() -> None:
    assert [is_status_word(text) for text in ("DOWN", " ok ", "down the road", "")] == [True, True, False, False]
    assert [is_address(text) for text in ("https://a/b?c", "arn:aws:x", "a b", "note: x")] == [True, True, False, False]
    assert [is_random_id(text) for text in (UUID, "evt_0123456789abcdef", "01HF8Z3YQ2M5V7K9B4N6C8D0EF")] == [True] * 3
    assert [is_random_id(text) for text in ("db-cpu-high", "i-1", "evt_1", "")] == [False] * 4
    assert [is_amount(text) for text in ("97", "97.3", "-3 %", "12 requests")] == [True] * 4
    assert [is_amount(text) for text in ("h1", "two", "")] == [False] * 3


@given(st.text("abcXYZ äß日本 \n:-.,/%☃"))
def test_a_text_without_digits_stays_as_it_is(text: str) -> None:
    assert steady_text(text) == (text if text.strip() else "")


@given(st.text("0123456789:-./ %ZT+hmsJan", max_size=200))
def test_nothing_raises_and_nothing_grows(text: str) -> None:
    assert len(steady_text(text)) <= len(text)

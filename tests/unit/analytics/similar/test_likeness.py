"""When two incidents are alike enough to tell people unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.labelled.asking import fill_index, measure_hints
from bench.labelled.making import make_followups, make_incidents
from services.analytics.search.entry import Entry, EntryKind
from services.analytics.search.index import SearchIndex
from services.analytics.similar.likeness import Likeness, compare, reason_of

pytestmark = pytest.mark.unit


def incident(title: str, *, service: str = "shop", alerts: tuple[str, ...] = ()) -> Entry:
    return Entry("id", EntryKind.INCIDENT, title, names=[service], service_id=service, alert_keys=alerts)


def alike(one: Entry, other: Entry) -> Likeness:
    return compare(one, other, lambda _: 1.0)


@pytest.mark.parametrize(
    "one,other,enough",
    [
        pytest.param("Disk of shop-1 full", "Disk of shop-7 full", True, id="another machine"),
        pytest.param("High memory usage", "High disk usage", False, id="one word exchanged"),
        pytest.param("API returns 500 errors", "API returns 404 errors", False, id="another code"),
        pytest.param("Login failures", "Payment failures", False, id="another subject"),
        pytest.param("Connection pool of shop exhausted", "connection pools exhasted", True, id="brief, with a fault"),
        pytest.param("メモリ使用率が高い", "ディスク使用率が高い", False, id="japanese, exchanged"),
        pytest.param("メモリの使用率が高い", "メモリ使用率が高い", True, id="japanese, one particle"),
        pytest.param("مصرف بالای حافظه", "مصرف بالای پردازنده", False, id="persian, exchanged"),
        pytest.param("قطع شدن اتصال به صف", "قطع شدن اتصال به صف", True, id="persian, the same"),
        pytest.param("x", "y", False, id="nothing"),
        pytest.param("", "", False, id="empty"),
    ],
)
def test_titles_are_alike_when_neither_says_something_else(one: str, other: str, enough: bool) -> None:
    assert alike(incident(one), incident(other)).is_enough is enough
    assert alike(incident(other), incident(one)).is_enough is enough


def test_the_name_of_a_service_is_no_subject() -> None:
    one = incident("payments: خطای پرداخت", service="payments")
    other = incident("payments: خطای احراز هویت", service="payments")
    assert not alike(one, other).is_enough


def test_the_same_alert_counts_more_than_words() -> None:
    one, other = (
        incident("Pool busy on node a", alerts=("k1",)),
        incident("Pool busy again, writes fail", alerts=("k0", "k1")),
    )
    assert alike(one, other).same_alert
    assert alike(one, other).score >= 0.9
    assert reason_of(alike(one, other)).startswith("same alert key, same service and ")


def test_the_reason_says_how_many_words() -> None:
    assert reason_of(Likeness(0.5, 0.5, 0.0, same_alert=False, same_service=True, words=7, words_of=9)) == (
        "same service and 7 of 9 words"
    )
    assert (
        reason_of(Likeness(0.5, 0.5, 0.0, same_alert=False, same_service=False, words=2, words_of=3)) == "2 of 3 words"
    )


def test_nine_of_ten_hints_are_right(tmp_path: Path) -> None:
    incidents = [one for one in make_incidents(seed=11, each=3) if one.family % 20 % 3 != 2]
    index = SearchIndex(tmp_path)
    fill_index(index, incidents)
    found = measure_hints(index, incidents, make_followups(seed=12, incidents=incidents, count=120))
    print(found)
    assert found.right >= 0.9 * found.shown
    assert found.shown >= found.possible / 2, "and they are not so few that nobody sees one"

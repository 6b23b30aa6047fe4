"""How long a copy of a public page may be shown."""

from __future__ import annotations

import pytest

from services.gateway.public_pages.freshness import LARGEST, Lifetime, Use, is_known, lifetime_of, select_query, use_of

LIFETIME = Lifetime(fresh=1, renewing=2, failing=10)


@pytest.mark.parametrize(
    "status, said, size, lifetime",
    [
        pytest.param(
            200,
            b"public, max-age=1, stale-while-revalidate=2, stale-if-error=10",
            9,
            LIFETIME,
            id="what may be kept",
        ),
        pytest.param(200, b"public, max-age=1", 9, Lifetime(1, 0, 0), id="no word about failures"),
        pytest.param(404, b"public, max-age=1", 9, None, id="what is not there"),
        pytest.param(200, b"private, max-age=1", 9, None, id="what is somebody's"),
        pytest.param(200, b"public, no-store", 9, None, id="what must not be stored"),
        pytest.param(200, b"max-age=9", 9, None, id="what is not said to be public"),
        pytest.param(200, b"public, max-age=1", LARGEST + 1, None, id="what is too large"),
    ],
)
def test_an_answer_is_kept_as_its_service_allows(
    status: int, said: bytes, size: int, lifetime: Lifetime | None
) -> None:
    assert lifetime_of(status, [(b"cache-control", said)], size) == lifetime


def test_what_sets_a_cookie_is_for_one_reader() -> None:
    headers = [(b"cache-control", b"public, max-age=1"), (b"set-cookie", b"a=b")]
    assert lifetime_of(200, headers, 1) is None


@pytest.mark.parametrize(
    "age, use",
    [
        pytest.param(0.9, Use.SHOW, id="fresh"),
        pytest.param(1.0, Use.SHOW_AND_RENEW, id="just stale"),
        pytest.param(3.0, Use.ASK, id="stale"),
        pytest.param(12.9, Use.ASK, id="as long as it may stand in"),
        pytest.param(13.0, Use.FORGET, id="too old for anything"),
    ],
)
def test_a_copy_is_used_by_its_age(age: float, use: Use) -> None:
    assert use_of(LIFETIME, age) is use


@pytest.mark.parametrize(
    "query, shown",
    [
        pytest.param(b"page=2", b"page=2", id="a leaf of the history"),
        pytest.param(b"utm_source=x", b"", id="anything else"),
        pytest.param(b"page=2&x=1", b"", id="anything beside it"),
        pytest.param(b"page=99999", b"", id="a leaf that can't be"),
    ],
)
def test_only_what_a_page_reads_makes_a_copy_of_its_own(query: bytes, shown: bytes) -> None:
    assert select_query(query) == shown


@pytest.mark.parametrize(
    "header, known",
    [
        pytest.param(b'"a"', True, id="the tag"),
        pytest.param(b'W/"a", "b"', True, id="a weak one among others"),
        pytest.param(b"*", True, id="any"),
        pytest.param(b'"b"', False, id="another one"),
    ],
)
def test_a_reader_who_has_the_answer_is_known(header: bytes, known: bool) -> None:
    assert is_known([(b"if-none-match", header)], b'"a"') is known

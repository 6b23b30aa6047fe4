"""`If-Match` names the version that the caller saw."""

from __future__ import annotations

import pytest

from shared.problem import Problem
from shared.web.versions import check_version, etag, expected_version, is_known


@pytest.mark.parametrize(
    "header, version",
    [
        pytest.param(None, None, id="none"),
        pytest.param("*", None, id="any"),
        pytest.param('"3"', 3, id="an entity tag"),
        pytest.param(' W/"12" ', 12, id="a weak one"),
        pytest.param("7", 7, id="without quotes"),
    ],
)
def test_a_version_is_read(header: str | None, version: int | None) -> None:
    assert expected_version(header) == version


@pytest.mark.parametrize("header", ["", '""', "abc", '"-1"', '"1", "2"', "١٢", "9" * 19, "1.5"])
def test_what_is_no_version_of_ours_is_malformed(header: str) -> None:
    with pytest.raises(Problem) as refused:
        expected_version(header)
    assert refused.value.status == 400


def test_a_tag_comes_back_as_its_version() -> None:
    assert expected_version(etag(41)) == 41


def test_only_another_version_is_a_conflict() -> None:
    check_version(None, 5)
    check_version(5, 5)
    with pytest.raises(Problem) as refused:
        check_version(4, 5)
    assert (refused.value.status, refused.value.body()["version"]) == (412, 5)


def test_a_reader_who_has_an_answer_is_known() -> None:
    assert is_known('W/"a", "b"', '"a"')
    assert not is_known('"b"', '"a"')
    assert not is_known(None, '"a"')

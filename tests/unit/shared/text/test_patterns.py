"""People's patterns: what is one, and that none of them takes long."""

from __future__ import annotations

import time

import pytest

from shared.text.patterns import LONGEST_PATTERN, LONGEST_TEXT, is_found, require_pattern

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "pattern, text, found",
    [
        pytest.param("(?i)disk.*full", "the Disk is FULL", True, id="anywhere, in any case"),
        pytest.param("^disk", "the disk", False, id="anchored"),
        pytest.param("ディスク", "本番ディスクが満杯", True, id="Japanese"),
        pytest.param("دیسک", "دیسک پر است", True, id="Persian"),
        pytest.param("", "anything", True, id="the empty pattern"),
        pytest.param("end$", "x" * LONGEST_TEXT + "end", False, id="beyond what is looked at"),
    ],
)
def test_a_pattern_is_looked_for_in_the_beginning_of_a_text(pattern: str, text: str, found: bool) -> None:
    assert is_found(pattern, text) is found


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("(a", id="unbalanced"),
        pytest.param("(?=a)", id="a lookahead, which RE2 has not"),
        pytest.param(r"(a)\1", id="a back reference"),
        pytest.param("(a{1,1000}){1,1000}", id="too many repetitions"),
        pytest.param("a" * (LONGEST_PATTERN + 1), id="too long"),
        pytest.param("((((x{100}){10}){10}){10}", id="too much memory"),
        pytest.param("\ud800", id="half a pair of surrogates"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|characters"):
        require_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(x+x+)+y", "([a-z]+)*[0-9]", "(.*){10}z"])
def test_a_pattern_that_would_hang_python_takes_no_time(pattern: str) -> None:
    began = time.process_time()
    is_found(require_pattern(pattern), "ax" * 5000)
    assert time.process_time() - began < 0.25

"""Plain selectors and what they select, and what is made of a Prometheus' answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.prediction_rules.answer import MOST_SERIES, read_answer
from services.analytics.prediction_rules.rule import KeptRule, Rule
from services.analytics.prediction_rules.selector import read_selector

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "query, selects",
    [
        pytest.param("node_memory", True, id="by its name"),
        pytest.param(' node_memory { job = "node" } ', True, id="by a label"),
        pytest.param('node_memory{job="node",instance="db-1"}', True, id="by its host"),
        pytest.param('node_memory{host=~"db-.*",}', True, id="by a pattern"),
        pytest.param('{__name__=~"node_.*",job!="x"}', True, id="by a pattern of its name"),
        pytest.param('node_memory{mode=""}', True, id="a label that it has not"),
        pytest.param('node_memory{job!~"no.*"}', False, id="not by a pattern"),
        pytest.param('node_memory{job="other"}', False, id="another label"),
        pytest.param("node_cpu", False, id="another name"),
        pytest.param('node_memory{job=~"("}', False, id="no pattern"),
    ],
)
def test_a_selector_selects_as_prometheus_does(query: str, selects: bool) -> None:
    selector = read_selector(query)
    assert selector is not None
    assert selector.selects("db-1", 'node_memory{job="node"}') is selects


@pytest.mark.parametrize(
    "query", ["a / b", "rate(a[5m])", "a{", 'a{b="c}', "a{b}", 'a{b="c" d="e"}', "1a", "", "{", "a[5m]", 'a{b="c"} > 1']
)
def test_other_expressions_are_no_selectors(query: str) -> None:
    assert read_selector(query) is None


@given(st.text(max_size=60))
def test_any_text_is_a_selector_or_none(text: str) -> None:
    selector = read_selector(text)
    assert selector is None or isinstance(selector.selects("h", "m"), bool)


KEPT = KeptRule("r", 1, Rule(name="r", query="q", limit=90))


def answer(*result: Any, **fields: Any) -> bytes:
    return json.dumps(
        {"status": "success", "data": {"resultType": "matrix", "result": list(result)}, **fields}
    ).encode()


def test_an_answer_is_series_with_the_rules_limit() -> None:
    polled = read_answer(
        answer(
            {
                "metric": {"__name__": "m", "instance": "i", "b": "1"},
                "values": [[1790000000, "1.5"], [1790000015, "NaN"]],
            }
        ),
        KEPT,
        "payments",
    )
    (one,) = polled.samples
    assert (one.host, one.metric, one.service_id, list(one.points)) == (
        "i", 'm{b="1"}', "payments", [(1_790_000_000_000, 1.5)],
    )  # fmt: skip
    assert one.limit is not None
    assert (one.limit.value, polled.problem) == (90, "")


@pytest.mark.parametrize(
    "body, says",
    [
        pytest.param(b"<html>", "none of Prometheus'", id="no JSON"),
        pytest.param(b"[]", "none of Prometheus'", id="no object"),
        pytest.param(
            b'{"status": "error", "errorType": "bad_data", "error": "parse error"}', "bad_data: parse", id="error"
        ),
        pytest.param(b'{"status": "success", "data": {"resultType": "scalar"}}', "no series", id="a number"),
        pytest.param(answer({"metric": {}, "values": [["x", "y"]]}), "none of Prometheus'", id="no numbers"),
    ],
)
def test_a_bad_answer_is_told(body: bytes, says: str) -> None:
    polled = read_answer(body, KEPT, None)
    assert polled.samples == []
    assert says in polled.problem


def test_of_too_many_series_the_first_are_taken() -> None:
    many = [{"metric": {"__name__": f"m{place}"}, "values": [[1790000000, "1"]]} for place in range(MOST_SERIES + 1)]
    polled = read_answer(answer(*many), KEPT, None)
    assert len(polled.samples) == MOST_SERIES
    assert f"{MOST_SERIES + 1} series" in polled.problem

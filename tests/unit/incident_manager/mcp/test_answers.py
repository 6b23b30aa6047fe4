import pytest

from incident_manager.mcp.answers import LONGEST_TEXT, OUTSIDE, brief, plain, whole
from incident_manager.mcp.callers import key_in
from incident_manager.mcp.found import tell_found
from incident_manager.mcp.server import find_tools

INCIDENT = {
    "id": "INC-1", "status": "triggered", "severity": "high", "title": "t", "description": "d" * 5000,
    "affected_components": ["db"], "root_cause": "", "assignees": [], "sla": {"response": {"state": "met"}},
    "roles": [{"role": "scribe", "user_id": "u", "ended_at": None}, {"role": "x", "user_id": "v", "ended_at": "now"}],
}  # fmt: skip
FREE_TEXT = {"title", "description", "impact", "root_cause", "affected_components", "actions_taken"}


def test_free_text_stands_only_where_it_is_known_to_be_others() -> None:
    told = whole(INCIDENT, "http://g")
    assert not FREE_TEXT & set(told)
    assert set(told[OUTSIDE]) == {"title", "description", "affected_components"}
    assert set(brief(INCIDENT, "http://g")) == {"id", "status", "severity", "url", OUTSIDE}


def test_what_is_long_is_cut_and_says_so() -> None:
    text = whole(INCIDENT, "http://g")[OUTSIDE]["description"]
    assert len(text) < LONGEST_TEXT + 50
    assert "4000 characters more" in text


@pytest.mark.parametrize(
    "text, shown",
    [
        pytest.param("a\u200bb\u202ec", "abc", id="what nobody sees"),
        pytest.param("a\U000e0049\U000e0067b", "ab", id="tags"),
        pytest.param("a\x1b[2J\x00", "a[2J", id="what terminals obey"),
        pytest.param("می\u200cرود", "می\u200cرود", id="a half-space"),
        pytest.param("接続\nエラー", "接続\nエラー", id="lines"),
        pytest.param("\ud800", "", id="half a surrogate pair"),
    ],
)
def test_what_can_t_be_seen_is_taken_out(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    "header, key",
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("Basic abc", None),
        ("Bearer", None),
        ("Bearer a b", None),
        ("", None),
    ],
)
def test_a_call_s_key_is_that_of_its_own_header(header: str, key: str | None) -> None:
    assert key_in({"authorization": header}) == key


def test_tools_have_names_of_their_own_and_writes_are_marked() -> None:
    tools = find_tools()
    assert len({tool.name for tool in tools}) == len(tools)
    assert {tool.name for tool in tools if tool.is_write} == {
        "acknowledge_incident", "add_timeline_note", "draft_status_update", "set_severity",
    }  # fmt: skip
    assert not any(tool.is_destructive for tool in tools if not tool.is_write)


def test_results_of_a_search_keep_their_solutions_apart() -> None:
    (one,) = tell_found({"items": [{"id": "INC-1", "kind": "incident", "title": "t", "solution": "s"}]}, "u")["items"]
    assert (one["url"], one[OUTSIDE]) == ("u/incidents/INC-1", {"title": "t", "solution": "s"})

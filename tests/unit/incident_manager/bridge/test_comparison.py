from collections import Counter
from typing import Any

import pytest

from incident_manager.bridge.comparison import Findings, check_incidents, compare_months
from incident_manager.bridge.error_row import read_error, to_incident

ERROR = read_error({"timestamp": "2025-01-04T03:02:01.5", "error_type": "E", "message": "m"})


def incident(**more: Any) -> dict[str, Any]:
    return {"id": "INC-20250104-0001", "imported": True, "service_id": None} | to_incident(ERROR) | more


def checked(*incidents: dict[str, Any]) -> tuple[Findings, Counter[tuple[str, str]]]:
    findings = Findings()
    return findings, check_incidents(incidents, {"payments"}, {"sara"}, findings)


def test_all_holds_where_nothing_is_missing() -> None:
    findings, found = checked(incident())
    compare_months([ERROR], found, findings)
    assert (findings.wrong, findings.notes, findings.as_json()["holds"]) == ([], [], True)
    assert findings.months == [{"month": "2025-01", "source": 1, "there": 1}]


@pytest.mark.parametrize(
    "more, words",
    [
        pytest.param(
            {"resolved_at": "2025-01-03T00:00:00Z"}, "resolved_at is before created_at", id="an end too early"
        ),
        pytest.param({"merged_into": "INC-1"}, "INC-1, which is not there", id="merged into nothing"),
        pytest.param({"merged_from": ["INC-2"]}, "INC-2, which is not there", id="merged from nothing"),
    ],
)
def test_what_contradicts_itself_is_a_finding(more: dict[str, Any], words: str) -> None:
    findings, _ = checked(incident(**more))
    assert words in findings.wrong[0][1]


def test_the_same_id_twice_is_a_finding() -> None:
    findings, _ = checked(incident(), incident())
    assert findings.wrong == [("INC-20250104-0001", "the id is there twice")]


def test_words_that_lead_nowhere_are_notes() -> None:
    findings, _ = checked(incident(service_id="gone", assignees=["ghost", "sara"]))
    assert findings.wrong == []
    assert [detail for _, detail in findings.notes] == ["there is no service 'gone'", "there is no person 'ghost'"]


def test_each_error_of_the_source_must_be_there_as_often_as_it_is_said() -> None:
    findings, found = checked(incident(), incident(id="INC-20250104-0002"))
    compare_months([ERROR, ERROR, ERROR, (7, "no time")], found, findings)
    assert findings.wrong == [("line 7", "no time"), ("2025-01", "1 of 3 errors of the source are not there")]


def test_what_was_not_imported_is_no_error_of_the_source() -> None:
    findings, found = checked(incident(imported=False))
    compare_months([ERROR], found, findings)
    assert findings.wrong != []

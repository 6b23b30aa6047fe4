"""Parameters: types, defaults out of the incident and its alert, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from services.automation.runbooks.parameter import Parameter, parameter_faults, resolve, with_parameters
from services.automation.values.values import MASK, Root, Values

pytestmark = pytest.mark.unit

VALUES = (
    Values().with_all(Root.INCIDENT, {"service_id": "payments"}).with_all(Root.ALERT, {"labels.host": "db-1; rm -rf /"})
)


def parameter(**fields: Any) -> Parameter:
    return Parameter(**{"name": "path", **fields})


def resolved(*parameters: Parameter, **given: Any) -> dict[str, str]:
    found = resolve(parameters, given, VALUES, lambda sealed: f"opened {sealed}")
    assert found.faults == []
    return dict(found.texts)


def pointers(*parameters: Parameter, **given: Any) -> list[str]:
    return [pointer for pointer, _ in resolve(parameters, given, VALUES, lambda sealed: sealed).faults]


def test_what_is_given_counts_before_the_default() -> None:
    assert resolved(parameter(default="/tmp")) == {"path": "/tmp"}
    assert resolved(parameter(default="/tmp"), path="/var") == {"path": "/var"}
    assert resolved(parameter(default="/tmp"), path=None) == {"path": "/tmp"}


def test_a_default_is_filled_in_from_the_incident_and_its_alert_as_a_value() -> None:
    assert resolved(parameter(default="{{ alert.labels.host }}")) == {"path": "db-1; rm -rf /"}
    assert resolved(parameter(default="of {{ incident.service_id }}")) == {"path": "of payments"}
    assert pointers(parameter(default="{{ alert.labels.zone }}")) == ["/parameters/path"]


@pytest.mark.parametrize(
    "type, given, text",
    [
        ("integer", 7, "7"),
        ("integer", "-7", "-7"),
        ("number", 0.5, "0.5"),
        ("number", "1e3", "1e3"),
        ("boolean", True, "true"),
        ("boolean", "false", "false"),
        ("string", 7, "7"),
        ("secret", "s3cret", "s3cret"),
    ],
)
def test_a_value_that_reads_as_its_type_is_taken(type: str, given: Any, text: str) -> None:
    assert resolved(parameter(type=type), path=given) == {"path": text}


@pytest.mark.parametrize(
    "type, given",
    [
        ("integer", "seven"),
        ("integer", 0.5),
        ("integer", "1_000"),
        ("number", "nan"),
        ("number", "9" * 41),
        ("boolean", "yes"),
        ("string", "a\x00b"),
        ("string", "\ud800"),
        ("string", "x" * 8193),
    ],
)
def test_a_value_that_does_not_is_a_fault_at_its_name(type: str, given: Any) -> None:
    assert pointers(parameter(type=type), path=given) == ["/parameters/path"]


def test_a_value_that_nobody_said_and_one_that_nobody_asked_for_are_faults() -> None:
    assert pointers(parameter()) == ["/parameters/path"]
    assert pointers(**{"a/b": "1"}) == ["/parameters/a~1b"]


def test_only_choices_are_taken_where_there_are_any() -> None:
    assert pointers(parameter(choices=["a", "b"]), path="c") == ["/parameters/path"]
    assert resolved(parameter(choices=["a", "b"]), path="b") == {"path": "b"}


def test_a_secret_comes_out_of_its_seal_and_is_masked_where_it_is_shown() -> None:
    secret = parameter(type="secret", sealed="abc")
    texts = resolved(secret)
    assert texts == {"path": "opened abc"}
    assert with_parameters(VALUES, [secret], texts).masked().find("parameters.path") == MASK


@pytest.mark.parametrize(
    "fields, pointer",
    [
        ({"name": "PATH"}, "/parameters/0/name"),
        ({"name": "LD_PRELOAD"}, "/parameters/0/name"),
        ({"name": "PYTHONPATH"}, "/parameters/0/name"),
        ({"name": "BASH_ENV"}, "/parameters/0/name"),
        ({"default": "x", "type": "integer"}, "/parameters/0/default"),
        ({"default": "{{ parameters.other }}"}, "/parameters/0/default"),
        ({"default": "{{ incident.id }}", "type": "secret"}, "/parameters/0/default"),
        ({"choices": ["x"], "type": "integer"}, "/parameters/0/choices/0"),
        ({"choices": ["x"], "default": "y"}, "/parameters/0/default"),
    ],
)
def test_what_can_be_no_parameter_is_refused_when_it_is_written(fields: dict[str, Any], pointer: str) -> None:
    assert [at for at, _ in parameter_faults([parameter(**fields)])] == [pointer]


def test_two_of_one_name_are_refused() -> None:
    assert [at for at, _ in parameter_faults([parameter(), parameter()])] == ["/parameters/1/name"]

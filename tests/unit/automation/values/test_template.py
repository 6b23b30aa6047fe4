"""Templates: one value a place, encoded for where it stands, and never read again."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.automation.values.template import NoValue, faults_of, names_in, render
from services.automation.values.values import MASK, Root, Values

pytestmark = pytest.mark.unit

VALUES = Values().with_all(Root.INCIDENT, {"title": "Disk", "service_id": "payments"})
VALUES = VALUES.with_all(Root.ALERT, {"labels.host": "db-1", "labels.k8s.io/name": "pod"})
VALUES = VALUES.with_all(Root.PARAMETERS, {"path": "/tmp", "token": "s3cret"}, ["token"])


@pytest.mark.parametrize(
    "template, text",
    [
        ("{{ incident.title }} on {{alert.labels.host}}", "Disk on db-1"),
        ("{{ alert.labels.k8s.io/name }}", "pod"),
        ("{{ parameters.path }}", "/tmp"),
        ("nothing, { nor } {", "nothing, { nor } {"),
    ],
)
def test_each_place_is_filled_in(template: str, text: str) -> None:
    assert faults_of(template, ["path"]) == []
    assert render(template, VALUES) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ incident.nothing }}",
        "{{ parameters.other }}",
        "{{ 7 * 7 }}",
        "{{ incident.title | upper }}",
        "{{}}",
        "{{.Names}}",
        "{{ incident.{title} }}",
        "{{ " + "x" * 1200 + " }}",
    ],
)
def test_what_names_no_value_is_a_fault(template: str) -> None:
    assert len(faults_of(template, ["path"])) == 1


def test_a_value_that_there_is_not_this_time_says_its_name() -> None:
    with pytest.raises(NoValue, match=r"alert\.labels\.zone"):
        render("in {{ alert.labels.zone }}", VALUES)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    values = VALUES.with_all(Root.INCIDENT, {"title": value + "{{ parameters.token }}"})
    assert render("{{ incident.title }}", values) == value + "{{ parameters.token }}"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_encoded_value_stays_one_part(value: str) -> None:
    values = VALUES.with_all(Root.PARAMETERS, {"path": value})
    filled = render("https://x.example/a/{{ parameters.path }}/b", values, lambda text: quote(text, safe=""))
    assert filled.count("/") == 5
    assert unquote(filled.split("/")[4]) == value


def test_secrets_are_masked_and_not_in_what_a_model_shows_of_itself() -> None:
    assert render("{{ parameters.token }} {{ parameters.path }}", VALUES.masked()) == f"{MASK} /tmp"
    assert list(names_in("{{ a.b }}{{c.d}}")) == ["a.b", "c.d"]

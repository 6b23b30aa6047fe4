"""The catalogue: editing, deleting and bringing back services, and which service an alert belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from services.incident.catalogue.placement import Directory, PlacedBy, query_by_label, query_by_word
from services.incident.catalogue.service_definition import (
    Service,
    ServiceIn,
    ServicePatch,
    built_in_service,
    delete_service,
    edit_service,
    is_shown,
    make_service,
)
from shared.problem import Problem
from tests.unit.incident.builders import NOW, after, make_fact
from tests.unit.incident.builders import make_service as service


def test_an_edit_changes_what_it_names_and_null_clears() -> None:
    before = service(tier=1, team="money", tags=["a"])
    edited = edit_service(before, ServicePatch.model_validate({"tier": None, "tags": ["b"]}), after(5))
    assert (edited.tier, edited.tags, edited.team, edited.updated_at) == (None, ["b"], "money", after(5))


def test_an_edit_that_changes_nothing_is_the_same_service() -> None:
    before = service(tier=1)
    assert edit_service(before, ServicePatch.model_validate({"tier": 1}), after(5)) is before


def test_how_long_repeats_are_quiet_after_a_persons_resolve_is_told_and_null_brings_the_usual_hour() -> None:
    made = make_service(ServiceIn(name="x", resolved_grace_seconds=0), "x", None, NOW)
    assert made.fact().resolved_grace_seconds == 0
    cleared = edit_service(made, ServicePatch.model_validate({"resolved_grace_seconds": None}), NOW)
    assert cleared.fact().resolved_grace_seconds == 3600


@pytest.mark.parametrize("id", ["graph", "import", "export"])
def test_reserved_ids_are_refused(id: str) -> None:
    with pytest.raises(Problem) as raised:
        make_service(ServiceIn(name="x"), id, None, NOW)
    assert raised.value.errors[0].pointer == "/id"


def test_a_deleted_id_may_come_back_with_nothing_of_what_it_was() -> None:
    gone = delete_service(service(tier=1), NOW)
    again = make_service(ServiceIn(name="New"), "payments", gone, after(9))
    assert (again.version, again.tier, again.name, again.deleted) == (gone.version, None, "New", False)


def test_a_taken_id_is_a_conflict() -> None:
    with pytest.raises(Problem) as raised:
        make_service(ServiceIn(name="x"), "payments", service(), NOW)
    assert raised.value.status == 409


@pytest.mark.parametrize("id", ["unrouted", "tocsin"])
def test_what_is_built_in_can_not_be_deleted_or_taken(id: str) -> None:
    with pytest.raises(Problem) as raised:
        delete_service(built_in_service(id, NOW), NOW)
    assert raised.value.code == "built_in"
    with pytest.raises(Problem) as taken:
        make_service(ServiceIn(name="x"), id, built_in_service(id, NOW), NOW)
    assert taken.value.status == 409


@pytest.mark.parametrize(
    "known, shown",
    [
        pytest.param(built_in_service("unrouted", NOW), True, id="unrouted"),
        pytest.param(built_in_service("tocsin", NOW), False, id="nobody has touched it"),
        pytest.param(built_in_service("tocsin", NOW).model_copy(update={"version": 3}), False, id="as it was again"),
        pytest.param(
            edit_service(built_in_service("tocsin", NOW), ServicePatch(escalation_policy_id="p"), after(1)),
            True,
            id="edited",
        ),
        pytest.param(service("tocsin", name="Our own"), True, id="somebody had the id before"),
        pytest.param(delete_service(service(), NOW), False, id="deleted"),
    ],
)
def test_tocsin_is_on_no_list_before_somebody_makes_it_their_own(known: Service, shown: bool) -> None:
    assert is_shown(known) is shown


CATALOGUE = Directory(
    [
        service("unrouted"),
        service("payments", name="Payments API"),
        service("newer", name="payments api", created_at=after(60)),
        service("web", match={"labels": {"app": "web", "zone": "eu"}}),
        service("broad", match={"labels": {"app": "web"}}, created_at=after(60)),
        service("gone", deleted=True),
    ]
)


@pytest.mark.parametrize(
    "alert, placed, by",
    [
        pytest.param(
            {"service_id": "payments", "service_claim": "web"}, "web", PlacedBy.CLAIMED_ID, id="claimed by id"
        ),
        pytest.param({"service_id": "payments", "service_claim": "?"}, "payments", PlacedBy.INGEST, id="ingest knew"),
        pytest.param({"service_id": "?", "labels": {"app": "web"}}, "broad", PlacedBy.LABELS, id="ingest was wrong"),
        pytest.param({"service_claim": "PAYMENTS api"}, "payments", PlacedBy.CLAIMED_NAME, id="by name, the oldest"),
        pytest.param({"labels": {"app": "web", "zone": "eu"}}, "web", PlacedBy.LABELS, id="all labels agree"),
        pytest.param({"labels": {"app": "web", "zone": "us"}}, "broad", PlacedBy.LABELS, id="one label is not all"),
        pytest.param({"labels": {"app": "db"}}, "unrouted", PlacedBy.NOBODY, id="no label agrees"),
        pytest.param({"service_claim": "gone"}, "unrouted", PlacedBy.NOBODY, id="deleted"),
        pytest.param({}, "unrouted", PlacedBy.NOBODY, id="nothing is known"),
    ],
)
def test_an_alert_belongs_to_the_first_service_that_is_known(alert: dict[str, Any], placed: str, by: PlacedBy) -> None:
    found, how = CATALOGUE.place(make_fact(**alert))
    assert (found.id, how) == (placed, by)


def test_what_is_looked_up_covers_what_may_decide() -> None:
    facts = [make_fact(service_id="a", service_claim="Big B", labels={"x": "y"})]
    assert query_by_word(facts).ids == {"a", "Big B", "unrouted"}
    assert query_by_word(facts).names == {"big b"}
    assert query_by_label(facts).label_keys == {"x\x00y"}

"""Sets of components, and which services they mean."""

from __future__ import annotations

from services.analytics.table.component_sets import ComponentSets


def meanings(sets: ComponentSets, services: dict[str, str]) -> list[list[str]]:
    meant = sets.meant(services)
    return [
        [meant.names[place] for place in meant.flat[begin : begin + size].tolist()]
        for begin, size in zip(meant.begins.tolist(), meant.sizes.tolist(), strict=True)
    ]


def test_what_is_a_services_id_or_name_is_that_service_once() -> None:
    sets = ComponentSets()
    assert [sets.number(one) for one in (("db", "web shop"), (), ("WEB SHOP", "web"), ("db", "web shop"))] == [
        1,
        0,
        2,
        1,
    ]
    assert meanings(sets, {}) == [[], ["db", "web shop"], ["WEB SHOP", "web"]]
    services = {"web": "Web shop", "web-2": "Web Shop"}
    assert meanings(sets, services) == [[], ["db", "web"], ["web"]]
    sets.number(("web-2",))
    assert meanings(sets, services)[3] == ["web-2"]
    services["web"] = "Front"
    assert meanings(sets, services) == [[], ["db", "web-2"], ["web-2", "web"], ["web-2"]]
    assert (len(sets), sets.components(2)) == (4, ("WEB SHOP", "web"))

"""What a service or a role names must be there: a typing error in a policy's id would page nobody."""

from __future__ import annotations

import time

from tests.scenarios.world import World


async def test_a_service_can_not_name_a_policy_that_is_not_there(world: World) -> None:
    sara = await world.engineer("sara")
    name = world.named("payments")
    body = {"id": name, "name": name, "escalation_policy_id": world.named("typo")}
    refused = await world.api.post("/services", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/escalation_policy_id")
    assert (await world.api.get(f"/services/{name}")).status_code == 404
    policy = await world.policy((sara, 60))
    assert (await world.api.post("/services", json=body | {"escalation_policy_id": policy})).status_code == 201
    wrong = await world.api.patch(f"/services/{name}", json={"escalation_policy_id": world.named("typo")})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/escalation_policy_id")
    gone = await world.api.patch(f"/services/{world.named('gone')}", json={"escalation_policy_id": "none"})
    assert gone.status_code == 404


async def test_a_policy_that_was_made_a_moment_before_counts(world: World) -> None:
    sara = await world.engineer("sara")
    for turn in range(5):
        policy = await world.policy((sara, 60), id=world.named(f"policy{turn}"))
        await world.service(policy, name=f"service{turn}")


async def test_a_service_whose_policy_is_gone_can_still_be_renamed(world: World) -> None:
    sara = await world.engineer("sara")
    policy = await world.policy((sara, 60))
    service = await world.service(policy)
    assert (await world.api.delete(f"/escalation-policies/{policy}", params={"force": "true"})).status_code == 204
    for body in ({"name": "Renamed"}, {"name": "Again", "escalation_policy_id": policy}):
        assert (await world.api.patch(f"/services/{service}", json=body)).status_code == 200, body
    other = await world.api.post("/services", json={"name": "Other", "escalation_policy_id": policy})
    assert other.status_code == 422


async def test_a_catalogue_as_a_file_is_refused_with_the_place_of_each_unknown_policy(world: World) -> None:
    sara = await world.engineer("sara")
    policy = await world.policy((sara, 60))
    gone = await world.policy((sara, 60), id=world.named("gone"))
    old = await world.service(gone, name="old")
    await world.api.delete(f"/escalation-policies/{gone}", params={"force": "true"})
    one, two = world.named("one"), world.named("two")
    file = (
        f"x-shared: &mine {{escalation_policy_id: {policy}}}\nservices:\n"
        f"- {{id: {one}, name: {one}, <<: *mine}}\n"
        f"- {{id: {two}, name: {two}, escalation_policy_id: {world.named('typo')}}}\n"
        f"- {{id: {old}, name: renamed, escalation_policy_id: {gone}}}\n"
    )
    for dry_run in ("true", "false"):
        refused = await world.api.post("/services/import", content=file, params={"dry_run": dry_run})
        assert refused.status_code == 422, refused.text
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/services/1/escalation_policy_id"]
    assert (await world.api.get(f"/services/{one}")).status_code == 404, "a file is taken as a whole or not at all"
    good = file.replace(world.named("typo"), policy)
    done = await world.api.post("/services/import", content=good)
    assert (done.status_code, done.json()["created"], done.json()["updated"]) == (200, 2, 1), done.text


async def test_thousands_of_services_in_a_file_cost_one_question(world: World) -> None:
    sara = await world.engineer("sara")
    policy = await world.policy((sara, 60))
    rows = "".join(
        f"- {{id: {world.named(f's{n}')}, name: {world.named(f'Service {n}')}, escalation_policy_id: {policy}-{n}}}\n"
        for n in range(10_000)
    )
    began = time.monotonic()
    refused = await world.api.post("/services/import", content="services:\n" + rows, params={"dry_run": "true"})
    assert refused.status_code == 422, refused.text
    assert len(refused.json()["errors"]) == 100
    assert time.monotonic() - began < 15


async def test_a_role_given_to_an_unknown_person_ends_nobodys_role(world: World) -> None:
    sara = await world.engineer("sara")
    service = await world.service(await world.policy((sara, 60)))
    incident = (await world.post("/incidents", {"title": "down", "service_id": service, "priority": "critical"}))["id"]
    await world.post(f"/incidents/{incident}/roles", {"role": "commander", "user_id": sara.id})
    refused = await world.api.post(
        f"/incidents/{incident}/roles", json={"role": "commander", "user_id": world.named("sarah")}
    )
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/user_id")
    held = (await world.get(f"/incidents/{incident}/roles"))["items"]
    assert [(one["user_id"], one["ended_at"]) for one in held] == [(sara.id, None)]


async def test_work_given_to_an_unknown_person_is_refused_and_what_was_given_stays_when_they_go(world: World) -> None:
    sara, gone = await world.engineer("sara"), await world.engineer("gone")
    nobody = world.named("sarah")
    service = await world.service(await world.policy((sara, 60)))
    incident = (await world.post("/incidents", {"title": "down", "service_id": service}))["id"]
    task = (await world.post(f"/incidents/{incident}/tasks", {"title": "look", "assignee_id": gone.id}))["id"]
    await world.post(f"/incidents/{incident}/resolve", {"root_cause": "x"})
    postmortem = (await world.post("/postmortems", {"incident_id": incident}))["id"]
    actions = f"/postmortems/{postmortem}/actions"
    action = (await world.post(actions, {"title": "mend", "assignee_id": gone.id}))["id"]
    for method, path, body, pointer in (
        ("POST", f"/incidents/{incident}/participants", {"user_id": nobody}, "/user_id"),
        ("POST", f"/incidents/{incident}/tasks", {"title": "look", "assignee_id": nobody}, "/assignee_id"),
        ("PATCH", f"/incidents/{incident}/tasks/{task}", {"assignee_id": nobody}, "/assignee_id"),
        ("POST", actions, {"title": "mend", "assignee_id": nobody}, "/assignee_id"),
        ("PATCH", f"{actions}/{action}", {"assignee_id": nobody}, "/assignee_id"),
        ("PATCH", f"/actions/{action}", {"assignee_id": nobody}, "/assignee_id"),
        ("POST", f"/postmortems/{postmortem}/review", {"reviewers": [sara.id, nobody]}, "/reviewers/1"),
    ):
        refused = await world.api.request(method, path, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), path
    away = await world.api.delete(f"/users/{gone.id}", params={"force": "true"})
    assert away.status_code == 204, away.text
    for path in (f"/incidents/{incident}/tasks/{task}", f"/actions/{action}"):
        kept = await world.api.get(path)
        body = {"title": "another title", "assignee_id": kept.json()["assignee_id"]}
        assert (await world.api.patch(path, json=body)).status_code == 200, path
    given = await world.api.patch(f"/actions/{action}", json={"assignee_id": sara.id})
    assert (given.status_code, given.json()["assignee_id"]) == (200, sara.id)

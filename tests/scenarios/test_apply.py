"""A file declares people, plans, services and pages; applying it makes them so, once, and takes back only its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from tests.scenarios.test_elders_guild import Shell
from tests.scenarios.world import World

TREE = """
tree: XX
users:
  - {id: sara-XX, name: Sara, email: sara-XX@example.org, teams: [team-XX],
     contact_methods: [{id: mail, channel: email, address: sara-XX@example.org}],
     notification_rules: [{urgency: high, after_seconds: 0, contact_method_id: mail}]}
teams:
  - {id: team-XX, name: Payments XX, members: [sara-XX]}
schedules:
  - id: weekly-XX
    name: Weekly XX
    team: team-XX
    time_zone: Europe/Berlin
    layers:
      - {name: week, starts_at: 2026-01-05T09:00:00, participants: [sara-XX],
         restrictions: [{weekdays: [mon, tue], from: 09:00, to: 17:00}]}
escalation_policies:
  - {id: policy-XX, name: Policy XX, steps: [{targets: [{type: schedule, id: weekly-XX}], timeout_seconds: 300}]}
services:
  - {id: db-XX, name: Database XX, tier: 1, escalation_policy_id: policy-XX}
  - {id: pay-XX, name: 支払い XX, team: team-XX, depends_on: [db-XX], links: [https://wiki.example/pay]}
status_pages:
  - {slug: page-XX, name: Status XX, components: [{id: pay, name: Pay, service_ids: [pay-XX]}]}
"""


@pytest.fixture
def shell(stack: Stack, tmp_path: Path) -> Shell:
    return Shell(stack, tmp_path)


async def test_a_tree_is_applied_once_changed_and_pruned(shell: Shell, world: World, tmp_path: Path) -> None:
    suffix, file = f"t{world.suffix}", tmp_path / "tree.yaml"

    def write(text: str) -> None:
        file.write_text(text.replace("XX", suffix), encoding="utf-8")

    async def apply(words: str = "", code: int = 0) -> str:
        done = await shell.tocsin(f"apply -f tree.yaml {words}")
        assert (done.code, "Traceback" in done.err) == (code, False), done
        return done.out

    text = TREE
    write(text)
    assert "+ services pay-" in await apply("--dry-run")
    assert (await world.api.get(f"/services/pay-{suffix}")).status_code == 404, "a dry run changes nothing"
    assert "Made: 7, changed: 0, deleted: 0." in await apply()
    assert (await world.get(f"/services/pay-{suffix}/dependencies"))["items"][0]["service_id"] == f"db-{suffix}"
    assert json.loads(await apply("--json")) == {"applied": False, "changes": []}

    write(text.replace("tier: 1", "tier: 2").replace("09:00, to", "08:00, to"))
    shown = await apply()
    assert "tier: 1 → 2" in shown
    assert "changed: 2" in shown
    assert "Nothing to change" in await apply()

    await world.post("/teams", {"id": f"by-hand-{suffix}", "name": "by hand"})
    shorter = text[: text.index("  - {id: pay-XX")] + "status_pages: []\n"
    write(shorter.replace("tier: 1", "tier: 2").replace("09:00, to", "08:00, to"))
    assert "Nothing to change" in await apply()
    refused = await apply("--prune", code=2)
    assert f"- services pay-{suffix}" in refused
    assert (await world.api.get(f"/services/pay-{suffix}")).status_code == 200, "it needs --yes"
    assert "deleted: 2" in await apply("--prune --yes")
    assert (await world.api.get(f"/services/pay-{suffix}")).status_code == 404
    assert (await world.api.get(f"/status-pages/page-{suffix}")).status_code == 404
    assert (await world.api.get(f"/teams/by-hand-{suffix}")).status_code == 200
    assert (await world.api.get(f"/services/db-{suffix}")).status_code == 200


async def test_what_is_wrong_in_a_file_is_one_line_with_its_place_and_changes_nothing(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    nobody = "{type: user, id: nobody}"
    for text, words in (
        ("services: [{id: a, name: A}]\nservices: []", "line 2: 'services' stands twice"),
        ("servics: []", "/servics"),
        ("services: [{name: A}]", "/services/0/id"),
        (f"services: [{{id: x-{world.suffix}, name: X, tier: 9}}]", "tier"),
        (f"services: [{{id: x-{world.suffix}, name: X, nonsense: 1}}]", "nonsense"),
        (f"escalation_policies: [{{id: p-{world.suffix}, name: P, steps: [{{targets: [{nobody}]}}]}}]", "nobody"),
    ):
        (tmp_path / "tree.yaml").write_text(text)
        done = await shell.tocsin("apply -f tree.yaml")
        assert done.code == 2, done
        assert words in done.err, done
    assert (await world.api.get(f"/services/x-{world.suffix}")).status_code == 404
    (tmp_path / "tree.yaml").write_bytes(b"services: \xff")
    assert (await shell.tocsin("apply -f tree.yaml")).code == 2
    assert (await shell.tocsin("apply -f nothing.yaml")).code == 1


RUNBOOKS = """
tree: XX
runbooks:
  - id: clean-XX
    name: Clean XX
    quiet_seconds: 600
    parameters:
      - {name: path, default: /var/log}
      - {name: token, type: secret, default: hunter2-XX}
    triggers: [{labels: {alertname: DiskFull-XX}}]
    steps:
      - {type: manual, name: look, instructions: "What fills it?"}
      - {type: approval, name: ask, question: "May it go?", on_failure: continue}
  - {id: other-XX, name: Other XX, steps: [{type: manual, name: look}]}
"""


async def test_runbooks_are_declared_too_and_no_secret_of_theirs_is_shown(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    suffix, file = f"r{world.suffix}", tmp_path / "tree.yaml"
    text = RUNBOOKS.replace("XX", suffix)

    async def apply(content: str, words: str = "") -> str:
        file.write_text(content, encoding="utf-8")
        done = await shell.tocsin(f"apply -f tree.yaml {words}")
        assert (done.code, "Traceback" in done.err) == (0, False), done
        assert "hunter2" not in done.out
        return done.out

    first = await apply(text, "--dry-run")
    assert f"+ runbooks clean-{suffix}" in first
    assert (await world.api.get(f"/runbooks/clean-{suffix}")).status_code == 404
    assert "Made: 2, changed: 0, deleted: 0." in await apply(text)
    made = await world.get(f"/runbooks/clean-{suffix}")
    assert (made["version"], made["parameters"][1]["has_default"]) == (1, True)
    assert "Nothing to change" in await apply(text)

    await world.put(f"/runbooks/clean-{suffix}", {**made, "description": "by hand"})
    changed = text.replace("quiet_seconds: 600", "quiet_seconds: 60").replace("What fills it?", "Look.")
    assert "quiet_seconds: 600 → 60" in await apply(changed)
    after = await world.get(f"/runbooks/clean-{suffix}")
    assert (after["quiet_seconds"], after["steps"][0]["instructions"]) == (60, "Look.")
    assert after["description"] == "by hand", "what the file does not say stays as it is"
    assert "Nothing to change" in await apply(changed)

    shorter = changed[: changed.index(f"  - {{id: other-{suffix}")]
    assert "Nothing to change" in await apply(shorter)
    assert "deleted: 1" in await apply(shorter, "--prune --yes")
    assert (await world.api.get(f"/runbooks/other-{suffix}")).status_code == 404
    assert (await world.api.get(f"/runbooks/clean-{suffix}")).status_code == 200


async def test_a_fault_in_a_declared_runbook_names_the_field(shell: Shell, world: World, tmp_path: Path) -> None:
    step = "{type: manual, name: look, instructionz: x}"
    for text, words in (
        (f"runbooks: [{{id: a-{world.suffix}, name: A, steps: [{step}]}}]", "instructionz"),
        (f"runbooks: [{{id: a-{world.suffix}, name: A, triggers: [{{title_regex: '('}}]}}]", "title_regex"),
    ):
        (tmp_path / "tree.yaml").write_text(text)
        done = await shell.tocsin("apply -f tree.yaml")
        assert (done.code, words in done.err) == (2, True), done
    assert (await world.api.get(f"/runbooks/a-{world.suffix}")).status_code == 404

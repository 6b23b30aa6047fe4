"""The Elders Guild's document is true: its commands and its snippet run as written, with modules for its file names."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from shared.testing.harness import eventually
from tests.scenarios.world import World

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = Path(__file__).with_name("elders_guild.ja.md").read_text(encoding="utf-8")
KNOWN = "INC-20250104-0001"
MODULES = {
    "/path/to/incident_manager.py": "-m incident_manager",
    "incident_manager.py": "-m incident_manager",
    "error_incident_bridge.py": "-m incident_manager.bridge",
}
INCIDENT = re.compile(r"INC-\d{8}-\d{4,}")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands as somebody would who has only the gateway's address and a key."""

    def __init__(self, stack: Stack, home: Path) -> None:
        self._home = home
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "TOCSIN_URL": stack.url,
            "TOCSIN_API_KEY": stack.admin_key,
        }

    async def run(self, text: str, **env: str) -> Done:
        process = await asyncio.create_subprocess_exec(
            "bash", "-e", "-c", text, cwd=self._home, env=self.env | env, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())

    async def ok(self, text: str, **env: str) -> str:
        done = await self.run(text, **env)
        assert (done.code, done.err.count("Traceback")) == (0, 0), f"{text}\n{done}"
        return done.out

    async def tocsin(self, words: str, **env: str) -> Done:
        return await self.run(f"python -m incident_manager {words}", **env)


@pytest.fixture
def shell(stack: Stack, tmp_path: Path) -> Shell:
    return Shell(stack, tmp_path)


def section(heading: str) -> str:
    """The code of a section, with this project's modules for the document's file names."""
    found = re.search(rf"^#+ .*{re.escape(heading)}.*?```\w+\n(.*?)```", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    text = found[1]
    for name, module in MODULES.items():
        text = text.replace(f"python {name}", f"python {module}")
    return text


async def test_every_command_of_the_document_runs_as_it_is_written(shell: Shell, world: World) -> None:
    """The incident that it updates and resolves is one that was brought in before."""
    known = {"id": KNOWN, "title": "RabbitMQ接続エラー", "created_at": "2025-01-04T00:10:00Z", "category": "error"}
    assert (await world.post("/history/import", {"incidents": [known]}))["rejected"] == []
    made = await shell.ok(section("インシデントの作成"))
    assert INCIDENT.fullmatch(made.strip())
    incident = await world.get(f"/incidents/{made.strip()}")
    assert {name: incident[name] for name in ("category", "priority", "title", "impact", "affected_components")} == {
        "category": "error", "priority": "high", "title": "RabbitMQ接続エラー", "impact": "全ワーカー停止",
        "affected_components": ["worker_base", "rabbitmq_client"],
    }  # fmt: skip
    listed = await shell.ok(section("インシデントの一覧表示"))
    assert made.strip() in listed
    assert "RabbitMQ接続エラー" in listed

    assert made.strip() not in await shell.ok("python -m incident_manager list --category failure")
    assert KNOWN not in listed
    assert KNOWN in await shell.ok("python -m incident_manager list --imported")
    await shell.ok(section("インシデントの更新"))
    assert (await world.get(f"/incidents/{KNOWN}"))["status"] == "investigating"
    await shell.ok(section("インシデントの解決"))
    after = await world.get(f"/incidents/{KNOWN}")
    assert (after["status"], after["root_cause"]) == ("resolved", "RabbitMQサービスの異常停止")
    assert after["actions_taken"] == ["RabbitMQサービス再起動", "接続設定修正"]
    assert after["preventive_measures"] == ["自動監視スクリプト追加", "ヘルスチェック強化"]

    reports = await shell.ok(section("レポート生成"), LANG="ja_JP.UTF-8")
    for word in ("MTTR", "MTBF", "再発率", "カテゴリ別", "コンポーネント別", "worker_base"):
        assert word in reports


async def test_the_snippet_runs_as_it_is_written(shell: Shell, world: World, tmp_path: Path) -> None:
    (tmp_path / "snippet.py").write_text(section("プログラムからの利用") + "\nprint(incident_id)\n", encoding="utf-8")
    made = (await shell.ok("python snippet.py")).strip()
    incident = await world.get(f"/incidents/{made}")
    assert (incident["title"], incident["status"], incident["root_cause"]) == (
        "データベース接続断", "resolved", "接続プールの枯渇",
    )  # fmt: skip
    assert incident["affected_components"] == ["db_client", "worker_analytics"]


async def test_the_script_for_automation_runs_as_it_is_written(shell: Shell, world: World) -> None:
    text = section("自動化との連携").replace("\\\\\n", "\\\n")
    made = (await shell.ok(text)).strip()
    assert (await world.get(f"/incidents/{made}"))["title"] == "ワーカー全停止"


ERRORS = """timestamp,error_type,message,component,resolved
2024-11-05 01:02:03,ConnectionError,ワーカーがRabbitMQに接続できない,worker_base,true
2024-11-05 01:02:03,ConnectionError,ワーカーがRabbitMQに接続できない,worker_base,true
2024-12-06T04:05:06+09:00,KeyError,'id',{component},false
soon,KeyError,'id',x,false
"""


async def test_the_bridge_brings_a_history_in_once_reports_and_checks_it(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    source, component = tmp_path / "errors.csv", world.named("worker")
    source.write_text(ERRORS.replace("{component}", component), encoding="utf-8")
    section("エラー管理との連携").index("-m incident_manager.bridge migrate")
    first = await shell.run("python -m incident_manager.bridge migrate", TOCSIN_ERROR_HISTORY=str(source))
    assert (first.code, first.err) == (8, "2 rows: it is over, and nobody says since when\n")
    assert "line 5: timestamp: 'soon' is no time" in first.out
    assert first.out.splitlines()[-1].startswith("read: 4  imported: ")
    again = await shell.run(f"python -m incident_manager.bridge migrate {source} --json")
    assert (json.loads(again.out)["imported"], json.loads(again.out)["already_there"]) == (0, 3)

    checked = await shell.run(f"python -m incident_manager.bridge check {source}")
    assert (checked.code, "line 5" in checked.out) == (8, True)
    source.write_text(ERRORS.replace("{component}", component).replace("soon", "2024-12-07"), encoding="utf-8")
    assert (await shell.run(f"python -m incident_manager.bridge check {source}")).code == 8, "one is not there yet"
    whole = await shell.ok(section("エラー管理との連携"), TOCSIN_ERROR_HISTORY=str(source))
    for words in ("read: 4  imported: 1  already there: 3  rejected: 0", "MTTR", component, "2024-12", "All holds"):
        assert words in whole
    mine = [one for one in await world.incidents_like("KeyError: 'id'") if component in one["affected_components"]]
    assert [(one["created_at"], one["imported"], one["category"]) for one in mine] == [
        ("2024-12-05T19:05:06Z", True, "error")
    ]
    assert await world.pages(mine[0]["id"]) == []


async def test_the_whole_history_goes_out_and_in_and_nothing_changes(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    key = (await world.post("/incidents", {"title": "اتصال قطع شد", "description": "\u2028 x"}))["id"]
    # nobody is on call for it, which its timeline says a moment later
    await eventually(
        lambda: world.get(f"/incidents/{key}/timeline"),
        until=lambda lines: any(one["kind"] == "escalation" for one in lines["items"]),
    )
    await shell.ok("python -m incident_manager export a.jsonl && python -m incident_manager export b.json")
    done = json.loads((await shell.run("python -m incident_manager import a.jsonl --json")).out)
    assert (done["imported"], done["rejected"], done["already_there"]) == (0, [], done["read"])
    again = json.loads((await shell.run("python -m incident_manager import b.json --json")).out)
    assert (again["read"], again["imported"]) == (done["read"], 0)
    before, after = (
        {json.loads(line)["id"]: line for line in text.split("\n") if line}
        for text in ((tmp_path / "a.jsonl").read_text(), await shell.ok("python -m incident_manager export - --lines"))
    )
    # what other incidents of the stack do meanwhile is theirs
    assert (before.keys() - after.keys(), after[key]) == (set(), before[key])
    assert (await shell.ok("ls")).split() == ["a.jsonl", "b.json"]


async def test_an_import_that_was_interrupted_goes_on_when_it_is_repeated(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    title = world.named("long ago")
    rows = [{"title": title, "created_at": f"2023-01-{1 + n % 28:02}T00:00:00Z", "impact": str(n)} for n in range(800)]
    (tmp_path / "history.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    cut = await shell.run("timeout --preserve-status -s INT 3 python -m incident_manager import history.jsonl")
    assert cut.code == 130
    assert "Traceback" not in cut.err
    done = json.loads(await shell.ok("python -m incident_manager import history.jsonl --json"))
    assert (done["read"], done["imported"] + done["already_there"]) == (800, 800)
    assert json.loads(await shell.ok("python -m incident_manager import history.jsonl --json"))["imported"] == 0


async def test_errors_that_a_program_logs_become_an_incident_of_category_error(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    sara = await world.engineer("sara", methods=("webhook",))
    service = await world.service(await world.policy((sara, 300)))
    (tmp_path / "program.py").write_text(PROGRAM.replace("SERVICE", service), encoding="utf-8")
    assert (await shell.run("python program.py")).code == 0
    incident = await world.incident(service)
    assert (incident["category"], incident["title"]) == ("error", "ValueError: 値が不正です")
    assert len(await world.incidents(service)) == 1
    assert (await sara.paged()).json()["incident"]["id"] == incident["id"]


PROGRAM = """
import logging
from incident_manager.bridge import IncidentHandler
logging.getLogger().addHandler(IncidentHandler(service="SERVICE"))
for _ in range(20):
    try:
        raise ValueError("値が不正です")
    except ValueError:
        logging.exception("失敗")
"""


async def test_commands_fit_into_scripts(shell: Shell, world: World) -> None:
    made = (await shell.ok("python -m incident_manager create --title 'یک رخداد' --quiet")).strip()
    assert json.loads(await shell.ok(f"python -m incident_manager show {made} --json"))["title"] == "یک رخداد"
    assert json.loads(await shell.ok("python -m incident_manager list --json"))
    assert (await shell.ok(f"python -m incident_manager ack {made} --quiet")).strip() == made
    assert (await shell.ok(f"python -m incident_manager open {made}")).strip().endswith(f"/incidents/{made}")
    await shell.ok(f"python -m incident_manager timeline {made} --add '接続を確認'")
    assert "接続を確認" in await shell.ok(f"python -m incident_manager timeline {made}")
    ids = (await shell.ok("python -m incident_manager list --quiet")).split()
    assert made in ids
    assert all(INCIDENT.fullmatch(one) for one in ids)


WRONG: tuple[tuple[str, dict[str, str], int], ...] = (
    ("list", {"TOCSIN_URL": "http://127.0.0.1:1"}, 6),
    ("list", {"TOCSIN_API_KEY": "wrong", "LANG": "ja_JP.UTF-8"}, 4),
    ("list", {"TOCSIN_API_KEY": ""}, 2),
    ("list", {"TOCSIN_URL": "nonsense"}, 2),
    ("list --status bogus", {"LANG": "fa_IR.UTF-8"}, 2),
    ("create --title ''", {}, 2),
    ("create --title $'a\\xff'", {}, 2),
    ("show INC-20000101-0001", {}, 3),
    ("bogus", {"LANG": "ja_JP.UTF-8"}, 2),
    ("create", {"LANG": "fa_IR.UTF-8"}, 2),
    ("list --config /nowhere.toml", {}, 2),
)
"""Commands, what is odd in their environment, and the exit code."""


async def test_what_goes_wrong_is_one_line_and_its_exit_code(shell: Shell) -> None:
    for words, env, code in WRONG:
        done = await shell.tocsin(words, **env)
        assert (done.code, done.out, len(done.err.strip().splitlines())) == (code, "", 1), (words, done)


async def test_an_illegal_move_is_a_conflict(shell: Shell, world: World) -> None:
    made = (await shell.ok("python -m incident_manager create --title x")).strip()
    await shell.ok(f"python -m incident_manager resolve --id {made}")
    await shell.ok(f"python -m incident_manager update --id {made} --status closed")
    assert (await shell.tocsin(f"ack {made}")).code == 5


async def test_a_pipe_that_closes_ends_it_quietly(shell: Shell, world: World) -> None:
    for number in range(3):
        await world.post("/incidents", {"title": f"one of many {number}", "description": "x" * 9000})
    text = "set -o pipefail; python -m incident_manager list --status all --json | head -c 1 >/dev/null"
    done = await shell.run(text)
    assert done.code in (0, 141)
    assert done.err == ""


async def test_being_interrupted_is_no_traceback(shell: Shell) -> None:
    done = await shell.run("timeout --preserve-status -s INT 4 python -m incident_manager watch")
    assert (done.code, done.err) == (130, "")


async def test_watch_tells_what_happens_with_titles(shell: Shell, world: World) -> None:
    watching = asyncio.create_task(shell.tocsin("watch --seconds 12", PYTHONUNBUFFERED="1"))
    made = ""
    for number in range(5):
        await asyncio.sleep(2)
        made = (await world.post("/incidents", {"title": f"接続エラー {number}"}))["id"]
        if watching.done():
            break
    done = await watching
    assert done.code == 0
    assert "接続エラー" in done.out, (done, made)


async def test_page_me_test_pages_that_person_and_tells_the_outcome(shell: Shell, world: World) -> None:
    sara = await world.engineer("sara", methods=("webhook",))
    done = await shell.tocsin(f"page-me-test --user {sara.id} --wait 20")
    assert done.code == 0, done
    assert "webhook" in done.out
    page = (await sara.paged()).json()
    assert (page["urgency"], page["drill"]) == ("high", True), "it is a drill, and says so"
    await world.becomes(page["incident"]["id"], "resolved")


async def test_drills_and_rehearsals_from_the_command_line(shell: Shell, world: World) -> None:
    engineer, _, service = await world.on_call_team()
    rehearsed = await shell.tocsin(f"rehearse --service {service} --severity critical")
    assert (rehearsed.code, engineer.id in rehearsed.out) == (0, True), rehearsed
    covered = await shell.tocsin(f"coverage --service {service}")
    assert (covered.code, engineer.id in covered.out) == (0, True), covered
    assert (await shell.tocsin("rehearse")).code == 2
    begun = await shell.tocsin(f"drills --start certificate --service {service} --ack-within 300")
    drill = begun.out.strip()
    await engineer.paged()
    assert drill in (await shell.tocsin("drills --quiet")).out.split()
    assert (await shell.tocsin(f"drills {drill}")).code == 0
    assert (await shell.tocsin(f"drills {drill} --cancel")).out.strip() == drill
    report = await shell.tocsin(f"drills {drill} --report")
    assert "# Drill: certificate" in report.out, report
    assert (await shell.tocsin("drills --start flood")).code == 2

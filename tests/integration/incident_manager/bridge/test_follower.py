import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply, Request
from tests.integration.incident_manager.bridge.delivered import AWAY, TAKEN, WRONG_KEY, alerts, wait_until

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[4]


def begin(stub: HttpStub, path: Path, *words: str) -> subprocess.Popen[bytes]:
    env = {
        "PYTHONPATH": str(ROOT), "TOCSIN_URL": stub.url, "TOCSIN_API_KEY": "key", "HOME": str(path.parent),
        "LANG": "C.UTF-8",
    }  # fmt: skip
    command = [sys.executable, "-m", "incident_manager.bridge", "follow", str(path), *words]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def append(path: Path, *numbers: int) -> None:
    with path.open("a") as file:
        for number in numbers:
            file.write(json.dumps({"error_type": f"E{number}", "message": "m", "component": "c"}) + "\n")


def types(stub: HttpStub) -> list[str]:
    return [alert["labels"]["error_type"] for alert in alerts(stub)]


def test_lines_are_sent_through_rotation_and_truncation(tmp_path: Path) -> None:
    path = tmp_path / "errors.jsonl"
    append(path, 1, 2)
    with HttpStub([TAKEN]) as stub:
        process = begin(stub, path)
        try:
            wait_until(lambda: types(stub) == ["E1", "E2"])
            path.rename(tmp_path / "errors.jsonl.1")
            append(path, 3)
            wait_until(lambda: types(stub)[2:] == ["E3"])
            path.write_text("")
            append(path, 4)
            wait_until(lambda: types(stub)[3:] == ["E4"])
        finally:
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, b"")


def test_after_kill_9_at_any_time_no_line_is_lost_and_none_is_taken_twice(tmp_path: Path) -> None:
    path, total = tmp_path / "errors.jsonl", 0
    taken: dict[str, tuple[bytes, int]] = {}

    def answer(request: Request) -> Reply:
        key = request.headers["idempotency-key"]
        assert taken.setdefault(key, (request.body, 0))[0] == request.body, "one key, two requests"
        time.sleep(0.02)
        return TAKEN

    with HttpStub([answer]) as stub:
        for round_ in range(6):
            process = begin(stub, path)
            began = time.monotonic()
            while time.monotonic() - began < 1.0 + 0.13 * round_:
                append(path, *range(total, total + 37))
                total += 37
                time.sleep(0.03)
            process.kill()
            process.communicate()
        assert begin(stub, path, "--once").wait(timeout=60) == 0
    found = [alert["labels"]["error_type"] for body, _ in taken.values() for alert in json.loads(body)]
    assert sorted(found) == sorted(f"E{number}" for number in range(total))


def test_while_the_gateway_is_away_it_waits_and_then_sends_everything(tmp_path: Path) -> None:
    path = tmp_path / "errors.jsonl"
    append(path, *range(500))
    with HttpStub([AWAY] * 6 + [TAKEN]) as stub:
        process = begin(stub, path, "--once")
        _, err = process.communicate(timeout=50)
    assert process.returncode == 0, err
    assert err.count(b"waiting") == 1
    assert set(types(stub)) == {f"E{number}" for number in range(500)}


def test_equal_errors_of_one_call_are_one_alert_with_their_count(tmp_path: Path) -> None:
    path = tmp_path / "errors.jsonl"
    append(path, *([1] * 50), 2)
    with HttpStub([TAKEN]) as stub:
        assert begin(stub, path, "--once").wait(timeout=30) == 0
    assert types(stub) == ["E1", "E2"]
    assert "Seen 50 times" in alerts(stub)[0]["description"]


def test_lines_that_are_none_are_told_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "errors.jsonl"
    path.write_bytes(b"nonsense\n\xff\n[]\n")
    append(path, 1)
    with HttpStub([TAKEN]) as stub:
        process = begin(stub, path, "--once")
        _, err = process.communicate(timeout=30)
    assert process.returncode == 8
    assert err.count(b"left out, before byte") == 3
    assert types(stub) == ["E1"]


def test_a_wrong_key_ends_it_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "errors.jsonl"
    append(path, 1)
    with HttpStub([WRONG_KEY, TAKEN]) as stub:
        process = begin(stub, path, "--once")
        _, err = process.communicate(timeout=30)
        assert (process.returncode, err.count(b"\n")) == (4, 1)
        assert begin(stub, path, "--once").wait(timeout=30) == 0
    assert types(stub) == ["E1", "E1"], "the first was refused"

"""What is shipped, held to its linters and run as far as that goes without a container engine."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.linting import commands
from deploy.local.debian import install_packages
from deploy.probe import answers_well
from shared.callers.identity_tokens import make_private_key, public_key
from tests.architecture.source import ROOT, SERVICES

pytestmark = [pytest.mark.contract, pytest.mark.timeout(180)]

PROMETHEUS = ROOT / "deploy" / "prometheus"
PLAIN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def promtool() -> str:
    """Of Debian's package; a clear message says how to get it where it cannot be installed."""
    if shutil.which("promtool") is None:
        install_packages(["prometheus"], why="There is no promtool here", daemon="prometheus")
    return shutil.which("promtool") or "promtool"


def succeeds(command: Sequence[str], cwd: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("number", range(4), ids=["the image", "compose", "the chart's values", "the chart"])
def test_the_linter_is_content_with(number: int) -> None:
    assert len(commands()) == 4
    succeeds(commands()[number])


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["check", "config", "prometheus.yml"], id="the configuration can be read"),
        pytest.param(["check", "rules", "tocsin.rules.yml"], id="the rules can be read"),
        pytest.param(["test", "rules", "tocsin.rules.test.yml"], id="each alert comes when it should and only then"),
    ],
)
def test_prometheus_agrees(promtool: str, words: list[str]) -> None:
    succeeds([promtool, *words], PROMETHEUS)


def test_generated_passwords_are_made_once_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    script = ["sh", str(ROOT / "deploy" / "make_secrets.sh"), str(folder)]
    succeeds(script)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert sorted(made) == [
        "amqp-url",
        "grafana-password",
        "identity-key",
        "identity-public-keys",
        "mongo-url",
        "mongodb-password",
        "mongodb.key",
        "rabbitmq.conf",
        "secret-key",
        "slack-signing-secret",
        "slack-token",
        "smtp-url",
    ]
    assert made["mongodb-password"] in made["mongo-url"]
    assert made["rabbitmq.conf"].splitlines()[1].removeprefix("default_pass = ") in made["amqp-url"]
    assert made["identity-public-keys"] == public_key(made["identity-key"])
    passwords = [made[name] for name in ("grafana-password", "mongodb-password", "mongodb.key", "secret-key")]
    assert [len(one) for one in passwords] == [64] * 4
    assert len(set(passwords)) == 4

    again = subprocess.run(script, capture_output=True, text=True)
    assert again.returncode == 1
    assert {path.name: path.read_text() for path in folder.iterdir()} == made
    assert list(tmp_path.iterdir()) == [folder]


OLDER = {
    "tocsin.env": "TOCSIN_AMQP_URL=amqp://tocsin:b=b@rabbitmq:5672/\nTOCSIN_MONGO_URL=mongodb://tocsin:d@mongodb/?a=b\n"
    "TOCSIN_SECRET_KEY=theirs\n",
    "comms.env": "TOCSIN_SMTP_URL=smtp://mail.example.org\n",
    "rabbitmq.env": "RABBITMQ_DEFAULT_USER=tocsin\nRABBITMQ_DEFAULT_PASS=b=b\n",
}
"""What the folder held before each secret had a file of its own."""


@pytest.mark.parametrize("has_identity", [pytest.param(True, id="with keys"), pytest.param(False, id="without keys")])
def test_a_folder_that_an_older_tocsin_made_keeps_its_secrets(tmp_path: Path, has_identity: bool) -> None:
    script = ["sh", str(ROOT / "deploy" / "make_secrets.sh"), str(tmp_path)]
    older = dict(OLDER)
    private = make_private_key()
    if has_identity:
        older["gateway.env"] = f"TOCSIN_IDENTITY_KEY={private}\n"
        older["tocsin.env"] += f"TOCSIN_IDENTITY_PUBLIC_KEYS={public_key(private)}\n"
    for name, text in older.items():
        (tmp_path / name).write_text(text)
    succeeds(script)

    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert made["amqp-url"] == "amqp://tocsin:b=b@rabbitmq:5672/"
    assert made["mongo-url"] == "mongodb://tocsin:d@mongodb/?a=b"
    assert made["secret-key"] == "theirs"
    assert made["smtp-url"] == "smtp://mail.example.org"
    assert made["slack-token"] == ""
    assert made["rabbitmq.conf"] == "default_user = tocsin\ndefault_pass = b=b\n"
    assert made["identity-public-keys"] == public_key(made["identity-key"])
    assert (made["identity-key"] == private) is has_identity
    assert {name: made[name] for name in older} == older
    assert subprocess.run(script, capture_output=True, text=True).returncode == 1


@pytest.mark.parametrize(
    "status, well",
    [pytest.param(200, True, id="200 is well"), pytest.param(503, False, id="503 is not")],
)
def test_the_containers_health_is_what_the_service_answers(status: int, well: bool) -> None:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(HTTPStatus(status))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        assert answers_well("/readyz", port) is well
        server.shutdown()
    assert not answers_well("/readyz", port), "nobody answers any more"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the Dockerfile puts into /opt/venv and /app, made by the same steps with what is here."""
    root = tmp_path_factory.mktemp("image")
    venv, app = root / "venv", root / "app"
    uv = [sys.executable, "-m", "uv"]
    environ = os.environ | {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
    if "PIP_INDEX_URL" in os.environ:
        environ.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    install = ["pip", "install", "-q", "--python", str(venv / "bin" / "python"), "--compile-bytecode"]
    for words in (
        ["venv", "-q", "--python", sys.executable, str(venv)],
        [*install, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(ROOT / "requirements.txt")],
    ):
        done = subprocess.run([*uv, *words], env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    for folder in ("services", "shared"):
        shutil.copytree(ROOT / folder, app / folder, ignore=shutil.ignore_patterns("__pycache__", "testing"))
    succeeds(
        [str(venv / "bin" / "python"), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(app)]
    )
    return root


def load(image: Path, code: str) -> str:
    """What the code prints when the image's Python runs it where a container's command would run."""
    command = [str(image / "venv" / "bin" / "python"), "-c", code]
    done = subprocess.run(command, cwd=image / "app", env=PLAIN, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("service", SERVICES)
def test_the_image_holds_all_that_a_service_runs_on(image: Path, service: str) -> None:
    module = f"services.{service}.app"
    assert load(image, f"import {module} as app; print(app.build.__module__)") == module


def test_the_image_runs_from_its_bytecode_and_writes_nothing(image: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (image / "app").rglob("*")}
    used = load(image, "import services.oncall.app as app; print(app.__cached__)")
    assert Path(used) in before
    assert {path: path.stat().st_mtime_ns for path in (image / "app").rglob("*")} == before

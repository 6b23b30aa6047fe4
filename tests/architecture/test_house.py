"""The rules of the house that a reader would otherwise have to remember."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from shared.events import CATALOGUE, TYPES
from shared.events.flow import list_consumed, list_emitted
from tests.architecture.source import FOLDERS, ROOT, SERVICES, dotted, files, within

pytestmark = pytest.mark.architecture

PRODUCT = ("services", "shared", "deploy", "incident_manager", "bench")
LONGEST = 400
BUCKETS = re.compile(r"base|common|core|helpers?|impl|lib|manager|misc|service|stuff|tools|utils?|(base|abstract)_.*")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|NotImpl" r"emented(?:Error)?)\b")
SKIPPED = re.compile(r"pytest\.(?:mark\.)?(?:sk" r"ip|xf" r"ail)|unittest\.mo" r"ck|monkeypatch\.setattr|MagicM" r"ock")

ONE_PLACE = {
    "pkgutil": ("shared/plug_ins.py", "incident_manager/commandline/registry.py", "tests/unit/deploy/"),
    "hmac": ("shared/secrecy/signing.py", "shared/testing/", "tests/"),
    "httpx2": ("shared/outside/outbound.py", "shared/testing/", "tests/", "bench/", "incident_manager/", "deploy/"),
    "httpcore2": ("shared/outside/outbound.py", "shared/testing/", "tests/"),
    "aio_pika": ("shared/bus/", "shared/testing/", "tests/", "bench/"),
    "aiormq": ("shared/bus/",),
    "asyncssh": ("services/automation/targets/", "shared/testing/", "tests/"),
    "joserfc": ("shared/callers/identity_tokens.py", "shared/secrecy/sealing.py", "services/gateway/", "tests/"),
    "httptools": ("services/gateway/proxy/connection.py", "services/gateway/proxy/forwarder.py"),
    "motor": (),
    "httpx": (),
    "requests": (),
}
"""Libraries that are imported in one place only, so that one can be exchanged without a search."""


BARE = {"httpx2": "httpx2", "rich": "rich", "shtab": "shtab", "yaml": "pyyaml"}
"""What the client may import, and the distribution that it is in."""
AGENTS = "incident_manager/mcp/"
"""What needs the extra `agents`."""

LIKE_THE_LIBRARY = {
    "services/automation/actions/http.py": "a kind of step's file is named by the kind's id",
    "services/comms/channels/email.py": "a channel's file is named by the channel's id",
    "services/comms/channels/messages/email.py": "as the channel whose message it is",
    "shared/telemetry/trace.py": "what W3C and OpenTelemetry call it",
}
"""Modules that may be named like one of the standard library, each with the reason."""


@pytest.mark.parametrize("service", SERVICES)
def test_a_copy_names_only_fields_that_there_are(service: str) -> None:
    """pydantic's own copy takes any name and drops it when the copy is written; `Stored.changed` refuses it."""
    found = [
        f"{source.path}:{node.lineno}"
        for source in files(f"services/{service}")
        for node in source.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "model_copy"
        and any(keyword.arg == "update" for keyword in node.keywords)
    ]
    assert found == []


def test_import_contracts_hold() -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or "lint-imports"
    run = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_client_imports_nothing_of_the_services() -> None:
    found = [
        f"{source.path}:{line} imports {module}"
        for source in files("incident_manager")
        for line, module, _ in source.imports
        if within(module, ["services", "shared", "deploy", "tests", "bench"])
    ]
    assert found == []


def test_the_client_needs_what_the_bare_distribution_installs_and_nothing_else() -> None:
    known = {*sys.stdlib_module_names, "incident_manager", *BARE}
    found = [
        f"{source.path}:{line} imports {module}"
        for source in files("incident_manager")
        if not str(source.path).startswith(AGENTS)
        for line, module, _ in source.imports
        if module.partition(".")[0] not in known
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bare = {re.split(r"[^a-z0-9-]", one)[0] for one in project["dependencies"]}
    assert (found, bare) == ([], set(BARE.values()))


def test_services_are_independent_by_contract() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'type = "independence"\nmodules = \["services\.\*"\]', text)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_no_other(service: str) -> None:
    others = [f"services.{other}" for other in SERVICES if other != service]
    found = [
        f"{source.path}:{line} imports {module}"
        for source in files(f"services/{service}")
        for line, module, name in source.imports
        if within(module, others) or within(f"{module}.{name}", others)
    ]
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_says_it_hears_and_tells_is_what_it_does(service: str) -> None:
    """The paragraph in `__init__.py` names, in backticks, the event types of its bindings and those it makes."""
    opening = (ROOT / "services" / service / "__init__.py").read_text(encoding="utf-8")
    said = {name for name in re.findall(r"`([\w.*]+)`", opening) if name.endswith(".v1")}
    literals = {text for source in files(f"services/{service}") for text in source.strings()}
    tells = {name for name in list_emitted().get(service, ()) if name in literals}
    hears = set(list_consumed().get(service, ()))
    for_all = {kind.name for kind in CATALOGUE if kind.emitter == "any"}
    assert said - for_all == (hears | tells) - for_all


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_tells_only_what_the_catalogue_says_it_does(service: str) -> None:
    made = {
        text
        for source in files(f"services/{service}")
        for text in source.strings()
        if text in TYPES
        and text not in list_consumed().get(service, ())
        and TYPES[text].emitter not in (service, "any")
    }
    assert made == set()


@pytest.mark.parametrize("module", ONE_PLACE)
def test_a_library_is_imported_where_it_belongs_and_nowhere_else(module: str) -> None:
    found = [
        f"{source.path}:{line}"
        for source in files(*FOLDERS)
        for line, imported, _ in source.imports
        if within(imported, [module]) and not str(source.path).startswith(ONE_PLACE[module] or ("\x00",))
    ]
    assert found == []


def test_the_databases_client_is_made_in_one_place() -> None:
    found = [
        str(source.path)
        for source in files(*PRODUCT)
        for _, _, name in source.imports
        if name in ("AsyncMongoClient", "MongoClient") and source.path != Path("shared/mongo.py")
    ]
    # the local parts wait for the database before anything of the product runs
    assert [path for path in found if not path.startswith(("deploy/local/", "bench/"))] == []


def test_the_beginning_of_time_is_told_in_one_place() -> None:
    found = [
        f"{source.path}:{node.lineno}"
        for source in files(*PRODUCT)
        for node in source.nodes
        if isinstance(node, ast.Call) and source.path != Path("shared/clocks/epoch.py") and _is_epoch(node)
    ]
    assert found == []


def _is_epoch(call: ast.Call) -> bool:
    """True for `datetime(1970, 1, …)` and `fromtimestamp(0, …)`."""
    name = dotted(call.func).rpartition(".")[2]
    first = [one.value for one in call.args[:2] if isinstance(one, ast.Constant)]
    return (name == "datetime" and first == [1970, 1]) or (name == "fromtimestamp" and first[:1] == [0])


def test_no_file_is_too_long() -> None:
    lengths = {str(source.path): len(source.text.splitlines()) for source in files(*FOLDERS)}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_no_file_is_a_bucket() -> None:
    names = [source.path for source in files(*FOLDERS)]
    assert [str(path) for path in names if BUCKETS.fullmatch(path.stem)] == []


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    found = {str(s.path) for s in files(*PRODUCT) if s.path.stem in sys.stdlib_module_names} - set(LIKE_THE_LIBRARY)
    assert {path for path in found if not path.endswith("/__main__.py")} == set()


def test_nothing_is_unfinished() -> None:
    found = {str(source.path): UNFINISHED.findall(source.text) for source in files(*FOLDERS)}
    assert {path: words for path, words in found.items() if words} == {}


def test_no_test_is_skipped_expected_to_fail_or_built_on_patches() -> None:
    found = {str(source.path): SKIPPED.findall(source.text) for source in files("tests")}
    assert {path: words for path, words in found.items() if words} == {}


def test_every_module_says_what_lives_in_it() -> None:
    assert [str(source.path) for source in files(*PRODUCT) if not re.match(r'r?"""\S', source.text)] == []

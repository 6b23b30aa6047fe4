"""Unit and integration tests lie as the code does: `tests/unit/comms/mail/` tests `services/comms/mail/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, Source, files

pytestmark = pytest.mark.architecture

UNIT, INTEGRATION = Path("tests/unit"), Path("tests/integration")
AREAS = {
    "shared": Path("shared"),
    "incident_manager": Path("incident_manager"),
    **{service: Path("services") / service for service in SERVICES},
}
"""Whose tests are held to it, and where the code is."""
SPANNING = {
    "tests/integration/comms/test_disclosure.py": "every way by which an incident could leave the house",
    "tests/integration/comms/test_query_plans.py": "all that is asked of the database",
    "tests/integration/comms/test_queues.py": "each capability's queue, and the one of all before",
    "tests/integration/comms/test_turning.py": "whatever takes long to write, beside pages",
    "tests/integration/gateway/test_gateway.py": "a request's way through, with keys, limits and what it belongs to",
    "tests/integration/gateway/test_secret_rotation.py": "whatever is signed or sealed at the gateway",
    "tests/integration/incident/test_cost.py": "all that a new incident asks of the database",
    "tests/integration/incident/test_incident.py": "an incident from its first alert to its end",
    "tests/integration/incident/test_learning_store.py": "post-mortems, action items and timelines as they are stored",
    "tests/integration/incident/test_store.py": "alerts, incidents, services and numbers as they are stored",
    "tests/integration/ingest/test_among_others.py": "alerts, groups and the incidents that they are in",
    "tests/integration/ingest/test_cost.py": "all that a new alert asks of the database",
    "tests/integration/ingest/test_ingest.py": "an alert from its request to its end",
    "tests/integration/ingest/test_teams.py": "whatever is listed to whom",
    "tests/integration/oncall/test_cost.py": "all that a new incident asks of the database",
    "tests/integration/oncall/test_oncall.py": "a schedule, a policy and the escalation that follows both",
    "tests/integration/oncall/test_rules.py": "swaps, drafts and explanations of schedules, policies and escalations",
    "tests/integration/oncall/test_store.py": "the directory and escalations as they are stored",
    "tests/integration/test_limits.py": "the tests' own limits",
    "tests/integration/test_namespaces.py": "what tests leave for the next one",
    "tests/integration/test_reaper.py": "what a run of tests leaves",
}
"""Integration tests of more than one capability of a service, or of no service, and of what."""


def imported(source: Source) -> set[str]:
    """All that a file imports, by dotted names."""
    return {whole for _, module, name in source.imports for whole in (module, f"{module}.{name}")}


def reached(source: Source) -> set[str]:
    """All that a file imports, and what the builders and walks of other unit tests that it imports do."""
    own = imported(source)
    helpers = [one for one in files("tests/unit") if ".".join(one.path.with_suffix("").parts) in own]
    return own.union(*(imported(helper) for helper in helpers))


def misplaced(source: Source, tests: Path, code: Path) -> Iterator[str]:
    """What is wrong with the place of a test file below the folder `tests` of the tests of `code`."""
    folder = source.path.parent.relative_to(tests)
    package = code / folder
    if not package.is_dir():
        yield f"{source.path}: there is no {package}"
        return
    if str(source.path) in SPANNING:
        return
    if tests.is_relative_to(UNIT) and folder.parts:
        if not any(f"{name}.".startswith(f"{'.'.join(package.parts)}.") for name in reached(source)):
            yield f"{source.path}: it imports nothing of {package}"
    elif tests.is_relative_to(UNIT):
        inside = {
            name.split(".")[len(code.parts)] for name in imported(source) if name.startswith(f"{'.'.join(code.parts)}.")
        }
        if len(inside) == 1 and (code / min(inside)).is_dir():
            yield f"{source.path}: it is about {code / min(inside)} alone"
    elif not folder.parts and not (code / source.path.name.removeprefix("test_")).is_file():
        yield f"{source.path}: it lies in no capability's folder, and is not said to span several"


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("tier", [UNIT, INTEGRATION], ids=["unit", "integration"])
def test_tests_lie_as_the_code_does(tier: Path, area: str) -> None:
    if not (tier / area).is_dir():
        return
    found = [
        one
        for source in files(str(tier / area))
        if source.path.name.startswith("test_")
        for one in misplaced(source, tier / area, AREAS[area])
    ]
    assert found == []


def test_what_lies_beside_the_services_starts_several_of_them() -> None:
    found = [
        str(source.path)
        for source in files(str(INTEGRATION))
        if source.path.parent == INTEGRATION
        and source.path.name.startswith("test_")
        and str(source.path) not in SPANNING
        and len({name for name in imported(source) if name.startswith("services.") and name.endswith(".app")}) < 2
    ]
    assert found == []


def test_what_spans_capabilities_is_there() -> None:
    assert [path for path in SPANNING if not Path(path).is_file()] == []


@pytest.mark.parametrize(
    "path, text, wrong",
    [
        pytest.param("mail/test_x.py", "import services.comms.mail.quota", False, id="as its module does"),
        pytest.param(
            "mail/test_x.py", "import tests.unit.comms.status_pages.pages", True, id="a builder of another capability's"
        ),
        pytest.param(
            "status_pages/test_x.py",
            "import tests.unit.comms.status_pages.pages",
            False,
            id="by what a builder imports",
        ),
        pytest.param("paging/test_x.py", "import services.comms.mail.quota", True, id="about another capability"),
        pytest.param("letters/test_x.py", "import services.comms.mail.quota", True, id="in a folder that has no like"),
        pytest.param("test_x.py", "import services.comms.mail.quota", True, id="about one capability, beside all"),
        pytest.param(
            "test_x.py", "import services.comms.mail.quota\nimport services.comms.slack.text", False, id="about two"
        ),
    ],
)
def test_the_rule_finds_what_lies_elsewhere(path: str, text: str, wrong: bool) -> None:
    source = Source(UNIT / "comms" / path)
    source.__dict__["text"] = text  # as if it was read
    assert any(misplaced(source, UNIT / "comms", AREAS["comms"])) is wrong

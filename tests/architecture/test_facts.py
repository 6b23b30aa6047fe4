"""Facts are models: what decides takes no dicts, whose members nobody checks, save where the JSON of others is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, Source, files
from tests.architecture.test_purity import kind

pytestmark = pytest.mark.architecture

OF_OTHERS = {
    "services/analytics/backtest/recording.py": "series in files of others",
    "services/comms/slack": "what Slack sends and answers",
    "services/comms/tickets/jira_format.py": "what Jira takes and refuses",
    "services/gateway/keys/key.py": "a stored document of any version",
    "services/gateway/openapi": "OpenAPI documents",
    "services/gateway/references/rules.py": "bodies of requests to any service",
    "services/gateway/request.py": "what the server tells of a request",
    "services/incident/catalogue/export.py": "a service as a file shows it",
    "services/incident/catalogue/openslo.py": "documents of OpenSLO",
    "services/incident/history/judgement.py": "rows as senders have them",
    "services/ingest/change_sources": "bodies of senders",
    "services/ingest/changes/change.py": "bodies of senders",
    "services/ingest/intake/message.py": "a message of the queue",
    "services/ingest/members": "bodies of unknown shape",
    "services/ingest/normalisation/content.py": "a stored document of any version",
    "services/ingest/normalisation/fingerprint.py": "labels as a sender has them",
    "services/ingest/samples/checking.py": "bodies of senders",
    "services/ingest/sources": "bodies of senders",
}
"""Files and folders that may take dicts, and of what."""
FIELDS = "fields"
"""How a parameter is called that says what is changed on a model, which refuses unknown names."""
DICTS = ("dict", "Mapping", "MutableMapping")
ANYTHING = ("Any", "object")


def dicts(source: Source) -> Iterator[str]:
    """The parameters of a file's functions that take a dict of anything."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                if one.arg != FIELDS and one.annotation is not None and _is_dict(one.annotation):
                    yield f"{source.path}:{node.lineno} {node.name} takes {one.arg}: {ast.unparse(one.annotation)}"


def _is_dict(annotation: ast.expr) -> bool:
    return any(
        (isinstance(part, ast.Subscript) and _is_of_anything(part))
        or (isinstance(part, ast.Name) and part.id == "Document")
        for part in ast.walk(annotation)
    )


def _is_of_anything(part: ast.Subscript) -> bool:
    is_dict = isinstance(part.value, ast.Name) and part.value.id in DICTS
    members = part.slice.elts if isinstance(part.slice, ast.Tuple) else []
    return is_dict and bool(members) and isinstance(members[-1], ast.Name) and members[-1].id in ANYTHING


def within_others(path: Path) -> set[str]:
    """The entries of `OF_OTHERS` that a file is, or is in."""
    return {name for name in OF_OTHERS if path == Path(name) or Path(name) in path.parents}


@pytest.mark.parametrize("service", SERVICES)
def test_what_decides_takes_models(service: str) -> None:
    found = [
        one
        for source in files(f"services/{service}")
        if kind(source, service) == "pure" and not within_others(source.path)
        for one in dicts(source)
    ]
    assert found == []


def test_what_is_excepted_still_takes_dicts() -> None:
    needed = {
        name
        for service in SERVICES
        for source in files(f"services/{service}")
        if kind(source, service) == "pure" and any(dicts(source))
        for name in within_others(source.path)
    }
    assert OF_OTHERS.keys() - needed == set()


@pytest.mark.parametrize(
    "parameter, finds",
    [
        pytest.param("fact: dict[str, Any]", True, id="a dict"),
        pytest.param("fact: Mapping[str, object] | None = None", True, id="a mapping, or none"),
        pytest.param("facts: Sequence[Mapping[str, Any]]", True, id="many"),
        pytest.param("fact: Document", True, id="a document of the database"),
        pytest.param("*, fact: dict[str, Any]", True, id="by its name"),
        pytest.param("fields: dict[str, Any]", False, id="what is changed on a model"),
        pytest.param("names: Mapping[str, str]", False, id="a mapping of something"),
        pytest.param("fact: IncidentFact", False, id="a model"),
    ],
)
def test_the_rule_finds_dicts(parameter: str, finds: bool, tmp_path: Path) -> None:
    source = Source(tmp_path / "x.py")
    source.path.write_text(f"def decide({parameter}): ...")
    assert any(dicts(source)) is finds

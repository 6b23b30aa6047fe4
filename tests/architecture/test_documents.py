"""Documents are made from the code or held to it: prose that nothing checks drifts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy import where
from shared.events import docs
from shared.settings import Settings

pytestmark = pytest.mark.architecture

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
CLIENT = {"TOCSIN_URL", "TOCSIN_API_KEY", "TOCSIN_ERROR_HISTORY"}
"""What the client reads."""
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def test_the_generated_documents_are_fresh() -> None:
    assert docs.stale(ROOT / "docs") == [], "run `python -m shared.events.docs`"


def test_the_page_of_what_lives_where_is_what_the_code_says() -> None:
    assert (ROOT / where.PAGE).read_text(encoding="utf-8") == where.page(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(
        r"`((?:services|shared|incident_manager|tests|deploy|docs)/[\w./-]+)`", page.read_text(encoding="utf-8")
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_decision_record_is_short_and_says_what_why_and_what_follows(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", record.stem)
    assert text.startswith((f"# {record.stem[:4]} ", f"# {record.stem[:4]}:")), "title and number"
    for part in ("## Context", "## Decision", "## Consequences"):
        assert part in text, part


def test_the_records_are_numbered_without_gaps() -> None:
    numbers = [int(record.stem[:4]) for record in RECORDS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_setting_stands_in_the_readme_and_no_other() -> None:
    said = set(re.findall(r"^\| `(TOCSIN_[A-Z_]+)`", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    known = {f"TOCSIN_{name.upper()}" for name in Settings.model_fields}
    # read by what starts the processes, or by the clients, not by a process
    others = {"TOCSIN_REPLICAS", "TOCSIN_DATABASE_SERVER", "TOCSIN_TEST_BACKEND"} | CLIENT
    assert known - said == set()
    assert said - known <= others
    assert said >= CLIENT


def test_every_target_of_the_makefile_says_what_it_does_and_is_phony() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    targets = re.findall(r"^([a-zA-Z][\w%-]*)\s*:(?!=)", text, re.MULTILINE)
    described = re.findall(r"^([a-zA-Z][\w%-]*)\s*:(?!=).*## \S", text, re.MULTILINE)
    files = {"requirements.txt", "requirements-dev.txt"}
    assert [target for target in targets if target not in described and target not in files] == []
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE)).split())
    assert [target for target in targets if "%" not in target and target not in phony | files] == []


def test_the_readme_names_the_targets_that_people_use() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in ("make run", "make test", "make stop", "make dead-letters") if name not in text] == []

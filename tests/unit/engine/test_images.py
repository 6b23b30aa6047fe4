"""Which images tests run, and what the one with the embedded database is made of."""

import re

from tests.architecture.source import ROOT
from tests.engine.images import HERE, STAND_INS, locked, pinned, stand_in


def test_what_may_be_pulled_is_what_compose_pins() -> None:
    compose = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    for image in pinned().values():
        assert f"image: {image.removeprefix('docker.io/').removeprefix('library/')}" in compose


def test_no_stand_in_is_named_in_what_is_shipped() -> None:
    for file in (ROOT / "deploy").rglob("*"):
        if file.suffix in (".yaml", ".yml", ".tpl") or file.name == "Dockerfile":
            assert "tocsin-test" not in file.read_text(encoding="utf-8"), file


def test_every_stand_in_says_what_it_stands_on_and_has_a_name_of_its_files() -> None:
    names = {stand_in(name) for name in STAND_INS}
    assert len(names) == len(STAND_INS)
    for name in names:
        assert re.fullmatch(r"localhost/tocsin-test/[a-z]+:[0-9a-f]{12}", name)
    for folder in STAND_INS.values():
        assert "tocsin.stand-in=" in (HERE / folder / "Containerfile").read_text(encoding="utf-8")


def test_the_lock_of_the_embedded_database_is_all_that_it_needs_by_its_hashes() -> None:
    lock = locked("secantusdb")
    names = {line.split("==")[0] for line in lock.splitlines() if re.match(r"\w", line)}
    assert {"secantusdb", "pymongo", "shapely", "numpy", "dnspython"} <= names
    assert "pytest" not in names
    assert lock.count("--hash=sha256:") > len(names)

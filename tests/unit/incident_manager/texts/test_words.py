import string

import pytest

from incident_manager.commandline.registry import find_commands
from incident_manager.texts.words import AREAS, LANGUAGES, Words, language_of


@pytest.mark.parametrize("area", AREAS, ids=lambda area: next(iter(area["en"])))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_with_the_same_values(area: dict[str, dict[str, str]], language: str) -> None:
    def values(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert list(area[language]) == list(area["en"])
    assert [key for key, text in area["en"].items() if values(text) != values(area[language][key])] == []


def test_no_text_is_in_two_areas() -> None:
    keys = [key for area in AREAS for key in area["en"]]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_says_what_it_does(language: str) -> None:
    words = Words(language)
    assert [name for name in find_commands() if words(f"help.{name}") == f"help.{name}"] == []


@pytest.mark.parametrize(
    "environ, language",
    [
        pytest.param({}, "en", id="nothing"),
        pytest.param({"LANG": "ja_JP.UTF-8"}, "ja", id="LANG"),
        pytest.param({"LANG": "ja_JP.UTF-8", "LC_ALL": "fa_IR"}, "fa", id="LC_ALL first"),
        pytest.param({"LANG": "ja_JP", "LC_MESSAGES": "de_DE"}, "en", id="a language that is not there"),
        pytest.param({"LANG": "de_DE", "LANGUAGE": "de:fa:ja"}, "fa", id="LANGUAGE is a list"),
        pytest.param({"LANG": "C", "LANGUAGE": "ja"}, "en", id="C is plain"),
        pytest.param({"LC_ALL": "C.UTF-8", "LANGUAGE": "ja"}, "en", id="C.UTF-8, too"),
    ],
)
def test_the_locale_chooses_the_language(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language

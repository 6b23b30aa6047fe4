import argparse

import pytest

from incident_manager.commandline.arguments import id_of
from incident_manager.commandline.parser import Parser, UsageError, make_parser
from incident_manager.commandline.registry import find_commands
from incident_manager.texts.words import Words


def parser(language: str = "en") -> Parser:
    return make_parser("incident-manager", Words(language), find_commands())


def parse(text: str) -> argparse.Namespace:
    return parser().parse_args(text.split())


@pytest.mark.parametrize(
    "text", ["--json list", "list --json", "--json list --json", "--quiet --json list --category error"]
)
def test_flags_of_every_command_stand_before_it_or_after_it(text: str) -> None:
    assert parse(text).json is True


@pytest.mark.parametrize("text", ["update --id INC-1 --status in_progress", "update INC-1 --status in_progress"])
def test_an_incident_is_the_first_word_or_an_option(text: str) -> None:
    assert id_of(parse(text)) == "INC-1"


def test_lists_take_several_words() -> None:
    asked = parse("resolve --id INC-1 --actions a b --root-cause c --preventive d e")
    assert (asked.actions, asked.root_cause, asked.preventive) == (["a", "b"], "c", ["d", "e"])


@pytest.mark.parametrize(
    "text, words",
    [
        pytest.param("", "required", id="no command"),
        pytest.param("lst", "none of", id="an unknown command"),
        pytest.param("create", "--title", id="what is missing"),
        pytest.param("create --title x --category bug", "bug", id="an unknown word"),
        pytest.param("create --titl x", "--title", id="no option may be shortened"),
        pytest.param("list --limit 0", "'0'", id="a number that is too small"),
        pytest.param("list --limit x", "'x'", id="no number"),
        pytest.param("list --from yesterday", "yesterday", id="no time"),
        pytest.param("list --from 99999-01-01", "99999", id="a year that is none"),
        pytest.param("show", "required", id="no incident"),
        pytest.param("show a --id b", "not allowed", id="two incidents"),
    ],
)
def test_what_can_t_be_understood_is_one_line(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as said:
        parse(text)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("language, words", [("ja", "必要です"), ("fa", "لازم‌اند")])
def test_usage_is_said_in_the_reader_s_language(language: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parser(language).parse_args(["create"])

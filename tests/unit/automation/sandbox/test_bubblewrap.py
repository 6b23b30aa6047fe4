from __future__ import annotations

from itertools import pairwise

import pytest

from services.automation.sandbox.bubblewrap import (
    OF_NETWORK,
    Descriptors,
    Folder,
    Host,
    Tools,
    launch_command,
    sandbox_arguments,
)
from services.automation.scripts.job import Interpreter, ScriptJob

pytestmark = pytest.mark.unit

HOST = Host(
    Tools("/usr/bin/bwrap", "/usr/bin/prlimit", "/usr/bin/nice", "/usr/bin/setpriv"),
    links=(("/bin", "usr/bin"),),
    folders=("/usr",),
    interpreters={Interpreter.SH: "/bin/sh"},
)
GIVEN = Descriptors(script=10, passwd=11, group=12, status=13, seccomp=14)
SECRET = ScriptJob("a", "echo secret-script", environment={"KEY": "secret-value"})
FOLDER = Folder("/srv/a", "/srv/a", "1:2")


def pairs(words: list[str]) -> set[tuple[str, str]]:
    return set(pairwise(words))


def test_a_network_and_its_files_are_there_only_for_who_asks() -> None:
    without = sandbox_arguments(HOST, SECRET, [], GIVEN)
    with_it = sandbox_arguments(HOST, ScriptJob("a", "true", network=True), [], GIVEN)
    assert "--share-net" not in without
    assert not set(OF_NETWORK) & set(without)
    assert "--share-net" in with_it
    assert set(OF_NETWORK) <= set(with_it)


def test_the_root_is_read_only_once_everything_is_mounted() -> None:
    words = sandbox_arguments(HOST, SECRET, [FOLDER], GIVEN)
    place = max(n for n, pair in enumerate(pairwise(words)) if pair == ("--remount-ro", "/"))
    assert all(mount not in words[place:] for mount in ("--bind", "--tmpfs", "--ro-bind", "--ro-bind-data"))


def test_secrets_are_in_what_is_read_from_a_file_and_never_on_the_command_line() -> None:
    words = launch_command(HOST, SECRET, [FOLDER], 9, memory_each=True)
    assert "secret" not in " ".join(words)
    assert ("KEY", "secret-value") in pairs(sandbox_arguments(HOST, SECRET, [], GIVEN))
    assert "secret-script" not in " ".join(sandbox_arguments(HOST, SECRET, [], GIVEN))


def test_memory_is_limited_of_each_process_only_where_there_is_no_group() -> None:
    each = launch_command(HOST, SECRET, [], 9, memory_each=True)
    together = launch_command(HOST, SECRET, [], 9, memory_each=False)
    assert f"--as={256 * 2**20}" in each
    assert not [word for word in together if word.startswith("--as")]
    assert "--nproc=17" in each
    assert "--nproc=17" in together


def test_root_becomes_another_user_before_anything_else_and_others_stay_who_they_are() -> None:
    words = launch_command(HOST, SECRET, [], 9, memory_each=True)
    assert words.index("/usr/bin/setpriv") < words.index("/usr/bin/bwrap")
    alone = Host(Tools("bwrap", "prlimit", "nice", None), (), (), {Interpreter.SH: "/bin/sh"})
    assert "--reuid" not in launch_command(alone, SECRET, [], 9, memory_each=True)

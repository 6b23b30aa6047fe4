"""Where another Debian comes from, and what is brought into it."""

from pathlib import Path

import pytest

from deploy.local.chroot import Chroot, environ_inside
from deploy.local.debian13 import find_mirror
from deploy.local.terminal import CannotStart

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n'
OTHERS = """
deb [arch=amd64 signed-by=/usr/share/keyrings/one.gpg] https://one.example/debian stable main
# deb http://off.example/debian bookworm main
deb-src http://source.example/debian bookworm main

Types: deb
URIs: https://two.example/node
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: http://three.example/debian
Suites: bookworm
"""


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param("deb http://mirror.example/debian bookworm main", id="a line"),
        pytest.param("deb [signed-by=/a.gpg arch=amd64] http://mirror.example/debian bookworm main", id="with options"),
        pytest.param(
            "# by hand\nTypes: deb deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates",
            id="a stanza",
        ),
        pytest.param(
            "Types: deb\nURIs: http://safe.example/debian-security\nSuites: bookworm-security\n\n"
            "Types: deb\nURIs: http://mirror.example/debian http://second.example/debian\nSuites: bookworm",
            id="two stanzas",
        ),
    ],
)
def test_the_mirror_is_the_one_that_this_debian_comes_from(settings: str) -> None:
    assert find_mirror(f"{OTHERS}\n\n{settings}\n", BOOKWORM) == "http://mirror.example/debian"


@pytest.mark.parametrize(
    "settings, system",
    [
        pytest.param(OTHERS, BOOKWORM, id="no mirror of Debian's own packages"),
        pytest.param("", BOOKWORM, id="no settings"),
        pytest.param("deb http://mirror.example/ubuntu noble main", "ID=ubuntu\nVERSION_CODENAME=noble", id="Ubuntu"),
        pytest.param("deb http://mirror.example/debian bookworm main", "", id="nobody knows what"),
    ],
)
def test_without_a_mirror_of_debian_it_says_so(settings: str, system: str) -> None:
    with pytest.raises(CannotStart, match="no mirror"):
        find_mirror(settings, system)


def test_a_command_there_hears_how_packages_are_had_and_nothing_of_tocsin() -> None:
    caller = {"PIP_CERT": "/c", "UV_X": "1", "https_proxy": "http://p", "SSL_CERT_FILE": "/c"}
    others = {"TOCSIN_SECRET_KEY": "s", "PATH": "/mine", "HOME": "/home/sara", "VIRTUAL_ENV": "/v", "MAKEFLAGS": "-j"}
    found = environ_inside(caller | others)
    assert found.items() >= caller.items()
    assert found.keys() - caller.keys() == {"PATH", "HOME", "LANG", "TERM"}
    assert (found["HOME"], "/mine" in found["PATH"]) == ("/root", False)


def test_the_settings_of_this_machine_and_of_the_caller_are_copied_anew(tmp_path: Path) -> None:
    there = Chroot(tmp_path / "there", "trixie")
    home = tmp_path / "home"
    (home / ".config" / "pip").mkdir(parents=True)
    for said in ("[global]\ntimeout = 1\n", "[global]\ntimeout = 2\n"):
        (home / ".config" / "pip" / "pip.conf").write_text(said)
        there.copy_settings({"HOME": str(home)})
        assert (there.folder / "root" / ".config" / "pip" / "pip.conf").read_text() == said
    assert (there.folder / "etc" / "hosts").read_text() == Path("/etc/hosts").read_text()


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    there = Chroot(tmp_path / "there", "trixie")
    there.folder.mkdir()
    (there.folder / ".tocsin-made").write_text("trixie git make")
    there.make(["make", "git"], "http://nowhere.invalid/debian")
    assert list(there.folder.iterdir()) == [there.folder / ".tocsin-made"]

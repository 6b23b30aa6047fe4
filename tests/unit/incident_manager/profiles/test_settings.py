from pathlib import Path

import pytest

from incident_manager.client.errors import NotSetUp
from incident_manager.profiles.settings import DEFAULT_URL, read_settings

FILE = """
profile = "home"
[profiles.home]
url = "https://home.example/"
api_key = "home-key"
user = "sara"
[profiles.work]
url = "https://work.example"
api_key_file = "{key}"
language = "ja"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "key").write_text("work-key\n")
    folder = tmp_path / "tocsin"
    folder.mkdir()
    (folder / "config.toml").write_text(FILE.format(key=tmp_path / "key"))
    return {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}


@pytest.mark.parametrize(
    "profile, more, url, key",
    [
        pytest.param(None, {}, "https://home.example", "home-key", id="the file's own profile"),
        pytest.param("work", {}, "https://work.example", "work-key", id="a named one, its key from a file"),
        pytest.param(None, {"TOCSIN_API_KEY": "env-key"}, "https://home.example", "env-key", id="a key alone"),
        pytest.param(
            None, {"TOCSIN_URL": "http://x:1", "TOCSIN_API_KEY": "env-key"}, "http://x:1", "env-key", id="both"
        ),
        pytest.param(
            "work", {"TOCSIN_URL": "http://x:1", "TOCSIN_API_KEY": "env-key"}, "https://work.example", "work-key",
            id="a profile that was asked for beats the environment",
        ),
    ],
)  # fmt: skip
def test_the_gateway_and_its_key(
    environ: dict[str, str], profile: str | None, more: dict[str, str], url: str, key: str
) -> None:
    found = read_settings(profile, None, environ | more)
    assert (found.url, found.api_key) == (url, key)
    assert key not in repr(found)


def test_a_profiles_key_never_goes_to_a_gateway_that_only_the_environment_names(environ: dict[str, str]) -> None:
    with pytest.raises(NotSetUp, match="no API key"):
        read_settings(None, None, environ | {"TOCSIN_URL": "http://elsewhere.example"})


def test_without_a_file_the_local_gateway_is_meant(tmp_path: Path) -> None:
    found = read_settings(None, None, {"HOME": str(tmp_path), "TOCSIN_API_KEY": "k"})
    assert found.url == DEFAULT_URL


@pytest.mark.parametrize(
    "url",
    ["localhost:8080", "ftp://x", "http://", "http://x:99999", "http://u:p@x", "http://x/?a=1", "http://a b", "x\n"],
)
def test_what_is_no_address_is_said(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotSetUp, match="address"):
        read_settings(None, None, {"HOME": str(tmp_path), "TOCSIN_API_KEY": "k", "TOCSIN_URL": url})


@pytest.mark.parametrize("key", ["a b", "schlüssel", "a\x00b"])
def test_a_key_that_no_header_carries_is_not_repeated(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotSetUp) as said:
        read_settings(None, None, {"HOME": str(tmp_path), "TOCSIN_API_KEY": key})
    assert key not in said.value.detail


@pytest.mark.parametrize(
    "text, words",
    [
        pytest.param("profile = [", "Invalid value", id="no TOML"),
        pytest.param('profile = "x"', "no profile 'x'", id="a profile that is not there"),
        pytest.param("profiles = 3", "must be a table", id="no table"),
        pytest.param('profile = "a"\n[profiles.a]\nurl = 3', "must be a text", id="a number"),
        pytest.param('profile = "a"\n[profiles.a]\nkey = "x"', "unknown member 'key'", id="a member nobody knows"),
        pytest.param("\x00", "config.toml", id="a control character"),
    ],
)
def test_a_fault_in_the_file_is_said_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(NotSetUp, match=words):
        read_settings(None, str(file), {"HOME": str(tmp_path), "TOCSIN_API_KEY": "k"})


@pytest.mark.parametrize("body", [b"\xff\xfea\x00", b"x" * 2_000_000], ids=["UTF-16", "too long"])
def test_a_file_that_can_t_be_read_is_said(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(body)
    with pytest.raises(NotSetUp, match=str(file)):
        read_settings(None, str(file), {"HOME": str(tmp_path), "TOCSIN_API_KEY": "k"})

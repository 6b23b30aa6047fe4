import stat
from pathlib import Path

from deploy.local.run_dir import held, kept_secret, make_private, read_json, write_whole


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_the_owners_alone_even_when_it_was_not(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)

    assert mode(make_private(folder)) == 0o700


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "broker.pid"
    write_whole(path, "1\n")
    write_whole(path, "2\n")

    assert path.read_text() == "2\n"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path / "secret.key")

    assert kept_secret(tmp_path / "secret.key") == secret
    assert len(secret) == 44
    assert mode(tmp_path / "secret.key") == 0o600
    assert kept_secret(tmp_path / "other.key") != secret


def test_what_is_no_json_object_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("[1]")

    assert read_json(tmp_path / "missing") == read_json(tmp_path / "list") == {}


def test_a_lock_has_one_holder_and_ends_with_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with held(lock) as first, held(lock, wait=False) as second:
        assert first
        assert not second
    with held(lock, wait=False) as third:
        assert third

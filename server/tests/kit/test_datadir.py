"""The data directory and its secrets."""

from __future__ import annotations

import pytest

from invigil.app import build_ports
from invigil.kit import datadir
from invigil.kit.datadir import DataDir, StartRefusedError
from invigil.kit.durable import flush_directory
from invigil.settings import Settings


@pytest.fixture
def data_dir(tmp_path) -> DataDir:
    data_dir = DataDir(tmp_path / "data", may_create_secrets=True)
    data_dir.prepare()
    return data_dir


def test_the_server_keeps_its_keys(data_dir):
    first = data_dir.server_key().public_key, data_dir.attempt_token_secret()

    assert (data_dir.server_key().public_key, data_dir.attempt_token_secret()) == first
    assert first[0] != first[1]


def test_secrets_are_readable_by_their_owner_alone(data_dir):
    data_dir.server_key()
    data_dir.attempt_token_secret()

    files = sorted((data_dir.path / "keys").iterdir())

    assert [each.name for each in files] == ["attempt-tokens.secret", "server.ed25519"]
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert data_dir.path.stat().st_mode & 0o777 == 0o700


def test_a_second_server_in_the_same_directory_is_refused(data_dir):
    with data_dir.lock(), pytest.raises(StartRefusedError, match="Another Invigil server"):
        data_dir.lock().__enter__()


def test_the_directory_is_free_again_after_the_server(data_dir):
    with data_dir.lock():
        pass
    with data_dir.lock():
        assert True


def test_a_server_with_a_shared_database_does_not_start_without_its_secrets(tmp_path):
    settings = Settings(data_dir=tmp_path, database_url="postgresql+asyncpg://nobody@nowhere/x")

    with pytest.raises(StartRefusedError, match="copy the keys directory"):
        build_ports(settings)


def test_a_directory_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StartRefusedError, match="INVIGIL_DATA_DIR"):
        DataDir(tmp_path / "file" / "data", may_create_secrets=True).prepare()


def flushed_while(work, monkeypatch):
    """Return which directories were flushed, each with the names it had at its last flush."""
    flushed = {}

    def remember(path):
        flushed[path] = {each.name for each in path.iterdir()}
        flush_directory(path)

    monkeypatch.setattr(datadir, "flush_directory", remember)
    work()
    return flushed


@pytest.mark.parametrize("is_left_by_a_kill", [False, True])
def test_the_names_of_directories_and_secrets_survive_a_power_cut(
    tmp_path, monkeypatch, is_left_by_a_kill
):
    data_dir = DataDir(tmp_path / "data", may_create_secrets=True)
    if is_left_by_a_kill:
        data_dir.prepare()
        data_dir.server_key()

    def start():
        data_dir.prepare()
        data_dir.server_key()

    flushed = flushed_while(start, monkeypatch)

    assert "data" in flushed[tmp_path]
    assert "keys" in flushed[tmp_path / "data"]
    assert flushed[tmp_path / "data" / "keys"] == {"server.ed25519"}


def test_a_secret_that_another_process_made_first_is_flushed_too(data_dir, monkeypatch):
    keys = data_dir.path / "keys"
    (keys / "server.ed25519").write_text("theirs")

    flushed = flushed_while(
        lambda: datadir._write_once(keys / "server.ed25519", "ours"), monkeypatch
    )

    assert flushed == {keys: {"server.ed25519"}}
    assert (keys / "server.ed25519").read_text() == "theirs"


def test_a_data_directory_below_one_that_cannot_be_read_is_prepared(tmp_path, monkeypatch):
    def refuse(path):
        if path == tmp_path:
            raise PermissionError
        flush_directory(path)

    monkeypatch.setattr(datadir, "flush_directory", refuse)

    DataDir(tmp_path / "data", may_create_secrets=True).prepare()

    assert (tmp_path / "data" / "keys").is_dir()

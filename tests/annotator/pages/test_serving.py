import os
import socket
import sys
from pathlib import Path

import pytest

from annotator.errors import CannotServe
from annotator.pages.web_process import import_for_the_first_visitor
from annotator.serving import Access, check_access, command, serve
from db.errors import NotAProject
from db.store import Store

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.7", "::", "example.org", ""])
def test_only_this_machine_is_served(store: Store, address: str) -> None:
    with pytest.raises(CannotServe, match="this machine only"):
        serve(store.path, Access(address))


def test_a_missing_project_is_reported_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(NotAProject):
        serve(tmp_path / "nothing.db")


def test_a_link_to_a_project_in_a_read_only_folder_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "linked.db"
    link.symlink_to(store.path)
    may_write = os.access  # nothing is read-only for root, and tests may run as root
    read_only = store.path.parent
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != read_only and may_write(path, mode))
    with pytest.raises(CannotServe, match=f"{read_only} is read-only"):
        check_access(link, Access(), port=0)


def test_a_busy_port_is_reported_before_anything_starts(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(CannotServe, match=f"Port {port} cannot be used"):
            serve(store.path, port=port)


@pytest.mark.parametrize("name", ["example.org", "192.0.2.7"])
def test_without_a_provider_no_other_name_is_answered_to(store: Store, name: str) -> None:
    with pytest.raises(CannotServe, match="configure an identity provider"):
        serve(store.path, Access(hosts=(name,)))


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    path = tmp_path / "secrets.toml"
    path.write_text(
        """
        [auth]
        redirect_uri = "https://marks.example.org/oauth2callback"
        cookie_secret = "a secret of a test, long enough to be one"
        client_id = "whylight"
        client_secret = "y"
        server_metadata_url = "https://login.example.org/.well-known/openid-configuration"
        """
    )
    return path


def test_with_a_provider_other_machines_are_served_under_the_given_names(store: Store, secrets: Path) -> None:
    access = Access("0.0.0.0", hosts=("marks.example.org",), secrets=secrets)
    assert check_access(store.path, access, port=0) == "http://0.0.0.0:0"
    flags = command(access, port=1, open_browser=False)
    assert f"--secrets.files={secrets}" in flags
    assert "--browser.serverAddress=marks.example.org" in flags
    assert [each for each in flags if each.startswith("--server.allowedHosts")] == [
        f"--server.allowedHosts={name}" for name in ("localhost", "127.0.0.1", "::1", "marks.example.org")
    ]


def test_without_a_given_file_the_secrets_of_the_home_count_and_never_those_of_the_folder(
    store: Store, secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, home = tmp_path / "received", tmp_path / "home"
    for each in (folder, home):
        (each / ".streamlit").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(folder)
    (folder / ".streamlit" / "secrets.toml").write_text(secrets.read_text())
    with pytest.raises(CannotServe, match="this machine only"):
        check_access(store.path, Access("0.0.0.0"))
    arguments = command(Access(), port=1, open_browser=False)
    assert f"--secrets.files={home / '.streamlit' / 'secrets.toml'}" in arguments  # although it does not exist
    assert "https://marks.example.org" not in arguments
    secrets.rename(home / ".streamlit" / "secrets.toml")
    assert check_access(store.path, Access("0.0.0.0"), port=0) == "http://0.0.0.0:0"
    assert "https://marks.example.org" in command(Access(), port=1, open_browser=False)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[auth", "cannot be read as TOML"),
        ("[auth]\n", "no redirect_uri and no cookie_secret and no client_id"),
        ('auth = "x"\n', "no redirect_uri"),
        ("[else]\n", "this machine only"),
    ],
)
def test_secrets_that_do_not_do_are_explained(store: Store, secrets: Path, content: str, says: str) -> None:
    secrets.write_text(content)
    with pytest.raises(CannotServe, match=says):
        check_access(store.path, Access("0.0.0.0", secrets=secrets))


def test_secrets_that_streamlit_would_not_read_are_refused(store: Store, secrets: Path) -> None:
    other = secrets.rename(secrets.with_name("auth.secrets"))
    with pytest.raises(CannotServe, match=r"must end in \.toml"):
        check_access(store.path, Access("0.0.0.0", secrets=other))


def test_another_loopback_address_is_answered_to(store: Store) -> None:
    assert "--server.allowedHosts=127.0.0.2" in command(Access("127.0.0.2"), port=1, open_browser=False)


@pytest.mark.parametrize("secret", ["a", "0123456789012345678901234567890"])
def test_a_secret_that_could_be_guessed_is_refused(store: Store, secrets: Path, secret: str) -> None:
    content = secrets.read_text().replace("a secret of a test, long enough to be one", secret)
    secrets.write_text(content)
    with pytest.raises(CannotServe, match=r"cookie_secret of .* has fewer than 32 characters"):
        check_access(store.path, Access(secrets=secrets))


def test_what_is_imported_for_the_first_visitor_is_there() -> None:
    import_for_the_first_visitor()
    assert {"annotator.rounds.measuring.comparing", "annotator.exporting.preview"} <= sys.modules.keys()

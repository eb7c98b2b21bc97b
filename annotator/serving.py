"""Serve a project on this machine: check it, give Streamlit its settings, and run it."""

import os
import socket
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from annotator.care.backup_timer import start_timer
from annotator.errors import CannotServe
from annotator.importing.upload_settings import MOST_MEGABYTES
from annotator.loopback import is_loopback
from annotator.pages.web_options import written
from annotator.project.folders import take_over_folders
from annotator.safe_path import environment, python
from annotator.settings import (
    METRICS_VARIABLE,
    PROJECT_VARIABLE,
    PROVIDER_VARIABLE,
    STOP_VARIABLE,
    STOP_WITHIN_S,
    WELCOME_VARIABLE,
)
from db.errors import DamagedProject, LostLog
from db.opening import acknowledged
from db.opening.locks import lock_for_life
from db.opening.open_logs import lost_logs
from db.opening.openable import refuse_foreign_file
from db.store import Store

_OF_A_PROVIDER = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
SHORTEST_SECRET = 32
"""A shorter secret could be guessed, and then a cookie that makes its owner an admin could be forged."""
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Access:
    """Who may reach the pages: under which address and names, and how they sign in."""

    address: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    """The names under which people reach the pages, in addition to this machine's own."""
    secrets: Path | None = None
    """Streamlit's secrets with a section `auth`; None takes the one in the user's home, never the current folder's."""
    welcome: bool = False
    """Let anyone whom the identity provider authenticates annotate."""
    metrics: bool = False
    """Let programs on this machine read the server's figures."""


def check_access(project: Path, access: Access, *, port: int = 8501) -> str:
    """Return the address under which `serve` would serve the project, or refuse what it would refuse.

    Signing in by name is not access control, so without an identity provider, which says who people
    are, only this machine is served.
    """
    refuse_foreign_file(project)  # by the given name
    project = project.resolve()  # from here on by the file's real name, to which its folder, locks and logs belong
    has_provider = _has_provider(access.secrets)
    if not has_provider:
        _refuse_other_machines(access)
    _refuse_read_only(project)
    with Store.open(project) as store:
        _refuse_missing_answers(store)
        _refuse_lost_logs(store)
    _refuse_busy_port(access.address, port)
    host = f"[{access.address}]" if ":" in access.address else access.address
    return f"http://{host}:{port}"


def serve(
    project: Path,
    access: Access = Access(),
    *,
    port: int = 8501,
    open_browser: bool = False,
    stop_within_s: float = STOP_WITHIN_S,
) -> NoReturn:
    """Turn this process into the web server of a project; Ctrl-C or SIGTERM ends it once it has finished its work."""
    check_access(project, access, port=port)
    project = project.resolve()
    lock_for_life(project, purpose="server")
    take_over_folders(project)
    server = command(access, port=port, open_browser=open_browser)
    start_timer(project)
    variables = {
        PROJECT_VARIABLE: str(project),
        WELCOME_VARIABLE: str(int(access.welcome)),
        PROVIDER_VARIABLE: str(int(_has_provider(access.secrets))),
        METRICS_VARIABLE: str(int(access.metrics)),
        STOP_VARIABLE: str(stop_within_s),
    }
    os.execve(server[0], server, environment() | variables)


def command(access: Access, *, port: int, open_browser: bool) -> list[str]:
    """Return the command line that serves the pages with our settings."""
    own = [access.address] if is_loopback(access.address) else []
    options: dict[str, object] = {
        "server.port": port,
        "server.address": access.address,
        "server.headless": not open_browser,
        "server.maxUploadSize": MOST_MEGABYTES,
        "server.allowedHosts": list(dict.fromkeys((*_LOOPBACK_NAMES, *own, *access.hosts))),
        "browser.serverAddress": access.hosts[0] if access.hosts else access.address,
        "secrets.files": [_secrets_file(access.secrets)],  # always: else Streamlit reads the current folder's
    }
    origins = " ".join(_origins_of_proxies(access))
    return python("annotator.pages.web_process", _main_script(), origins, *written(options))


def _origins_of_proxies(access: Access) -> list[str]:
    """Return the origins of pages served through a proxy: its names, and where the provider sends people back to."""
    origins = [f"https://{host}" for host in access.hosts]
    auth = _provider(access.secrets)
    if auth is not None:
        back = urlsplit(str(auth["redirect_uri"]))
        origins.append(f"{back.scheme}://{back.netloc}")
    return list(dict.fromkeys(origins))


def _main_script() -> str:
    spec = find_spec("streamlit_app")
    if spec is None or spec.origin is None:
        raise CannotServe("streamlit_app.py was not found; install Whylight again, or start it in its checkout.")
    return spec.origin


def _refuse_read_only(project: Path) -> None:
    # SQLite itself would only find out at the first answer.
    for path in (project, project.parent):
        if path.exists() and not os.access(path, os.W_OK):
            raise CannotServe(f"{path} is read-only for you; change its permissions, so that answers can be stored.")


def _refuse_missing_answers(store: Store) -> None:
    missing = acknowledged.missing(store.db, store.path)
    if missing is not None:
        raise DamagedProject(
            f"{store.path} ends at answer {missing[0]}, but answer {missing[1]} was acknowledged: its log "
            f"({store.path.name}-wal) was deleted, or left out when the file was copied. Put the log back "
            "next to it before anything is written; if it is lost, restore a backup.",
            path=store.path,
        )


def _refuse_lost_logs(store: Store) -> None:
    lost = lost_logs(store.path)
    if lost:
        raise LostLog(
            f"The log of {store.path} was deleted while {' and '.join(lost)} had it open; end that program first, "
            "because what it writes now is lost.",
            path=store.path,
        )


def _secrets_file(secrets: Path | None) -> Path:
    """Return the file of secrets that counts: the given one or the home's, which need not exist."""
    return Path.home() / ".streamlit" / "secrets.toml" if secrets is None else secrets.absolute()


def _has_provider(secrets: Path | None) -> bool:
    """Return whether the secrets that count name an identity provider."""
    return _provider(secrets) is not None


def _provider(given: Path | None) -> dict[str, Any] | None:
    """Return the section `auth` of the secrets that count, or None."""
    secrets = _secrets_file(given)
    if given is None and not secrets.exists():
        return None
    if secrets.suffix != ".toml":
        raise CannotServe(f"The name of {secrets} must end in .toml, or Streamlit does not read it; rename it.")
    try:
        auth = tomllib.loads(secrets.read_text(encoding="utf-8")).get("auth")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotServe(f"{secrets} cannot be read as TOML ({error}); correct it, or name another file.") from error
    if auth is None:
        return None
    missing = [name for name in _OF_A_PROVIDER if not isinstance(auth, dict) or not auth.get(name)]
    if missing:
        raise CannotServe(f"The section auth of {secrets} has no {' and no '.join(missing)}; add it.")
    if len(str(auth["cookie_secret"])) < SHORTEST_SECRET:
        raise CannotServe(
            f"The cookie_secret of {secrets} has fewer than {SHORTEST_SECRET} characters and could be guessed; put in "
            'a long random one, such as `python -c "import secrets; print(secrets.token_hex(32))"` prints.'
        )
    if find_spec("authlib") is None:
        raise CannotServe("Signing in through an identity provider needs the extra `oidc`; install whylight[oidc].")
    return dict(auth)


def _refuse_other_machines(access: Access) -> None:
    for name in (access.address, *access.hosts):
        if not is_loopback(name):
            raise CannotServe(
                f"Whylight serves this machine only, because signing in by name is not access control: give 127.0.0.1 "
                f"instead of {name}, or configure an identity provider (docs/guide/people.md)."
            )


def _refuse_busy_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CannotServe(f"Port {port} cannot be used ({error.strerror}); choose another with --port.") from error

"""Serve a project on this machine: check it, give Streamlit its settings, and run it."""

import ipaddress
import os
import socket
import sys
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from annotator.backup_timer import start_timer
from annotator.errors import CannotServe
from annotator.settings import PROJECT_VARIABLE, PROVIDER_VARIABLE, WELCOME_VARIABLE
from annotator.uploads import MOST_MEGABYTES
from db import acknowledged
from db.errors import DamagedProject, LostLog
from db.locks import lock_for_life
from db.open_logs import lost_logs
from db.store import Store

LOOK: dict[str, str | bool] = {
    "theme.font": "Inter, sans-serif",
    "theme.headingFont": '"Source Serif 4", Georgia, serif',
    "theme.baseRadius": "8px",
    "theme.showWidgetBorder": True,
    "theme.light.primaryColor": "#1F6F78",
    "theme.light.backgroundColor": "#FBFAF7",
    "theme.light.secondaryBackgroundColor": "#F3F1EA",
    "theme.light.textColor": "#24313A",
    "theme.light.borderColor": "#E2DFD7",
    "theme.light.linkColor": "#1F6F78",
    "theme.dark.primaryColor": "#6CC4C9",
    "theme.dark.backgroundColor": "#16191C",
    "theme.dark.secondaryBackgroundColor": "#1D2125",
    "theme.dark.textColor": "#E9E6DF",
    "theme.dark.borderColor": "#2F3439",
    "theme.dark.linkColor": "#6CC4C9",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "browser.gatherUsageStats": False,
}
"""The options of Streamlit that make the pages look and behave as ours, light and dark by the system."""

_OF_A_PROVIDER = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Access:
    """Who may reach the pages: under which address and names, and how they sign in."""

    address: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    """The names under which people reach the pages, beside this machine's own."""
    secrets: Path | None = None
    """Streamlit's secrets with a section `auth`; None looks where Streamlit does."""
    welcome: bool = False
    """Let everybody annotate for whom the identity provider vouches."""


def check_access(project: Path, access: Access, *, port: int = 8501) -> str:
    """Give the address under which `serve` would serve the project, or refuse what it would refuse.

    By name only this machine is served, for that is no access control; elsewhere an identity
    provider has to say who people are.
    """
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


def serve(project: Path, access: Access = Access(), *, port: int = 8501, open_browser: bool = False) -> NoReturn:
    """Turn this process into the web server of a project; Ctrl-C ends it."""
    check_access(project, access, port=port)
    project = project.resolve()  # whatever name it was given by: its locks and folders belong to the file
    lock_for_life(project, purpose="server")
    server = command(access, port=port, open_browser=open_browser)
    start_timer(project)
    variables = {
        PROJECT_VARIABLE: str(project),
        WELCOME_VARIABLE: str(int(access.welcome)),
        PROVIDER_VARIABLE: str(int(_has_provider(access.secrets))),
    }
    os.execve(server[0], server, os.environ | variables)


def command(access: Access, *, port: int, open_browser: bool) -> list[str]:
    """Give the command line that runs Streamlit with our settings."""
    options: dict[str, object] = {
        **LOOK,
        "server.port": port,
        "server.address": access.address,
        "browser.serverAddress": access.hosts[0] if access.hosts else access.address,
        "server.headless": not open_browser,
        "server.fileWatcherType": "none",
        "server.maxUploadSize": MOST_MEGABYTES,
        "server.runOnSave": False,
        # Whatever a config.toml says: no other web page speaks to this server, and no header says who people are.
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.enableAgentApi": False,
        "server.trustedUserHeaders": "{}",
        "logger.hideWelcomeMessage": True,
    }
    flags = [f"--{name}={_written(value)}" for name, value in options.items()]
    own = [access.address] if _is_loopback(access.address) else []
    names = dict.fromkeys((*_LOOPBACK_NAMES, *own, *access.hosts))
    flags += [f"--server.allowedHosts={name}" for name in names]
    if access.secrets is not None:
        flags.append(f"--secrets.files={access.secrets.absolute()}")
    return [sys.executable, "-m", "streamlit", "run", _main_script(), *flags]


def _main_script() -> str:
    spec = find_spec("streamlit_app")
    if spec is None or spec.origin is None:
        raise CannotServe("streamlit_app.py was not found; install Whylight again, or start in its checkout.")
    return spec.origin


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse_read_only(project: Path) -> None:
    # SQLite itself would find out at the first answer only.
    for each in (project, project.absolute().parent):
        if each.exists() and not os.access(each, os.W_OK):
            raise CannotServe(f"{each} is read-only for you; change its permissions, so that answers can be stored.")


def _refuse_missing_answers(store: Store) -> None:
    missing = acknowledged.missing(store)
    if missing is not None:
        raise DamagedProject(
            f"{store.path} ends at answer {missing[0]}, and answer {missing[1]} was acknowledged: its log "
            f"({store.path.name}-wal) was deleted, or left behind when the file was copied. Put the log back "
            "beside it before anything is written; where it is gone, restore a backup.",
            path=store.path,
        )


def _refuse_lost_logs(store: Store) -> None:
    lost = lost_logs(store.path)
    if lost:
        raise LostLog(
            f"The log of {store.path} was deleted while {' and '.join(lost)} had it open; end that program first, for "
            "what it writes now is lost.",
            path=store.path,
        )


def _has_provider(secrets: Path | None) -> bool:
    """Whether these secrets, or those that Streamlit finds by itself, name an identity provider."""
    places = [secrets] if secrets else [folder / ".streamlit" / "secrets.toml" for folder in (Path.cwd(), Path.home())]
    return any(_names_provider(place) for place in places if secrets or place.exists())


def _names_provider(secrets: Path) -> bool:
    if secrets.suffix != ".toml":
        raise CannotServe(f"{secrets} has to be called something.toml, or Streamlit does not read it; rename it.")
    try:
        auth = tomllib.loads(secrets.read_text(encoding="utf-8")).get("auth")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotServe(f"{secrets} cannot be read as TOML ({error}); mend it, or name another file.") from error
    if auth is None:
        return False
    missing = [name for name in _OF_A_PROVIDER if not isinstance(auth, dict) or not auth.get(name)]
    if missing:
        raise CannotServe(f"The section auth of {secrets} has no {' and no '.join(missing)}; add it.")
    if find_spec("authlib") is None:
        raise CannotServe("Signing in through an identity provider needs the extra `oidc`; install whylight[oidc].")
    return True


def _refuse_other_machines(access: Access) -> None:
    for name in (access.address, *access.hosts):
        if not _is_loopback(name):
            raise CannotServe(
                f"Whylight serves this machine only, because signing in by name is no access control: give 127.0.0.1 "
                f"instead of {name}, or configure an identity provider (docs/guide.md, People)."
            )


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _refuse_busy_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CannotServe(f"Port {port} cannot be used ({error.strerror}); choose another with --port.") from error

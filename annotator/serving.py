"""Serve a project on this machine: check it, give Streamlit its settings, and run it."""

import ipaddress
import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from annotator.backup_timer import start_timer
from annotator.errors import CannotServe
from annotator.settings import PROJECT_VARIABLE
from annotator.uploads import MOST_MEGABYTES
from db import acknowledged
from db.errors import DamagedProject
from db.locks import lock_for_life
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

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def check_address(project: Path, *, port: int = 8501, address: str = "127.0.0.1") -> str:
    """Give the address under which `serve` would serve the project, or refuse what it would refuse.

    Signing in is by name only, so any address but this machine's own is refused.
    """
    _refuse_other_machines(address)
    _refuse_read_only(project)
    with Store.open(project) as store:
        _refuse_missing_answers(store)
    _refuse_busy_port(address, port)
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{port}"


def serve(project: Path, *, port: int = 8501, address: str = "127.0.0.1", open_browser: bool = False) -> NoReturn:
    """Turn this process into the web server of a project; Ctrl-C ends it."""
    check_address(project, port=port, address=address)
    lock_for_life(project.absolute(), purpose="server")
    command = _command(port=port, address=address, open_browser=open_browser)
    start_timer(project.absolute())
    os.execve(command[0], command, os.environ | {PROJECT_VARIABLE: str(project.absolute())})


def _command(*, port: int, address: str, open_browser: bool) -> list[str]:
    options: dict[str, object] = {
        **LOOK,
        "server.port": port,
        "server.address": address,
        "browser.serverAddress": address,
        "server.headless": not open_browser,
        "server.fileWatcherType": "none",
        "server.maxUploadSize": MOST_MEGABYTES,
        "server.runOnSave": False,
        "logger.hideWelcomeMessage": True,
    }
    flags = [f"--{name}={_written(value)}" for name, value in options.items()]
    flags += [f"--server.allowedHosts={name}" for name in _LOOPBACK_NAMES]
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


def _refuse_other_machines(address: str) -> None:
    try:
        is_loopback = address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise CannotServe(
            f"Whylight serves this machine only, because signing in by name is no access control: "
            f"give 127.0.0.1 instead of {address}."
        )


def _refuse_busy_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CannotServe(f"Port {port} cannot be used ({error.strerror}); choose another with --port.") from error

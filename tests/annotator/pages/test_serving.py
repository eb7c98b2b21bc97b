import socket
from pathlib import Path

import pytest

from annotator.errors import CannotServe
from annotator.serving import serve
from db.errors import NotAProject
from db.store import Store


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.7", "::", "example.org", ""])
def test_only_this_machine_is_served(store: Store, address: str) -> None:
    with pytest.raises(CannotServe, match="this machine only"):
        serve(store.path, address=address)


def test_a_missing_project_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(NotAProject):
        serve(tmp_path / "nothing.db")


def test_a_busy_port_is_said_before_anything_starts(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(CannotServe, match=f"Port {port} cannot be used"):
            serve(store.path, port=port)

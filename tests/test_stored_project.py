"""A project that an earlier state of the code made, at schema 6, is what it was: opened, exported, drawn, used.

`stored_project/ships.tar.gz` holds the project and its round, `ships.jsonl` what the code of that day exported.
"""

import json
import socket
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from documented_project import facts
from streamlit.testing.v1 import AppTest

from db.store import Store
from db.team import people
from learner.__main__ import main as learner

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "tests" / "stored_project"
PAGES = ("annotate", "data", "my_work", "project", "review", "rounds")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with tarfile.open(HERE / "ships.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "ships.db"


def whylight(*arguments: object) -> Any:
    return facts(*map(str, arguments))


@pytest.mark.slow
def test_it_is_exported_byte_for_byte_and_read_back(project: Path, tmp_path: Path) -> None:
    whylight("export", project, tmp_path / "ships.jsonl")
    stored = (HERE / "ships.jsonl").read_bytes()
    assert (tmp_path / "ships.jsonl").read_bytes() == stored
    whylight("init", tmp_path / "again.db", "--label", "none", "--label", "event", "--no-rationale", "none")
    whylight("import", tmp_path / "again.db", HERE / "ships.jsonl")
    whylight("export", tmp_path / "again.db", tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == stored


def test_the_doctor_finds_nothing_wrong_with_it(project: Path) -> None:
    findings = whylight("doctor", project)["findings"]
    about = {each["about"] for each in findings if each["level"] != "ok"}
    assert about <= {"SQLite", "backups", "schema"}, findings  # its schema is older


@pytest.mark.slow
def test_its_model_predicts(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkpoint,) = (project.parent / "ships.db.rounds").glob("*/checkpoint")
    (tmp_path / "in.jsonl").write_text('{"tokens": ["The", "barge", "sank", "."]}\n')
    monkeypatch.chdir(tmp_path)
    learner(["predict", str(checkpoint), "in.jsonl", "--out", "out.jsonl"])
    (line,) = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert len(line["probabilities"]) == 2


@pytest.mark.slow
def test_it_is_served(project: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "annotator", "serve", str(project), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as server:
        try:
            assert health(port) == b"ok"
        finally:
            server.terminate()


@pytest.mark.parametrize("page", PAGES)
def test_its_pages_are_drawn_for_its_admin(project: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(name: str) -> None:
        from importlib import import_module

        from annotator.pages import frame
        from annotator.settings import read_settings

        import_module(f"annotator.pages.{name}").render(frame.read_here(read_settings()))

    with Store.open(project) as store:
        anna = people.find(store, "Anna")
    assert anna is not None
    monkeypatch.setenv("WHYLIGHT_PROJECT", str(project))
    app = AppTest.from_function(script, default_timeout=60, kwargs={"name": page})
    app.session_state["person"] = anna.uid
    app.run()
    assert not app.exception and not app.error


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def health(port: int) -> bytes:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
                body: bytes = answer.read()
            return body
        except URLError:
            assert time.monotonic() < deadline
            time.sleep(0.1)

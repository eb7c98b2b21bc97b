"""A project is served, and worked on, from a folder whose other files are someone else's: none of them is run."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator import safe_path
from annotator.care.backups import backups_folder
from annotator.importing.upload_settings import UploadSettings
from annotator.importing.uploads import settle, start_upload
from annotator.processes import start_process
from db.corpus import uploads
from db.store import Store
from db.team import people

pytestmark = pytest.mark.slow

PLANTED = (
    *("numpy", "pandas", "starlette", "uvicorn", "streamlit", "click", "sqlite_utils", "altair", "regex", "torch"),
    *("sitecustomize", "usercustomize", "json", "random", "pathlib", "sqlite3", "toml", "annotations", "rich"),
)
WAIT_S = 120.0


def plant(folder: Path) -> None:
    for name in PLANTED:
        (folder / f"{name}.py").write_text(f"open({str(folder / 'run.txt')!r}, 'a').write('{name} ')\n")


def what_ran(folder: Path) -> str:
    file = folder / "run.txt"
    return file.read_text() if file.exists() else ""


def test_nothing_of_the_folder_is_run_by_serving_backups_rounds_and_uploads(
    serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(start=False)
    _import_answers(server.project, tmp_path)
    plant(tmp_path)
    server.start()
    tab = server.connect(server.browser("Rita"))
    tab.show()
    tab.show("rounds")
    assert tab.session_id
    round_start = ["round", "start", str(server.project), "--steps", "1", "--device", "cpu", "--wait"]
    done = subprocess.run(
        [sys.executable, "-m", "annotator", *round_start], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("annotator.jobs.start_process", start_process)  # a fork would import nothing
    _upload(server.project)
    _wait_until(lambda: list((backups_folder(server.project) / "hourly").glob("*.db")))
    assert what_ran(tmp_path) == ""


def _import_answers(project: Path, folder: Path) -> None:
    answers = folder / "answers.csv"
    rows = [f"The ship number {n} sank.,event" if n % 2 else f"Nothing came of {n}.,none" for n in range(20)]
    answers.write_text("\n".join(["text,label", *rows]))
    command = [sys.executable, "-m", "annotator", "import", str(project), str(answers), "--answers", "keep"]
    subprocess.run(command, check=True, capture_output=True)


def _upload(project: Path) -> None:
    with Store.open(project) as store:
        rita = people.find(store, "Rita")
        assert rita is not None
        begun = start_upload(store, rita, "more.txt", b"One more sentence.\n", UploadSettings())
        _wait_until(lambda: settle(store) is None)
        ended = uploads.last_of_person(store, rita.id)
        assert ended is not None and (ended.id, ended.state, ended.error) == (begun.id, "ready", None)


def _wait_until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_current_folder_is_a_place_of_modules_only_where_our_own_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(tmp_path / "link"), ".", "lib", *sys.path])
    places = safe_path.environment()["PYTHONPATH"].split(os.pathsep)
    assert all(map(os.path.isabs, places))
    assert not {os.path.realpath(place) for place in places} & {str(tmp_path)}
    assert {safe_path.HOME, str(tmp_path / "lib")} <= set(places)
    monkeypatch.chdir(safe_path.HOME)
    assert safe_path.HOME in safe_path.trusted_places()


def test_a_command_given_in_the_folder_runs_nothing_of_it(serve: Callable[..., Any], tmp_path: Path) -> None:
    server = serve(start=False)
    plant(tmp_path)
    command = [sys.executable, "-m", "annotator", "stats", str(server.project), "--json"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert what_ran(tmp_path) == ""


def test_secrets_of_the_folder_do_not_become_variables_of_our_processes(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text('LD_PRELOAD = "./evil.so"\n')
    script = """
import os
from annotator.pages.web_process import read_no_configuration
read_no_configuration()
import streamlit
assert streamlit.secrets["LD_PRELOAD"] == "./evil.so"
print(os.environ.get("LD_PRELOAD"))
"""
    command = [sys.executable, "-P", "-c", script]
    done = subprocess.run(
        command, cwd=tmp_path, env=safe_path.environment(), check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "None"

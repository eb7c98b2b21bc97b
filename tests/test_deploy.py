"""The files in `deploy/` fit the program, and are those that the guide shows."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from documents import ROOT, blocks_of

from annotator.commands.serving import serve
from annotator.pages.operating.addresses import READY
from annotator.pages.operating.stopping import AFTERWARDS_S

DEPLOY = ROOT / "deploy"
FILES = {"nginx": "nginx.conf", "ini": "whylight.service", "dockerfile": "Containerfile"}
PACKAGES = ("annotator", "db", "learner", "whylight")
PORT = next(each.default for each in serve.params if each.name == "port")


def options_of(arguments: list[str], tmp_path: Path) -> dict[str, object]:
    """Return what `whylight serve` reads from these arguments; files that would have to exist do."""
    for name in ("secrets.toml", "events.db"):
        (tmp_path / name).touch()
    known = {".toml": tmp_path / "secrets.toml", ".db": tmp_path / "events.db"}
    given = [str(known.get(Path(each).suffix, each)) for each in arguments]
    assert given[0] == "serve"
    with click.Context(click.Command("whylight")) as parent:
        return serve.make_context("serve", given[1:], parent=parent).params


def lines_of(unit: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))


@pytest.mark.parametrize("language", FILES)
def test_the_guide_shows_the_file(language: str) -> None:
    shown = [block.text for block in blocks_of(ROOT / "docs/guide/proxy.md") if block.language == language]
    assert shown == [(DEPLOY / FILES[language]).read_text()]


def test_the_unit_starts_the_server_and_leaves_it_time_to_stop(tmp_path: Path) -> None:
    unit = lines_of((DEPLOY / "whylight.service").read_text())
    program, *arguments = shlex.split(unit["ExecStart"])
    options = options_of(arguments, tmp_path)
    assert Path(program).name == "whylight"
    assert float(unit["TimeoutStopSec"]) >= options["stop_within_s"] + AFTERWARDS_S  # type: ignore[operator]
    assert unit["KillMode"] == "process"  # a round that trains continues


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze, from the package systemd")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "whylight.service"
    unit.write_text((DEPLOY / "whylight.service").read_text().replace("/opt/whylight/bin/whylight", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_container_file_fits_the_repository(tmp_path: Path) -> None:
    written = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text())
    steps = [line.split(None, 1) for line in written.splitlines() if line and not line.startswith("#")]
    copied = [name for word, rest in steps if word == "COPY" for name in rest.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {*PACKAGES, "pyproject.toml", "streamlit_app.py", pyproject["project"]["readme"]} <= set(copied)
    assert {each.rstrip("*") for each in pyproject["tool"]["setuptools"]["packages"]["find"]["include"]} == {*PACKAGES}
    assert "oidc" in pyproject["project"]["optional-dependencies"]
    words = dict(steps)  # the last of each
    assert json.loads(words["ENTRYPOINT"]) == [*pyproject["project"]["scripts"]]
    assert options_of(json.loads(words["CMD"]), tmp_path)["address"] == "0.0.0.0"
    assert (words["USER"], words["VOLUME"], words["EXPOSE"]) == ("whylight", "/project", str(PORT))
    assert words["FROM"].startswith("python:3.11")
    assert pyproject["project"]["requires-python"] == ">=3.11"
    python, option, code = json.loads(words["HEALTHCHECK"].partition("CMD")[2])
    assert (python, option) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
    assert f"http://127.0.0.1:{PORT}{READY}'" in code


def test_nginx_passes_files_as_large_as_the_page_takes() -> None:
    from annotator.importing.upload_settings import MOST_MEGABYTES

    site = (DEPLOY / "nginx.conf").read_text()
    assert f"client_max_body_size {MOST_MEGABYTES + 1}m;" in site
    assert f"server 127.0.0.1:{PORT};" in site

import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from annotator.pages import word_marker


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """The module that the browser gets, as a file."""
    path = tmp_path / "marker.mjs"
    path.write_text(word_marker.script(), encoding="utf-8")
    return path


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_pure_parts_pass_their_tests_under_node(module: Path) -> None:
    environment = os.environ | {"WHYLIGHT_MARKER": module.as_uri()}
    command = ["node", "--test", str(Path(__file__).with_name("pure.test.mjs"))]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_script_of_the_folder_is_sent() -> None:
    folder = files(word_marker)
    scripts = {each.name for each in folder.iterdir() if each.name.endswith(".js")}
    assert all(folder.joinpath(name).read_text(encoding="utf-8") in word_marker.script() for name in scripts)


def test_text_enters_the_page_as_text_only_but_for_the_guidelines_that_our_server_wrote() -> None:
    ways = r"[\w.]*(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\()"
    assert re.findall(ways, word_marker.script()) == ["view.guidelines.innerHTML"]

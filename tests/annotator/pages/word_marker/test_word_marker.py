import re
import shutil
import subprocess
from pathlib import Path

import pytest

from annotator.pages import word_marker


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_modules_that_know_no_page_pass_their_tests_under_node() -> None:
    tests = sorted(map(str, Path(__file__).parent.glob("*.test.mjs")))
    run = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, timeout=60)
    assert tests
    assert run.returncode == 0, run.stdout + run.stderr


def test_text_enters_the_page_as_text_only_but_for_the_guidelines_that_our_server_wrote() -> None:
    ways = r"[\w.]*(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\()"
    assert re.findall(ways, word_marker.script()) == ["view.guidelines.innerHTML"]

"""The review sheet's own rules, under node."""

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

SHEET = Path(str(files("annotator.pages") / "review_sheet" / "review.js"))


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_an_unfinished_decision_loses_a_label_that_was_retired_meanwhile_and_keeps_its_marks() -> None:
    code = f"""
        import {{ dropRetired }} from {SHEET.as_uri()!r};
        const unfinished = new Map([[1, {{ label: 1, marks: ["+"] }}], [2, {{ label: 0, marks: ["."] }}]]);
        const labels = [{{ retired: false }}, {{ retired: true }}];
        dropRetired(unfinished, labels);
        dropRetired(unfinished, labels);
        console.log(JSON.stringify([...unfinished.values()]));
    """
    run = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [{"label": None, "marks": ["+"]}, {"label": 0, "marks": ["."]}]

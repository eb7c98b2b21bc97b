"""The JavaScript of every component: real modules, short ones, that can be joined into one script."""

import re
import shutil
import subprocess
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

MOST_LINES = 250
ROOT = Path(str(files("annotator.pages")))
MODULES = sorted(ROOT.glob("*/*.js"))
COMPONENTS = (
    *("word_marker", "sender", "reader", "review_sheet", "pair_sheet", "chart", "round_sheet"),
    *("try_it", "word_table", "word_sentences", "guidelines_editor", "pulse"),
)

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node")


def script_of(component: str) -> str:
    script: str = import_module(f"annotator.pages.{component}").script()
    return script


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@needs_node
def test_each_module_imports_by_itself() -> None:
    code = "".join(
        f"await import({path.as_uri()!r}).catch((error) => console.log({name_of(path)!r}, error.message));\n"
        for path in MODULES
    )
    run = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr


@pytest.mark.parametrize("component", COMPONENTS)
def test_no_top_level_name_of_a_joined_script_is_declared_twice(component: str) -> None:
    names = re.findall(
        r"^(?:export default )?(?:async )?(?:function|class|const|let|var)\*? +([\w$]+)", script_of(component), re.M
    )
    assert names
    assert sorted(names) == sorted(set(names))


@needs_node
@pytest.mark.parametrize("component", COMPONENTS)
def test_a_joined_script_is_a_module_with_a_default_export_only(component: str, tmp_path: Path) -> None:
    joined = tmp_path / "joined.mjs"
    joined.write_text(script_of(component), encoding="utf-8")
    code = f"console.log(...Object.keys(await import({joined.as_uri()!r})))"
    run = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (0, "default\n"), run.stderr


def test_every_module_is_sent_whole_but_for_its_imports_and_exports() -> None:
    scripts = [script_of(component).replace("export default ", "") for component in COMPONENTS]
    for path in MODULES:
        body = re.sub(r"^import [^;]*;\n|^export (?:default )?", "", path.read_text(encoding="utf-8"), flags=re.M)
        assert any(body in script for script in scripts), name_of(path)

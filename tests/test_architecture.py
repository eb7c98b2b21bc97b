"""The house of docs/design: who may import whom, and what importing may cost."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"annotator", "db", "learner", "streamlit_app"}
SOURCES = sorted(
    path.relative_to(ROOT)
    for path in [
        ROOT / "streamlit_app.py",
        *ROOT.glob("annotator/**/*.py"),
        *ROOT.glob("db/*.py"),
        *ROOT.glob("learner/**/*.py"),
    ]
)

TORCH_FREE = {
    "learner.acquisition",
    "learner.config",
    "learner.errors",
    "learner.data.example",
    "learner.loss_names",
    "learner.metrics",
    "learner.registry",
    "learner.data.suffixes",
    "learner.data.token_places",
    "learner.data.tokenizer",
}
MAY_LOAD_THE_LEARNER = {"annotator/demo.py", "annotator/rounds/pool_scores.py", "annotator/rounds/process.py"}


def _imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Give every module that the file imports, and whether it does so when it is itself imported."""
    tree = ast.parse((ROOT / path).read_text())
    lazy = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(outer, ast.If) and "TYPE_CHECKING" in ast.dump(outer.test))
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) not in lazy
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or "", id(node) not in lazy


def _packages(path: Path) -> set[str]:
    return {module.split(".")[0] for module, _ in _imports(path)}


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_nothing_imports_upward(path: Path) -> None:
    allowed = {
        "db": {"db"},
        "learner": {"learner"},
        "annotator": {"annotator", "db", "learner"},
        "streamlit_app.py": {"annotator"},
    }[path.parts[0]]
    assert _packages(path) & OURS <= allowed


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "db"], ids=str)
def test_the_store_knows_no_science_and_no_pages(path: Path) -> None:
    assert not _packages(path) & {"torch", "numpy", "pandas", "streamlit", "sklearn", "scipy"}


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "learner"], ids=str)
def test_the_learner_knows_no_store_and_no_pages(path: Path) -> None:
    assert not _packages(path) & {"sqlite3", "sqlite_utils", "streamlit"}


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_only_pages_import_streamlit(path: Path) -> None:
    draws = str(path).startswith("annotator/pages/") or str(path) == "streamlit_app.py"
    assert draws or "streamlit" not in _packages(path)


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "annotator"], ids=str)
def test_torch_is_loaded_only_by_those_who_train(path: Path) -> None:
    for module, at_once in _imports(path):
        if module.split(".")[0] == "learner" and module not in TORCH_FREE:
            assert str(path) in MAY_LOAD_THE_LEARNER, f"{path} imports {module}"
            assert not at_once, f"{path} imports {module} when it is itself imported"


def test_sql_is_written_in_db_alone() -> None:
    verbs = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "PRAGMA ")
    for path in SOURCES:
        if path.parts[0] == "db":
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.lstrip().startswith(verbs), f"{path}:{node.lineno} writes SQL"


def _loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {module.split(".")[0] for module in done.stdout.splitlines()[-1].split()}


def test_help_loads_nothing_heavy() -> None:
    loaded = _loaded_by("from annotator.cli import main\nmain(['--help'], standalone_mode=False)")
    assert not loaded & {"torch", "streamlit", "sqlite_utils", "pandas", "numpy"}


def test_the_web_process_never_loads_torch() -> None:
    pages = " ".join(path.stem for path in sorted((ROOT / "annotator/pages").glob("*.py")) if path.stem != "__init__")
    imports = "\n".join(f"import annotator.pages.{page}" for page in pages.split())
    used = (
        "annotator.reviewing.browsing, annotator.answering.screen, annotator.rounds.start, annotator.serving, "
        "annotator.importing.uploads"
    )
    loaded = _loaded_by(f"import {used}\n{imports}")
    assert "torch" not in loaded

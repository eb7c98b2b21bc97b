"""The house of docs/decisions/0014-rooms.md: who may import whom, and what importing may cost."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"annotator", "db", "learner", "streamlit_app", "whylight"}
ERRORS = "whylight.errors"
"""The root of all errors: the one module of the library that the other packages import."""
SOURCES = sorted(
    path.relative_to(ROOT)
    for path in [
        ROOT / "streamlit_app.py",
        *ROOT.glob("annotator/**/*.py"),
        *ROOT.glob("db/**/*.py"),
        *ROOT.glob("learner/**/*.py"),
        *ROOT.glob("whylight/**/*.py"),
    ]
)

TORCH_FREE = {
    "learner.acquisition.pool",
    "learner.acquisition.vectors",
    "learner.acquisition.word_rows",
    "learner.acquisition_names",
    "learner.config",
    "learner.encoders.choosing",
    "learner.encoders.directory",
    "learner.errors",
    "learner.explained",
    "learner.judging.judged",
    "learner.data.example",
    "learner.loss_names",
    "learner.metrics",
    "learner.model_names",
    "learner.registry",
    "learner.data.class_names",
    "learner.data.file_parts",
    "learner.data.jsonlines",
    "learner.data.other_formats",
    "learner.data.split_names",
    "learner.data.splits",
    "learner.data.strict_json",
    "learner.data.suffixes",
    "learner.data.token_places",
    "learner.data.tokenizer",
    "learner.encoders.kept_vectors",
    "learner.judging.changes",
    "learner.judging.confidence",
    "learner.judging.curves",
    "learner.judging.estimates",
    "learner.judging.figures",
    "learner.judging.intervals",
    "learner.judging.looking",
    "learner.judging.paired",
    "learner.judging.pairs",
    "learner.judging.significance",
    "learner.judging.slices",
    "learner.judging.surprising",
    "learner.judging.word_counts",
    "learner.judging.words",
    "learner.shards.build",
    "learner.shards.candidates",
    "learner.shards.engines",
    "learner.shards.folder",
    "learner.shards.ray_cluster",
    "learner.shards.scores",
    "learner.shards.shard",
    "learner.trials.parallel",
    "learner.trials.reading",
    "learner.trials.running",
    "learner.trials.trial_file",
    "learner.wording",
}
MAY_LOAD_THE_LEARNER = {
    "annotator/demo.py",
    "annotator/outside/attaching.py",
    "annotator/outside/bringing.py",
    "annotator/outside/choosing.py",
    "annotator/rounds/learning/checkpoints.py",
    "annotator/rounds/looking_again/cross_validation.py",
    "annotator/rounds/learning/filling.py",
    "annotator/rounds/learning/following.py",
    "annotator/rounds/looking_again/look_again_process.py",
    "annotator/rounds/learning/judgement.py",
    "annotator/rounds/learning/ordering.py",
    "annotator/rounds/learning/outside.py",
    "annotator/rounds/learning/pool_scores.py",
    "annotator/rounds/learning/process.py",
    "annotator/rounds/learning/teaching.py",
    "annotator/rounds/learning/rebuild.py",
    "annotator/rounds/learning/reading.py",
    "annotator/rounds/asking/scoring.py",
    "annotator/simulation/judging.py",
    "annotator/simulation/plan.py",
    "annotator/simulation/playing.py",
    "annotator/simulation/warming.py",
}


GROUND = {
    "errors",
    "failures",
    "jobs",
    "loopback",
    "names",
    "processes",
    "progress",
    "safe_path",
    "settings",
    "wording",
}
"""Files of the application that any room may use."""

ROOMS = {
    "charts": set(),
    "sample": set(),
    "formats": set(),
    "project": {"formats"},
    "rounds": {"project"},
    "putting_right": {"formats", "project", "rounds"},
    "importing": {"formats", "project", "putting_right"},
    "answering": {"formats", "project"},
    "language_model": {"formats", "project"},
    "reviewing": {"answering", "formats", "project"},
    "exporting": {"formats", "project", "reviewing", "rounds"},
    "outside": {"formats", "importing", "project", "rounds"},
    "round_process": {"outside", "rounds"},
    "training_files": {"formats", "importing", "rounds"},
    "convert": {"exporting"},
    "merging": {"exporting", "formats", "importing", "project"},
    "demo": {"importing", "project", "rounds", "sample"},
    "care": {"formats", "importing", "project", "putting_right", "rounds"},
    "simulation": {"answering", "charts", "importing", "project", "rounds"},
    "pages": {
        *("answering", "care", "charts", "exporting", "formats", "importing", "project", "putting_right", "reviewing"),
        "rounds",
    },
    "serving": {"care", "importing", "pages", "project"},
    "commands": {
        *("answering", "care", "convert", "demo", "exporting", "formats", "importing", "language_model", "merging"),
        *("outside", "project", "putting_right", "reviewing", "rounds", "serving", "simulation"),
    },
    "cli": {"care", "commands"},
    "__main__": {"cli"},
}
"""Which rooms of the application a room may import; each only from above it in this list, so there is no circle."""

STAGES = {
    "data": set(),
    "encoders": {"data"},
    "models": {"data", "encoders"},
    "saliency": {"data", "encoders", "models"},
    "training": {"data", "encoders", "models", "saliency"},
    "acquisition": {"data", "encoders", "models", "saliency", "training"},
    "judging": {"data", "encoders", "models", "saliency", "training"},
    "trials": set(),
    "reproduction": {"data", "encoders", "models", "saliency", "training", "judging", "trials"},
    "shards": {"data", "encoders", "models", "saliency", "training", "acquisition", "trials"},
    "commands": {"data", "encoders", "models", "saliency", "training", "judging", "trials", "reproduction", "shards"},
}
"""The learner's stages in their order; its files on top are free, but for what is above them."""

DB_GROUND = {"aside", "counting", "errors", "files", "records", "slot_columns"}
"""Files of the store that any of its rooms may use."""

DB_ROOMS = {
    "opening": set(),
    "store": {"opening"},
    "team": {"opening", "store"},
    "corpus": {"opening", "store"},
    "queue": {"opening", "store", "team", "corpus"},
    "finding": {"store", "corpus", "queue"},
    "answers": {"opening", "store", "team", "corpus", "finding"},
    "learning": {"opening", "store"},
    "care": {"opening", "store", "team", "corpus"},
}
"""Which rooms of `db` a room may import; `store` is the file that all of them but `opening` use."""

DIVIDED = {"annotator": (ROOMS, GROUND), "db": (DB_ROOMS, DB_GROUND)}


def _sources_of(package: str) -> list[Path]:
    return [path for path in SOURCES if path.parts[0] == package]


def _room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("package", DIVIDED)
def test_a_room_imports_only_from_rooms_below_it(package: str) -> None:
    rooms, ground = DIVIDED[package]
    for path in _sources_of(package):
        here = path.parts[1].removesuffix(".py")
        used = {_room_of(module) for module, _ in _imports(path) if module.startswith(f"{package}.")}
        assert used <= ground | rooms.get(here, set()) | {here}, path


@pytest.mark.parametrize("package", DIVIDED)
def test_the_rooms_are_listed_from_the_ground_up(package: str) -> None:
    rooms, ground = DIVIDED[package]
    below = set()
    for room, may_import in rooms.items():
        assert may_import <= below, f"{room} may import what is not listed before it"
        below.add(room)
    there = {path.parts[1].removesuffix(".py") for path in _sources_of(package)}
    assert there == below | ground | {"__init__"}


def test_a_stage_of_the_learner_imports_no_later_one() -> None:
    for path in _sources_of("learner"):
        if (here := path.parts[1].removesuffix(".py")) in STAGES:
            used = {_room_of(module) for module, _ in _imports(path) if module.startswith("learner.")}
            assert used & STAGES.keys() <= STAGES[here] | {here}, path


def test_the_plan_of_the_house_has_every_room_and_stage_above_what_it_imports() -> None:
    plan = (ROOT / "docs/decisions/0014-rooms.md").read_text(encoding="utf-8").split("```")[1]
    for drawn, may_import in zip(re.split(r"\n(?:learner|db)\n", plan), (ROOMS, STAGES, DB_ROOMS), strict=True):
        lines = [
            re.findall(r"^  (\w+)(?: +→ ((?:\w+ )*\w+))?", line)[0] for line in drawn.splitlines() if line[:2] == "  "
        ]
        names = [name for name, _ in lines]
        assert sorted(names) == sorted(may_import)
        for place, (name, arrows) in enumerate(lines):
            assert set(arrows.split()) <= may_import[name], f"the arrows of {name}"
            assert not may_import[name] & set(names[:place]), f"{name} is drawn below what it imports"


def test_a_folder_says_what_lives_in_it() -> None:
    for path in SOURCES:
        assert path.name != "__init__.py" or ast.get_docstring(_tree(path)), f"{path} has no docstring"


def test_a_property_says_what_it_returns_as_a_function_does() -> None:
    """Ruff leaves the docstrings of properties alone."""
    nouns = [f"{path}: {name}" for path in SOURCES for name, text in _properties(path) if not text.startswith("Return")]
    assert nouns == []


def _properties(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each property of the file and its docstring; private ones may have none."""
    functions = (node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef))
    for function in functions:
        if any("property" in ast.unparse(by) for by in function.decorator_list):
            yield function.name, ast.get_docstring(function) or "Return"


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


@cache
def _imports(path: Path) -> tuple[tuple[str, bool], ...]:
    """Return every module that the file imports, and whether it does so when it is itself imported."""
    return tuple(_imports_in(_tree(path), path))


def _imports_in(tree: ast.Module, path: Path) -> Iterator[tuple[str, bool]]:
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
            module = node.module or ""
            for alias in node.names:
                yield module if "." in module or module not in OURS else f"{module}.{alias.name}", id(node) not in lazy


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


MODULES = {_module(path): path for path in SOURCES}


@cache
def _imported_at_once(path: Path) -> set[str]:
    """Return our own modules that the file names at its top, also those that only a type checker imports."""
    tree = _tree(path)
    inside = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
    }
    named: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found = {f"{node.module}.{alias.name}" for alias in node.names}
            named |= (found & MODULES.keys()) or {node.module or ""}
    return named & MODULES.keys() - {_module(path)}


def _room(module: str) -> str:
    """Return the room of a module: a folder of its package with all that is in it, or a file at the package's top."""
    return ".".join(MODULES[module].with_suffix("").parts[:2])


def _circle(imports: Mapping[str, Iterable[str]]) -> list[str]:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _packages(path: Path) -> set[str]:
    return {module.split(".")[0] for module, _ in _imports(path)}


def test_nothing_imports_upward() -> None:
    allowed = {
        "db": {"db"},
        "learner": {"learner"},
        "annotator": {"annotator", "db", "learner"},
        "whylight": {"whylight", "annotator", "db"},
        "streamlit_app.py": {"annotator"},
    }
    for path in SOURCES:
        used = {module.split(".")[0] for module, _ in _imports(path) if module != ERRORS}
        assert used & OURS <= allowed[path.parts[0]], path


def test_the_root_of_all_errors_loads_nothing_of_ours() -> None:
    loaded = _modules_after(f"import {ERRORS}")
    assert {module for module in loaded if module.split(".")[0] in OURS} == {"whylight", ERRORS}


def test_the_library_loads_nothing_heavy_before_a_model_is_asked() -> None:
    script = "import whylight\nfor name in whylight.__all__: getattr(whylight, name)"
    assert not {module.split(".")[0] for module in _modules_after(script)} & {"torch", "streamlit", "pandas"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert _circle({module: _imported_at_once(path) for module, path in MODULES.items()}) == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    rooms: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        here = _room(module)
        rooms.setdefault(here, set()).update(_room(each) for each in _imported_at_once(path))
        rooms[here].discard(here)
    assert _circle(rooms) == []


def test_the_store_knows_no_science_and_no_pages() -> None:
    for path in _sources_of("db"):
        assert not _packages(path) & {"torch", "numpy", "pandas", "streamlit", "sklearn", "scipy"}, path


def test_the_learner_knows_no_store_and_no_pages() -> None:
    for path in _sources_of("learner"):
        assert not _packages(path) & {"sqlite3", "sqlite_utils", "streamlit"}, path


def test_only_pages_import_streamlit() -> None:
    for path in SOURCES:
        draws = str(path).startswith("annotator/pages/") or str(path) == "streamlit_app.py"
        assert draws or "streamlit" not in _packages(path), path


def test_torch_is_loaded_only_by_those_who_train() -> None:
    for path in _sources_of("annotator"):
        for module, at_once in _imports(path):
            if module.split(".")[0] == "learner" and module not in TORCH_FREE:
                assert str(path) in MAY_LOAD_THE_LEARNER, f"{path} imports {module}"
                assert not at_once, f"{path} imports {module} when it is itself imported"


def test_sql_is_written_in_db_alone() -> None:
    verbs = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "PRAGMA ")
    for path in SOURCES:
        if path.parts[0] == "db":
            continue
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.lstrip().startswith(verbs), f"{path}:{node.lineno} writes SQL"


def test_no_place_in_sql_has_a_number() -> None:
    # A sequence may not fill numbered places: Python 3.12 warns, and 3.14 refuses.
    for path in SOURCES:
        if path.parts[0] == "db":
            assert not re.findall(r"\?\d", path.read_text(encoding="utf-8")), path


def _modules_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split())


def _loaded_by(code: str) -> set[str]:
    return {module.split(".")[0] for module in _modules_after(code)}


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
    assert not loaded & {"torch", "transformers", "tokenizers"}


def test_what_pages_may_import_of_the_learner_loads_nothing_heavy() -> None:
    loaded = _loaded_by("\n".join(f"import {module}" for module in sorted(TORCH_FREE)))
    assert not loaded & {"torch", "transformers", "tokenizers", "scipy", "sklearn", "pandas"}


NAMED_FOR_OTHERS = {
    *("setDocumentLocator", "startElement", "endElement"),  # called by Python's reader of XML
    "seekable",  # called by Python's reader of text
    "close_kept",  # for tests: what the end of the process does
}


def test_what_is_defined_is_named_elsewhere_in_the_sources_too() -> None:
    readers = [*SOURCES, *(path.relative_to(ROOT) for path in ROOT.glob("benchmarks/**/*.py"))]
    named = Counter(word for path in readers for word in re.findall(r"\w+", (ROOT / path).read_text("utf-8")))
    unread = {
        name: str(path)
        for path in SOURCES
        if path.parts[0] != "whylight"
        for name in _defined_in(path)
        if named[name] == 1 and name not in NAMED_FOR_OTHERS
    }
    assert not unread, f"only tests can read these: {unread}"


def _defined_in(path: Path) -> Iterator[str]:
    """Yield the functions, classes and fields of records that a file defines, apart from commands and Python's own."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            is_command = any(".command" in ast.unparse(decorator) for decorator in node.decorator_list)
            yield from () if is_command or node.name.startswith("__") else (node.name,)
        if isinstance(node, ast.ClassDef):
            fields = (field.target for field in node.body if isinstance(field, ast.AnnAssign))
            yield from (field.id for field in fields if isinstance(field, ast.Name))

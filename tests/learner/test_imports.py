import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TORCH_FREE = (
    "",
    ".data.example",
    ".registry",
    ".acquisition.choosing",
    ".acquisition.diverse",
    ".acquisition.looking",
    ".acquisition.typical",
    ".acquisition_names",
    ".metrics",
    ".data.token_places",
    ".data.tokenizer",
    ".config",
    ".errors",
    ".data.vectors",
    ".loss_names",
    ".model_names",
)


def test_modules_that_need_no_torch_do_not_load_it():
    imports = "; ".join(f"import learner{name}" for name in TORCH_FREE)
    checks = "from learner import registry; [registry.names(kind) for kind in ('model', 'loss', 'acquisition', 'view')]"
    heavy = "[name for name in ('torch', 'sklearn', 'pandas') if name in sys.modules]"
    code = f"import sys; {imports}; {checks}; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_front_door_has_no_other_names():
    import learner

    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        _ = learner.nonesuch


def test_no_module_of_the_learner_imports_in_a_circle():
    """Count imports for types and imports inside functions too."""
    files = [path.relative_to(ROOT) for path in ROOT.glob("learner/**/*.py")]
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in files}
    graph = {name: set(_imported(ROOT / path, modules)) & modules.keys() for name, path in modules.items()}
    assert graph["learner.saliency.objective"] >= {"learner.models.protocol", "learner.saliency.engine_check"}
    TopologicalSorter(graph).prepare()  # a CycleError names the modules


def _imported(path, modules):
    """Yield the modules that a file imports; `from package import module` imports only the module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in modules else node.module for name in inner)

import subprocess
import sys

import pytest

TORCH_FREE = (
    "",
    ".data.example",
    ".registry",
    ".acquisition",
    ".metrics",
    ".data.token_places",
    ".data.tokenizer",
    ".config",
    ".errors",
    ".data.vectors",
    ".loss_names",
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

"""The import with which all our processes start loads neither pandas nor numpy, and both can be imported later."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_store_is_opened_without_pandas_and_numpy_and_both_can_be_imported_then() -> None:
    code = (
        "import sys, db.store\n"
        "print(sorted({'pandas', 'numpy'} & sys.modules.keys()))\n"
        "import pandas, numpy\n"
        "print(pandas.DataFrame({'a': [1]}).a.sum(), numpy.zeros(2).sum())\n"
    )
    assert _printed_by(code) == ["[]", "1 0.0"]


def test_while_the_store_is_imported_another_thread_can_import_both() -> None:
    code = (
        "import sys, threading\n"
        "hidden, over = [], threading.Event()\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.startswith('sqlite_utils'):\n"
        "            hidden.extend(name for name in ('pandas', 'numpy') if sys.modules.get(name, name) is None)\n"
        "sys.meta_path.insert(0, Watch())\n"
        "other = threading.Thread(target=over.wait)\n"
        "other.start()\n"
        "import db.store\n"
        "over.set()\n"
        "print(hidden)\n"
    )
    assert _printed_by(code) == ["[]"]


def _printed_by(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()

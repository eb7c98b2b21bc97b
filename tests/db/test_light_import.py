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
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "1 0.0"]

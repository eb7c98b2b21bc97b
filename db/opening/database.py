"""sqlite-utils' `Database`, imported without pandas and numpy, which it would load for types that we never store.

Every command and process of ours starts with this import; without the two it takes a third of the time.
The two are hidden from the whole process, so only while no other thread could import them.
"""

import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["Database"]

_HEAVY = ("pandas", "numpy")


def _sqlite_utils() -> Any:
    is_alone = threading.active_count() == 1
    left_out = [name for name in _HEAVY if is_alone and name not in sys.modules]
    for name in left_out:
        sys.modules[name] = None  # type: ignore[assignment]  # sqlite-utils then works without it
    try:
        return import_module("sqlite_utils")
    finally:
        for name in left_out:
            del sys.modules[name]


if not TYPE_CHECKING:
    Database = _sqlite_utils().Database

"""What a process does once a line of input comes: an import or a restore, a given time later."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from annotator.care.backups import restore_project
from annotator.errors import Refused
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.permissions import OWNER
from db.errors import StoreError
from db.store import Store


def import_after(path: str, file: str, delay_ms: str, opened: str) -> None:
    """Import `delay_ms` after a line of input, into a project opened before ("early") or after that line."""
    early = Store.open(Path(path)) if opened == "early" else None

    def bring() -> None:
        time.sleep(max(0, int(delay_ms)) / 1000)
        import_file(early or Store.open(Path(path)), Path(file), ImportSettings(hold_out=0), actor=OWNER)

    at_a_sign(bring)


def restore_after(path: str, backup: str, delay_ms: str) -> None:
    """Restore `delay_ms` after a line of input; a refusal is printed."""

    def restore() -> None:
        time.sleep(max(0, int(delay_ms)) / 1000)
        restore_project(Path(path), Path(backup), who=None)

    at_a_sign(restore)


def at_a_sign(act: Callable[[], object]) -> None:
    print("ready", flush=True)
    input()
    try:
        act()
    except (Refused, StoreError) as refusal:
        print(refusal)
        sys.exit(1)

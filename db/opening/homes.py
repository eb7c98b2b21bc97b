"""In which file something was queued, so that a copy of the file does not continue it.

A file that is renamed keeps its inode, and one that is replaced keeps its place: both are the same project. A copy has
neither.
"""

import json
import platform
from pathlib import Path


def home_of(path: Path) -> str:
    """Return what tells this file from a copy of it, as JSON."""
    return json.dumps({"inode": path.stat().st_ino, "host": platform.node(), "path": str(path.resolve())})


def is_home(home: str | None, path: Path) -> bool:
    """Return whether this is the file that `home_of` described; True for a row of an older Whylight."""
    if home is None:
        return True
    was, now = json.loads(home), json.loads(home_of(path))
    return bool(was.get("inode") == now["inode"] or all(was.get(part) == now[part] for part in ("host", "path")))

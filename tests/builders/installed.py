"""What an installation tells Python about this package, from `pyproject.toml` as it is now."""

import tomllib
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def write_metadata(folder: Path) -> None:
    """Write the metadata into a folder, which a test puts on the path; with it, the entry points are found."""
    project = tomllib.loads(_PROJECT.read_text())["project"]
    home = folder / f"{project['name']}-{project['version']}.dist-info"
    home.mkdir()
    (home / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (home / "entry_points.txt").write_text("".join(groups))

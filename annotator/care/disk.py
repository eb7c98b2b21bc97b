"""How much space a project takes, and on what kind of disk it is."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from annotator.care.backups import backups_folder
from annotator.project.folders import pool_scores_of, project_folder, vectors_of
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.files import rounds_folder
from db.store import Store

_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "9p", "fuse.sshfs"}
_MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True)
class DiskUse:
    """Bytes, by part of a project, and what is free on its disk."""

    database: int
    log: int
    rounds: int
    vectors: int
    pool_scores: int
    backups: int
    uploads: int
    kept_by_restores: int
    free: int


def measure_disk(store: Store, *, actor: Actor) -> DiskUse:
    """Return how much space the project takes, on behalf of an admin."""
    check_may_act(store, actor, least="admin")
    return disk_use(store.path)


def disk_use(project_file: Path) -> DiskUse:
    """Measure the project's file and everything next to it that belongs to it."""
    project_file = project_file.absolute()
    siblings = list(project_file.parent.iterdir())
    return DiskUse(
        database=size_of(project_file),
        log=size_of(project_file.with_name(project_file.name + "-wal")),
        rounds=size_of(rounds_folder(project_file)),
        vectors=size_of(vectors_of(project_file)),
        pool_scores=size_of(pool_scores_of(project_file)),
        backups=size_of(backups_folder(project_file)),
        uploads=size_of(project_folder(project_file, "uploads")),
        kept_by_restores=sum(
            size_of(file) for file in siblings if file.name.startswith(f"{project_file.name}.before-")
        ),
        free=shutil.disk_usage(project_file.parent).free,
    )


def network_file_system(project_file: Path, *, mounts: Path = _MOUNTS) -> str | None:
    """Return the kind of network file system that the project is on; None for a local one, or if it is unknown."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return None
    place = project_file.resolve()
    around = [(point, kind) for point, kind in map(_mount, lines) if place.is_relative_to(point)]
    kind = max(around, key=lambda mount: len(mount[0]))[1] if around else ""
    return kind if kind in _NETWORK else None


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of everything in a folder; 0 if it does not exist."""
    try:
        if path.is_dir():
            return sum(size_of(inner) for inner in path.iterdir())
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _mount(line: str) -> tuple[str, str]:
    r"""Return a mount's place and kind from `36 35 98:0 / /mnt rw - ext4 /dev/sda1 rw`, where `\040` is a space."""
    place, kind = line.split(" ")[4], line.partition(" - ")[2].split(" ")[0]
    return place.replace(r"\040", " "), kind

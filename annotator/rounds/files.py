"""The files of a round on the disk: where they are, and what of them is not as its row says."""

import hashlib
import shutil
import stat
from pathlib import Path

from annotator.errors import NoCheckpoint
from annotator.project.folders import project_folder
from annotator.project.private_files import make_private, private_folder
from db.files import is_database
from db.learning import rounds
from db.learning.round_records import Round
from db.records import Project
from db.store import Store
from db.team import project

LOG = "log.txt"
SCORES = "scores.npz"
"""What a round's model predicts for each sentence, apart from the saliency."""
_MANIFEST = "MANIFEST"


def rounds_folder(project_file: Path) -> Path:
    """Return the folder next to the project file that holds a folder for each round."""
    return project_folder(project_file, "rounds")


def round_folder(store: Store, round_id: int) -> Path:
    """Return the folder of a round's checkpoint, saliency and log.

    Its name has the project's id: what a deleted project of the same name left is never mistaken for ours.
    It also has the second in which the round was created: after a restore its number is given out again.
    """
    name = folder_name(project.read(store), rounds.read(store, round_id))
    return rounds_folder(store.path.absolute()) / name


def make_round_folder(store: Store, round_id: int) -> Path:
    """Return the round's folder, created if it is missing; everything in the folder of all rounds becomes private.

    Raises NotPrivate if one of the two folders is a link to elsewhere.
    """
    folder = round_folder(store, round_id)
    make_private(private_folder(folder.parent))
    return private_folder(folder)


def folder_name(owner: Project, round_: Round) -> str:
    """Return the name of a round's folder in the project that owns it."""
    return f"{round_.name}-{owner.uid[:8]}-{round_.created_ms // 1000}"


def faults_of(store: Store, ended: Round) -> list[str]:
    """Return what is missing from, or was changed in, a ready round's checkpoint and saliency.

    A freed round is not missing anything. Of the files that the row names, only regular files in the round's own
    folder are opened, and no database: the row may come from someone else.
    """
    if ended.freed_ms is not None:
        return []
    if ended.checkpoint is not None and not is_in_its_place(store, ended):
        return [f"{ended.checkpoint} is outside the round's folder"]
    home, folder = store.path.absolute().parent, folder_of(store, ended)
    faults = []
    if ended.checkpoint is not None:
        faults += _checkpoint_faults(folder, home / ended.checkpoint, ended.checkpoint_hash)
    return faults + faults_of_scores(store, ended)


def faults_of_scores(store: Store, ended: Round) -> list[str]:
    """Return what is missing from, or was changed in, what a ready round's model predicts, as `faults_of` does."""
    if not is_in_its_place(store, ended):
        return [f"{ended.checkpoint} is outside the round's folder"]
    home, folder = store.path.absolute().parent, folder_of(store, ended)
    faults = []
    if ended.saliency_file is not None:
        faults += _faults_of_file(folder, home / ended.saliency_file, ended.saliency_hash)
    if "scores" in ended.metrics:
        faults += _faults_of_file(folder, folder / SCORES, ended.metrics["scores"]["hash"])
    return faults


def checkpoint_of(store: Store, round_id: int) -> Path:
    """Return the folder of a round's checkpoint; raises NoCheckpoint for a round without one, or a freed one."""
    chosen = rounds.read(store, round_id)
    if chosen.freed_ms is not None:
        raise NoCheckpoint(f"The checkpoint of round {chosen.name} was freed to make room; start a new round.")
    if chosen.checkpoint is None:
        raise NoCheckpoint(
            f"Round {chosen.name} is {chosen.state} and has no checkpoint; choose a round that is ready."
        )
    faults = faults_of(store, chosen)
    if faults:
        raise NoCheckpoint(f"Round {chosen.name} cannot be used: {faults[0]}; restore it, or start a new round.")
    return store.path.absolute().parent / chosen.checkpoint


def large_files(store: Store, ended: Round) -> list[Path]:
    """Return all files of a round but its log: the checkpoint, the saliency, what a killed process left."""
    folder = folder_of(store, ended)
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [file for file in files if file.name != LOG]


def folder_of(store: Store, round_: Round) -> Path:
    """Return the round's folder, which its row names once there is a checkpoint."""
    if round_.checkpoint is None:
        return round_folder(store, round_.id)
    return (store.path.absolute().parent / round_.checkpoint).parent


def is_in_its_place(store: Store, round_: Round) -> bool:
    """Return whether the round's folder is where rounds are kept: a row is data, and must not lead elsewhere."""
    try:
        folder, home = folder_of(store, round_).resolve(), store.path.resolve().parent
    except (OSError, ValueError, RuntimeError):  # a name too long or with a NUL, links in a circle
        return False
    return folder.parent.parent == home and folder.name == folder_name(project.read(store), round_)


def is_plain_file(file: Path) -> bool:
    """Return whether this is a regular file and no database: a folder that was received may hold those and links."""
    return file.is_file() and not file.is_symlink() and not is_database(file)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, as a round's row keeps it; never call it on a path that a row names."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remove_half_written(store: Store) -> None:
    """Remove what a killed round left of a checkpoint that never got its name.

    For the process of a round: there is only one at a time, so no other process is writing these files.
    """
    of_this_project = f"*-{project.read(store).uid[:8]}-*"
    for left in rounds_folder(store.path.absolute()).glob(f"{of_this_project}/.*-checkpoint"):
        shutil.rmtree(left)


def orphans(store: Store) -> list[Path]:
    """Return the folders next to the project that belong to none of its rounds."""
    folder = rounds_folder(store.path.absolute())
    known = {folder_of(store, known_round) for known_round in rounds.all_of(store)}
    return sorted(path for path in folder.iterdir() if path.is_dir() and path not in known) if folder.is_dir() else []


def _checkpoint_faults(folder: Path, directory: Path, kept: str | None) -> list[str]:
    """Compare MANIFEST with the row, and the files with MANIFEST, as `sha256sum --check` does."""
    manifest = directory / _MANIFEST
    faults = _faults_of_file(folder, manifest, kept)
    if faults:
        return faults
    lines = (line.partition("  ") for line in manifest.read_text(errors="replace").splitlines())
    return [fault for digest, _, name in lines for fault in _faults_of_file(folder, directory / name, digest)]


def _faults_of_file(folder: Path, file: Path, kept: str | None) -> list[str]:
    shown = "/".join(file.parts[-3:])
    try:
        if not file.resolve().is_relative_to(folder.resolve()):
            return [f"{shown} is outside the round's folder"]
        if not stat.S_ISREG(file.lstat().st_mode) or is_database(file):
            return [f"{shown} is not a regular file of a round"]
        found = sha256_of(file)
    except OSError as error:
        return [f"{shown} cannot be read ({error.strerror})"]
    except (ValueError, RuntimeError) as error:
        return [f"{shown!a} cannot be a file ({error})"]
    return [] if found == kept else [f"{shown} is not what was saved: its SHA-256 differs"]

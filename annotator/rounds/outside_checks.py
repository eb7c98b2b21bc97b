"""Can the attached pool be scored as a round's settings ask for it? That is found out before the round is queued."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from annotator.errors import CannotTrain
from annotator.rounds.settings import RoundSettings, keeps_vectors, without_pool
from db.corpus import pools
from db.store import Store
from learner.config import STATIC
from learner.encoders.choosing import MINILM
from learner.errors import ArgumentError, ClusterError
from learner.model_names import model_of_evidence
from learner.shards.engines import PROCESSES, RAY, engine_called
from learner.shards.ray_cluster import check_reachable


def check_outside(store: Store, settings: RoundSettings) -> None:
    """Raise CannotTrain, now and not after the training, if the attached pool cannot be scored as it is asked for."""
    if settings == without_pool(settings):
        return
    if pools.attached(store) is None:
        raise CannotTrain(
            "An engine, and a folder for vectors of the pool, are for a pool outside the project, and none is "
            "attached; attach one, or leave them out."
        )
    if settings.shared_folder is not None:
        _check_shared(settings, settings.shared_folder)
    try:
        if settings.engine == RAY:
            check_reachable(settings.ray_address)
        engine_called(settings.engine or PROCESSES, ray_address=settings.ray_address)
    except (ArgumentError, ClusterError) as error:
        raise CannotTrain(f"The pool outside cannot be scored: {error}.") from error
    if settings.pool_vectors is not None:
        _check_keeps(settings)


def _check_shared(settings: RoundSettings, folder: str) -> None:
    if settings.engine != RAY:
        raise CannotTrain(
            f"A shared folder is for the engine {RAY} alone; choose that engine, or leave the folder out."
        )
    try:
        is_there, why = Path(folder).is_dir(), "found no such folder"
    except OSError as error:
        is_there, why = False, f"it cannot be looked into: {error.strerror}"
    if not is_there:
        raise CannotTrain(f"{folder}: {why}; give one that all machines of the Ray cluster find.")


def _check_keeps(settings: RoundSettings) -> None:
    if settings.encoder == STATIC:
        raise CannotTrain(
            f"The encoder {STATIC} reads no vectors that could be kept of the pool; choose a pretrained one, such as "
            f"{MINILM}, or leave --pool-vectors out."
        )
    if not keeps_vectors(settings):
        raise CannotTrain(
            f"The model {settings.model} trains its encoder, so that no round can use the vectors of another; choose "
            f"the model {model_of_evidence()}, or leave --pool-vectors out."
        )


@contextmanager
def vectors_folder_made(settings: RoundSettings) -> Iterator[None]:
    """Make the folder for vectors of the pool, if only that is missing, and remove it if the block raises.

    Raises CannotTrain if it cannot be made.
    """
    if settings.pool_vectors is None:
        yield
        return
    folder = Path(settings.pool_vectors)
    is_new = _make(folder)
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):  # another round may keep vectors there by now
                folder.rmdir()
        raise


def _make(folder: Path) -> bool:
    """Make a folder, and return whether it is new."""
    try:
        if folder.is_dir():
            return False
        if not folder.parent.is_dir():
            raise CannotTrain(
                f"{folder}: the folder for vectors of the pool cannot be made, because there is no folder "
                f"{folder.parent}; make that one first, or give another."
            )
        folder.mkdir(mode=0o700)  # what is kept says which words the sentences have
    except OSError as error:
        raise CannotTrain(
            f"{folder}: the folder for vectors of the pool cannot be made: {error.strerror}; give another one."
        ) from error
    return True

"""Everything that can go wrong in the store, each with one sentence a person can act on.

StoreError
├── NotAProject         the file is missing, empty, or not ours
├── NewerSchema         the file was written by a newer Whylight
├── ChangedSchema       tables, views, triggers or indexes are not those of the file's version
├── AlreadyExists       a project or person of that name is there
├── StoreUnavailable    busy, full, read-only or damaged
│   ├── LostLog         the log has no name any more, so nothing is acknowledged
│   └── DamagedProject  the file cannot be read, or lacks answers that were acknowledged
├── DamagedBackup       a backup that is not whole
├── NotUpgraded         a project with an older schema that is damaged
├── NotRestored         the project cannot be exchanged for a backup now
├── MisalignedMarks     marks that do not fit the sentence's tokens
├── UnknownLabel        a label the project does not have
├── UnknownSentence     a sentence the project does not have
├── UnknownRound        a round the project does not have
├── RoundInProgress     one round at a time
├── RoundEnded          a round that was cancelled or given up, whose process lives on
├── UploadInProgress    one upload at a time
└── UploadEnded         an upload that was cancelled or given up
"""

from pathlib import Path


class StoreError(Exception):
    """A store could not do what it was asked; nothing was changed.

    `path` is the project's file where the fault lies in the file itself, so that a backup may help.
    """

    def __init__(self, said: str, *, path: Path | None = None) -> None:
        super().__init__(said)
        self.path = path


class NotAProject(StoreError):
    """The file is missing, empty, or was not made by Whylight."""


class NewerSchema(StoreError):
    """The file's schema is newer than this program knows."""


class ChangedSchema(StoreError):
    """The file's tables, views, triggers or indexes are not those of its version."""


class AlreadyExists(StoreError):
    """Something of that name is there already."""


class StoreUnavailable(StoreError):
    """The file is locked, read-only or damaged, or the disk is full."""


class LostLog(StoreUnavailable):
    """The log that this connection writes to was deleted or exchanged; nothing was acknowledged."""


class DamagedProject(StoreUnavailable):
    """The file cannot be read, or lacks answers that were acknowledged."""


class DamagedBackup(StoreError):
    """A backup is not whole, or its tokens are not those that were imported."""


class NotUpgraded(StoreError):
    """A project with an older schema that is damaged, and was left as it is."""


class NotRestored(StoreError):
    """The project that is there cannot be exchanged for this backup, or not now."""


class MisalignedMarks(StoreError):
    """Marks whose length or letters do not fit the sentence."""


class UnknownLabel(StoreError):
    """A label index outside the project's labels."""


class UnknownSentence(StoreError):
    """A sentence id that the project does not hold."""


class UnknownRound(StoreError):
    """A round number that the project does not hold."""


class RoundInProgress(StoreError):
    """Another round is still being worked on."""


class RoundEnded(StoreError):
    """The round was cancelled or given up; its process may write nothing more."""


class UploadInProgress(StoreError):
    """Another uploaded file is still being imported."""


class UploadEnded(StoreError):
    """An upload was cancelled or given up, and its process must add nothing more."""

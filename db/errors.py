"""Everything that can go wrong in the store, each with one sentence that a person can act on.

StoreError
├── NotAProject         the file is missing, empty, or not ours
├── NewerSchema         the file was written by a newer Whylight
├── ChangedSchema       tables, views, triggers or indexes are not those of the file's version
├── AlreadyExists       a project or person of that name already exists
├── StoreUnavailable    busy, full, read-only or damaged
│   ├── LostLog         the log was deleted or replaced, so nothing is acknowledged
│   └── DamagedProject  the file cannot be read, or lacks answers that were acknowledged
├── DamagedBackup       a backup that is incomplete or damaged
├── NotUpgraded         a project with an older schema that is damaged
├── NotRestored         the project cannot be replaced by a backup now
├── MisalignedMarks     marks that do not fit the sentence's tokens
├── UnknownLabel        a label the project does not have
├── UnknownSentence     a sentence the project does not have
├── UnknownRound        a round the project does not have
├── RoundInProgress     one round at a time
├── RoundEnded          a round that was cancelled or given up, whose process still runs
├── UploadInProgress    one upload at a time
└── UploadEnded         an upload that was cancelled or given up
"""

from pathlib import Path

from whylight.errors import Error


class StoreError(Error):
    """The store could not do what was asked; nothing was changed.

    `path` is the project's file if the fault is in the file itself, so that a backup may help.
    """

    def __init__(self, message: str, *, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class NotAProject(StoreError):
    """The file is missing, empty, or was not made by Whylight."""


class NewerSchema(StoreError):
    """The file's schema is newer than this program knows."""


class ChangedSchema(StoreError):
    """The file's tables, views, triggers or indexes are not those of its version."""


class AlreadyExists(StoreError):
    """Something of that name already exists."""


class StoreUnavailable(StoreError):
    """The file is locked, read-only or damaged, or the disk is full."""


class LostLog(StoreUnavailable):
    """The log that this connection writes to was deleted or replaced; nothing was acknowledged."""


class DamagedProject(StoreUnavailable):
    """The file cannot be read, or lacks answers that were acknowledged."""


class DamagedBackup(StoreError):
    """A backup is incomplete or damaged, or its tokens are not those that were imported."""


class NotUpgraded(StoreError):
    """A project with an older schema is damaged and was left unchanged."""


class NotRestored(StoreError):
    """The present project cannot be replaced by this backup, or not now."""


class MisalignedMarks(StoreError):
    """The length or the letters of the marks do not fit the sentence."""


class UnknownLabel(StoreError):
    """The project has no label with this index."""


class UnknownSentence(StoreError):
    """The project has no sentence with this id."""


class UnknownRound(StoreError):
    """The project has no round with this number."""


class RoundInProgress(StoreError):
    """Another round is still being worked on."""


class RoundEnded(StoreError):
    """The round was cancelled or given up, and its process must write nothing more."""


class UploadInProgress(StoreError):
    """Another uploaded file is still being imported."""


class UploadEnded(StoreError):
    """The upload was cancelled or given up, and its process must add nothing more."""

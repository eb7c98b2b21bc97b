"""What the application refuses, each with one sentence that says what was wrong and what to do.

Refused
├── SignInRefused    this name cannot sign in
├── BadLabels        a new project's labels cannot be used
├── BadOverlap       so many people cannot answer each sentence
├── BadGuidelines    a text that cannot be the guidelines, or a version that is not there
├── BadSettings      these settings a project cannot have
├── BadDecision      a sentence cannot be settled like this
├── AnsweredAlready  a sentence is skipped that its person has answered on another page
├── BadFileName      a name stands for another format than what would be written under it
├── BadAdmission     an answer cannot be admitted, or no longer admitted
├── NeverGiven       an answer to a sentence that this person was never given
├── BadFields        a file's fields are named so that they cannot be told apart
├── BadLabelMap      what was said about a file's labels cannot be
├── CannotTrain      too little to learn from
├── RoundFailed      a round that was waited for did not become ready
├── NotPrivate       a folder next to a project is a link, or others may read it
├── CannotServe      the app cannot be started like this
├── BadFilter        these sentences cannot be chosen
├── CannotExport     the export cannot be written there
├── BadInput         a file that cannot be imported, with its faults (formats/faults.py)
├── BadUpload        a file cannot be taken in through the page
├── OutOfMemory      an import took more memory than it may have
├── BadShare         this share of a file's sentences cannot be held out
├── BadPerson        this name or this change of a person cannot be
├── Deactivated      the person may not act any more
├── NotAllowed       the person's role does not do that
├── CannotConvert    a corpus cannot be read
├── NoCheckpoint     a round whose model is not there, or not to be freed
├── RetiredLabel     an answer under a label that is offered no more
├── NotConfirmed     somebody was asked, and did not say yes
└── Unwell           the doctor has found errors

Never shown: caught where more is known, or a fault in our own files:

Unfit                     a value that its field cannot take (formats/faults.py)
└── UnexplainedNumber     a number in the place of a label (importing/label_reading.py)
UnpacksTooFar             more comes out of a packed file than it may hold (formats/packed.py)
CannotJoin                the page's JavaScript cannot become one script (pages/joining.py)
"""


class Refused(Exception):
    """The application did nothing, and the message says why and what to do."""


class SignInRefused(Refused):
    """This name cannot sign in."""


class BadLabels(Refused):
    """The labels of a new project cannot be used."""


class BadOverlap(Refused):
    """This many people cannot answer each sentence."""


class BadGuidelines(Refused):
    """A text cannot be the guidelines, or there is no such version of them."""


class BadSettings(Refused):
    """A project cannot have these settings."""


class BadDecision(Refused):
    """A sentence cannot be settled like this."""


class AnsweredAlready(Refused):
    """A person skips a sentence that they have answered on another page."""


class BadFileName(Refused):
    """A file's name stands for another format than the one that would be written under it."""


class BadAdmission(Refused):
    """An answer cannot be admitted, or its admission cannot be withdrawn."""


class NeverGiven(Refused):
    """An answer or a skip to a sentence that this person was never given."""


class BadFields(Refused):
    """These names for a file's fields cannot be told apart."""


class BadLabelMap(Refused):
    """What the caller says about a file's labels contradicts the project's labels, or itself."""


class CannotTrain(Refused):
    """The answers so far are too few, or all of one label."""


class RoundFailed(Refused):
    """A round that was waited for has failed or was cancelled."""


class NotPrivate(Refused):
    """A folder next to a project is a link to elsewhere, or cannot be made private."""


class CannotServe(Refused):
    """The app cannot be started like this."""


class OutOfMemory(Refused):
    """An import took more memory than it may have, or than there is."""


class BadShare(Refused):
    """This share of a file's sentences cannot be held out."""


class BadFilter(Refused):
    """A filter names what the project does not have, or contradicts itself."""


class CannotExport(Refused):
    """The export cannot be written there; what was there before still is."""


class BadUpload(Refused):
    """A file cannot be taken in through the page, or not now."""


class BadPerson(Refused):
    """A person of this name cannot exist, does not exist, or cannot be changed like this."""


class Deactivated(Refused):
    """The person was deactivated; what they have sent is not stored, but not refused for good either."""


class NotAllowed(Refused):
    """The person's role does not do that."""


class CannotConvert(Refused):
    """A corpus is not what its format says; the message names the file and the line."""


class NoCheckpoint(Refused):
    """A round has no checkpoint, or one that must stay."""


class RetiredLabel(Refused):
    """This label is no longer offered."""


class NotConfirmed(Refused):
    """A person was asked whether to continue, and did not say yes."""


class Unwell(Refused):
    """The doctor has found errors in a project."""

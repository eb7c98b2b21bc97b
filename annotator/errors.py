"""What the application refuses, each with one sentence about what was wrong and what to do.

Refused
├── SignInRefused    this name cannot be used to sign in
├── BadLabels        a new project's labels cannot be used
├── BadOverlap       this many people cannot answer each sentence
├── BadGuidelines    a text that cannot be the guidelines, or a version that does not exist
├── BadSettings      a project cannot have these settings
├── BadWordRule      no rule can be made for this word, or there is none to withdraw
├── BadSet           a set cannot be saved, renamed or asked for this way, or there is none of that name
├── BadTag           a word cannot be a tag, or these sentences cannot get it
├── CannotRemove     a sentence cannot be removed or replaced now, or not this way
├── NotErased        removed sentences could not be erased from the file yet
├── SentenceGone     an answer to a sentence that was removed or replaced
├── CannotScore      a model cannot be asked, or did not answer
├── BadDecision      a sentence cannot be settled this way, or a decision not withdrawn
├── AnsweredAlready  a person skips a sentence that they have answered on another page
├── BadBackup        a file is none of the project's backups
├── BadFileName      a file's name belongs to another format than its content would have
├── BadAdmission     an answer cannot be admitted, or its admission cannot be withdrawn
├── NeverGiven       an answer or a skip to a sentence that this person was never given
├── CannotPick       a sentence cannot be chosen to be answered next
├── CannotMark       a word cannot be marked in an answer by a click
├── BadFields        the names for a file's fields cannot be distinguished
├── BadLabelMap      what was stated about a file's labels cannot be true
├── BadLayout        a table's cells cannot be separated so
├── CannotMerge      projects contradict each other, or one is named twice
├── CannotUndo       an import cannot be undone, or there is none of that number
├── CannotSetAside   a file's faulty rows cannot be written there
├── BadPool          a pool outside the project cannot be attached, or is not what was attached
├── CannotOrder      the queue cannot be put in this order now
├── CannotTrain      too little to learn from
├── CannotLookAgain  the answers cannot be looked at again now
├── CannotSimulate   a simulation cannot be run this way, or on this data
├── CannotSuggest    a language model cannot be asked, or not there, or does not answer as it should
├── NotSuggested     an answer names a suggestion that its sentence does not have
├── RoundFailed      a round that was waited for did not become ready
├── NotPrivate       a folder next to a project is a link, or others may read it
├── CannotServe      the app cannot be started this way
├── BadFilter        these sentences cannot be chosen
├── CannotExport     the export cannot be written there
├── BadInput         a file that cannot be imported, with its faults (formats/faults.py)
├── BadUpload        a file cannot be imported through the page
├── OutOfMemory      an import used more memory than it may
├── BadShare         this share of a file's sentences cannot be held out
├── BadPerson        a person cannot have this name, or be changed this way
├── Deactivated      the person may no longer act
├── NotAllowed       the person's role does not allow that
├── CannotConvert    a corpus cannot be read
├── CannotCompare    two rounds that cannot be compared
├── NoScores         a round whose predictions for sentences are not kept
├── CannotRebuild    a round that cannot be trained again as it was
├── NotServable      a round that cannot serve
├── NoCheckpoint     a round whose checkpoint does not exist, or must not be freed
├── RetiredLabel     an answer or a decision under a label that is no longer offered
├── NotConfirmed     a person was asked to confirm, and did not
└── Unwell           the doctor has found errors

Never shown: caught where more is known, or a fault in our own files:

Unfit                     a value that its field cannot take (formats/faults.py)
└── UnexplainedNumber     a number instead of a label (importing/label_reading.py)
Unusable                  a language model's answer that is not a suggestion (language_model/reading.py)
UnpacksTooFar             a packed file unpacks to more than it may hold (formats/files/packed.py)
CannotJoin                the page's JavaScript cannot become one script (pages/joining.py)
"""

from whylight.errors import Error


class Refused(Error):
    """The application did nothing, and the message says why and what to do."""


class SignInRefused(Refused):
    """This name cannot be used to sign in."""


class BadLabels(Refused):
    """The labels of a new project cannot be used."""


class BadOverlap(Refused):
    """This many people cannot answer each sentence."""


class BadGuidelines(Refused):
    """A text cannot be the guidelines, or there is no such version of them."""


class BadSettings(Refused):
    """A project cannot have these settings."""


class BadWordRule(Refused):
    """No rule can be made for this word, or there is none to withdraw."""


class BadSet(Refused):
    """A set cannot be saved, renamed or asked for this way, or there is none of that name."""


class BadTag(Refused):
    """A word cannot be a tag, or these sentences cannot get it."""


class CannotRemove(Refused):
    """A sentence cannot be removed or replaced now, or not this way."""


class NotErased(Refused):
    """Sentences were removed, and the file still has to be rewritten without them."""


class SentenceGone(Refused):
    """The sentence of an answer was removed, or its text was replaced."""


class CannotScore(Refused):
    """A model cannot be asked about sentences, or did not answer."""


class BadDecision(Refused):
    """A sentence cannot be settled this way, or a decision not withdrawn."""


class AnsweredAlready(Refused):
    """A person skips a sentence that they have answered on another page."""


class BadFileName(Refused):
    """A file's name belongs to another format than its content would have."""


class BadAdmission(Refused):
    """An answer cannot be admitted, or its admission cannot be withdrawn."""


class NeverGiven(Refused):
    """An answer or a skip to a sentence that this person was never given."""


class CannotPick(Refused):
    """A sentence cannot be chosen to be answered next."""


class CannotMark(Refused):
    """A word cannot be marked in an answer by a click."""


class BadFields(Refused):
    """These names for a file's fields cannot be distinguished."""


class BadLayout(Refused):
    """A table's cells cannot be separated in the way that was asked for."""


class CannotMerge(Refused):
    """Projects cannot be merged."""


class CannotUndo(Refused):
    """An import cannot be undone."""


class CannotSetAside(Refused):
    """The faulty rows of a file cannot be written there."""


class BadLabelMap(Refused):
    """What was stated about a file's labels contradicts the project's labels, or itself."""


class BadPool(Refused):
    """A pool outside the project cannot be attached, or its shards are not what was attached."""


class CannotOrder(Refused):
    """The queue cannot be put in this order, or not any more."""


class CannotTrain(Refused):
    """The answers so far are too few, or all of one label."""


class CannotLookAgain(Refused):
    """The answers cannot be looked at again, or not now."""


class CannotSimulate(Refused):
    """A simulation cannot be run this way, or on this data."""


class CannotSuggest(Refused):
    """A language model cannot be asked, or not there, or does not answer as it should."""


class NotSuggested(Refused):
    """An answer names a suggestion that its sentence does not have."""


class RoundFailed(Refused):
    """A round that was waited for has failed or was cancelled."""


class NotPrivate(Refused):
    """A folder next to a project is a link to elsewhere, or cannot be made private."""


class CannotServe(Refused):
    """The app cannot be started this way."""


class OutOfMemory(Refused):
    """An import used more memory than it may, or than there is."""


class BadShare(Refused):
    """This share of a file's sentences cannot be held out."""


class BadFilter(Refused):
    """A filter names what the project does not have, or contradicts itself."""


class CannotExport(Refused):
    """The export cannot be written there; a file that already existed is unchanged."""


class BadUpload(Refused):
    """A file cannot be imported through the page, or not now."""


class BadBackup(Refused):
    """A file is not one of the project's backups."""


class BadPerson(Refused):
    """A person of this name cannot exist, does not exist, or cannot be changed this way."""


class Deactivated(Refused):
    """The person was deactivated; what they sent is not stored now, but may be sent again once they are active."""


class NotAllowed(Refused):
    """The person's role does not allow that."""


class CannotConvert(Refused):
    """A corpus is not what its format says; the message names the file and the line."""


class CannotCompare(Refused):
    """Two rounds cannot be compared."""


class NoScores(Refused):
    """A round's predictions for single sentences are not kept, or cannot be trusted."""


class CannotRebuild(Refused):
    """A round cannot be trained again as it was."""


class NotServable(Refused):
    """A round cannot serve."""


class NoCheckpoint(Refused):
    """A round has no checkpoint, or one that must not be freed."""


class RetiredLabel(Refused):
    """This label is no longer offered."""


class NotConfirmed(Refused):
    """A person was asked to confirm, and did not."""


class Unwell(Refused):
    """The doctor has found errors in a project."""

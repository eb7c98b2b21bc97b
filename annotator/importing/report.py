"""The record of what an import did, or would do, which the command prints and an upload's row keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from annotator.formats.notes import Repair
from annotator.importing.kept_fields import KeptField
from annotator.importing.left_out import FaultKind
from annotator.importing.new_texts import NewTexts
from annotator.importing.remarks import Changed, PreviewRow, WrittenLabel
from annotator.importing.updating import Updates
from db.records import Split


@dataclass(frozen=True)
class ImportReport:
    """What an import did."""

    added: int
    skipped: int
    """Sentences that the project already had."""
    answers_kept: int
    """Answers that were added."""
    answers_without_marks: int
    """Added answers without marks whose label takes them: none were asked for, or the file left them out."""
    answers_left_out: int
    """Answers to pool sentences, which only `answers="keep"` adds."""
    by_split: Mapping[Split, int]
    """Added sentences by split."""
    set_aside: Mapping[Split, int]
    """How many of them went to dev and test because no line of the file has a split."""
    moved: Mapping[str, int]
    """Added sentences in another split than the file gives, because their text is in that one, as "pool to test"."""
    duplicate_texts: int
    """Sentences of the file whose text an earlier one has too; they are still added, to the same split."""
    known_texts: int
    """Sentences with a new id whose text the project has; they are added to its split, or skipped."""
    skipped_texts: int
    """How many of them were skipped, with their answers."""
    turned_texts: int
    """Sentences of the file with invisible characters that turn the direction of writing; added unchanged."""
    tokenizer: str
    answers_surplus: int = 0
    """Added answers that are surplus; they wait on *Review* unless they were admitted."""
    corrections_admitted: int = 0
    """How many of them count, although the file does not say so, because they correct an answer that counts."""
    newer_in_file: int = 0
    """Answers that count now instead of an older one that the same person gave in the project."""
    newer_in_project: int = 0
    """Answers that are only in the log, because the same person gave a newer one in the project."""
    asked_again: int = 0
    """How often a sentence was asked about again, or that was taken back; added to what the project has."""
    tags: int = 0
    """Tags that sentences got, new ones and those that the project has."""
    removed: int = 0
    """Rows of sentences that were removed from the project for good; they stay out."""
    outdated: int = 0
    """Rows with an older text of a sentence that was corrected in the project; they are left out with their answers."""
    unused_share: bool = False
    """Whether a share to set aside was given for nothing, because lines of the file have a split."""
    kept_test_set: bool = False
    """Whether nothing was set aside for dev and test because the project has a test set."""
    went_on: bool = False
    """Whether an earlier import of the same file was cut off, and this one resumed where it stopped."""
    dry_run: bool = False
    """Whether the file was only read and checked; then the counts are those an import would have."""
    labels: Sequence[WrittenLabel] = ()
    """What the file writes for labels, what each was read as, and how often."""
    unused_labels: Sequence[str] = ()
    """Labels in the label map that no line has."""
    unused_span_names: Sequence[str] = ()
    """Names in the label map that only spans have, in sentences whose spans have several names and no label."""
    respelled_labels: int = 0
    """How often a label was recognised only apart from case, space, and a point with a zero after it."""
    kept: Sequence[KeptField] = ()
    """Fields that were only kept as metadata, first those that look like an answer or marks."""
    not_answers: Mapping[str, int] = field(default_factory=dict)
    """How many lines say that their label is not an answer, by what they say."""
    changed: Mapping[str, Changed] = field(default_factory=dict)
    """Sentences whose split or metadata differs from the project's, which keep what they had."""
    updated: Updates = field(default_factory=Updates)
    """How many sentences of the project got another split or other metadata, because that was asked for."""
    texts: NewTexts = field(default_factory=NewTexts)
    """What became of sentences of the project that got another text, because that was asked for."""
    unnamed: int = 0
    """Sentences without an id, which are named after their content."""
    without_split: int = 0
    """Sentences without a split in a file where others have one; they are in the pool."""
    odd_ids: Changed | None = None
    """Ids that look like rounded or converted numbers, kept as written; None when there are none."""
    named_split: str | None = None
    """The split in the file's name, when no line has one."""
    split_folders: Sequence[str] = ()
    """The folders of the imported folder that are named after splits, when no sentence has one."""
    joined: int = 0
    """Sentences whose text was made of their tokens, with single spaces."""
    format: str = "native"
    """The format that the file was read in."""
    notes: Mapping[str, int] = field(default_factory=dict)
    """What was guessed, changed or left out in reading the file, as sentences without an end, and how often."""
    unlabelled_spans: Mapping[str, int] = field(default_factory=dict)
    """Names of spans that are not labels of the project, in sentences without another label, and how often."""
    sentences_with_unlabelled_spans: int = 0
    single_tokens: int = 0
    new_people: Sequence[str] = ()
    """People in the file whom the project did not know."""
    unread: str | None = None
    """A file of annotations with the same name, which was not read."""
    read_as: Sequence[str] = ()
    """What only the file's content says about how it is written, such as "semicolons" and "Windows-1252"."""
    read_remarks: Sequence[str] = ()
    """Sentences about how the file as a whole was read."""
    repairs: Sequence[Repair] = ()
    """What was put right, in how many lines."""
    more_answers: int = 0
    """Rows that add another person's answer to the sentence of an earlier row."""
    faulty: int = 0
    """Rows that were left out because of a fault."""
    fault_kinds: Sequence[FaultKind] = ()
    """What is wrong with them, the most frequent first."""
    faulty_file: str | None = None
    """The file that they are in, with their faults; not in a dry run."""
    preview: Sequence[PreviewRow] = ()
    """The first sentences as they were read; only in a dry run."""

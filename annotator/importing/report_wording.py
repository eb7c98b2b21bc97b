"""The report of an import, or of its dry run, as sentences and rows, the same for the terminal and the page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from annotator.importing.outcome_wording import IMPORT, sentences_about
from annotator.putting_right.wording import still_holding_lines
from annotator.wording import counted, first_names
from db.corpus.uploads import Upload

MOST_FIELDS = 20
MOST_LABELS = 20
MOST_PEOPLE = 10
MOST_KINDS = 10
FEWEST_SINGLE = 4
"""At least this many sentences of a single token, and more than half of all, make a file look misread."""

NOTHING = "–"
"""What a cell has for a label, marks or a person that a sentence lacks."""
_TO_KEEP = " To keep them, import the file and choose “All of them”."
_TOOLS = {
    "label-studio": "an export of Label Studio (JSON)",
    "label-studio-min": "an export of Label Studio (JSON_MIN)",
    "doccano": "an export of doccano",
    "prodigy": "an export of Prodigy",
    "hatexplain": "the data of HateXplain",
    "esnli": "the data of e-SNLI",
    "conll": "CoNLL, a token and its tags on each line",
    "eraser": "a folder of ERASER",
    "brat": "a folder of brat",
    "texts": "a folder with one text in each file",
    "huggingface": "a data set of Hugging Face",
    "spacy": "a folder of spaCy",
    "spans-csv": "a table with a row for each marked span",
}
"""Formats that a file may be recognised as: what people read then."""

_OTHER = {"split": "another split", "metadata": "other metadata"}

Facts = Mapping[str, Any]
"""An import's report, as read from JSON."""


def outcome(upload: Upload) -> list[str]:
    """Return sentences about what became of an upload: what was added, or why nothing was."""
    if upload.error is not None:
        as_it_was = ["The project is as it was."] if upload.state == "refused" else []
        return [*upload.error.splitlines(), *as_it_was]
    if upload.report is None:
        return []
    sentences = sentences_about(upload.report, to_keep="" if upload.report.get("dry_run") else _TO_KEEP)
    if reason := upload.report.get("texts", {}).get("not_erased"):
        sentences.append(not_erased(reason, "whylight sentence erase"))
    return sentences


def not_erased(reason: str, command: str) -> str:
    """Return a sentence about old texts that are still in the project's file, and the command that removes them."""
    return f"The file could not be rewritten without the old texts yet: {reason} Then run `{command}`."


def tool_in_words(format: str) -> str | None:
    """Return what a file in the format of another tool is, such as "an export of doccano"; None for our own formats."""
    return _TOOLS.get(format)


def remarks(facts: Facts) -> list[str]:
    """Return sentences about what was guessed, ignored or only kept.

    Reports of imports before this version lack most of these facts.
    """
    parts = (_of_faults, _of_reading, remarks_on_answers, _of_fields, _of_changes, remarks_on_old_texts, _of_defaults)
    return [sentence for part in parts for sentence in part(facts)]


def label_rows(facts: Facts) -> list[tuple[str, str, int]]:
    """Return what the file writes for labels, what each was read as, and how often."""
    rows = [(label["written"], label["label"], label["count"]) for label in facts.get("labels", ())]
    rest = sum(count for _, _, count in rows[MOST_LABELS:])
    return [*rows[:MOST_LABELS], *([("…", "…", rest)] if rest else [])]


def preview_rows(facts: Facts) -> list[tuple[str, str, str, str, str, str]]:
    """Return the first sentences as they were read: id, words, split, and their labels, marks and people."""
    return [(row["id"], _words_of(row), row["split"], *_answers_of(row["answers"])) for row in facts["preview"]]


def marked_words(tokens: Sequence[str], marks: str | None) -> str:
    """Return the words marked with a plus, in order, or a dash if there are none."""
    marked = [token for token, mark in zip(tokens, marks or "", strict=False) if mark == "+"]
    return " ".join(marked) or "–"


def _words_of(row: Facts) -> str:
    more = " …" if row["number_of_tokens"] > len(row["tokens"]) else ""
    return " · ".join(row["tokens"]) + more


def _answers_of(answers: Sequence[Facts]) -> tuple[str, str, str]:
    labels = [answer["label"] or answer["kind"] for answer in answers]
    marks = [answer["marks"] or NOTHING for answer in answers]
    people = [answer["person"] for answer in answers]
    return "\n".join(labels) or NOTHING, "\n".join(marks) or NOTHING, "\n".join(people) or NOTHING


def _of_faults(facts: Facts) -> Iterator[str]:
    if not facts.get("faulty"):
        return
    file = facts.get("faulty_file")
    where = f"; they are in {file}, with what is wrong" if file and not facts.get("dry_run") else ""
    yield f"Rows left out because of a fault: {facts['faulty']:,}{where}."
    kinds = facts["fault_kinds"]
    for kind in kinds[:MOST_KINDS]:
        times = counted(kind["count"], "row")
        yield f"In {times}: {kind['first']}"
    if len(kinds) > MOST_KINDS:
        yield f"Other kinds of faults: {len(kinds) - MOST_KINDS:,}."


def _of_reading(facts: Facts) -> Iterator[str]:
    if read_as := facts.get("read_as"):
        yield f"Read as its content suggests: {', '.join(read_as)}."
    yield from facts.get("read_remarks", ())
    for repair in facts.get("repairs", ()):
        where = f"in line {repair['line']}"
        if repair["count"] > 1:
            where = f"in {repair['count']:,} lines, first in line {repair['line']}"
        yield f"Put right: {repair['what']}, {where}."
    if name := tool_in_words(facts.get("format", "")):
        yield f"Read as {name}."
    yield from (f"{note}: {count:,}." for note, count in facts.get("notes", {}).items())
    if count := facts.get("sentences_with_unlabelled_spans"):
        names = [f"{name} ({times:,})" for name, times in facts["unlabelled_spans"].items()]
        yield (
            f"Sentences with spans and no label: {count:,}; {first_names(names, MOST_LABELS)}. These are not labels of "
            "the project, so the spans were kept as metadata; say which label such sentences have with --marked-label, "
            "or what the names mean with --label-map."
        )


def remarks_on_answers(facts: Facts) -> Iterator[str]:
    """Yield sentences about people and answers that are to be noticed."""
    not_answers: Mapping[str, int] = facts.get("not_answers", {})
    if not_answers:
        reasons = ", ".join(f"{reason} ({count:,})" for reason, count in not_answers.items())
        yield (
            f"Sentences without an answer, because their line says so: {sum(not_answers.values()):,}; {reasons}. "
            "Their labels were kept as metadata."
        )
    if surplus := facts.get("answers_surplus"):
        admitted = facts.get("corrections_admitted", 0)
        as_well = f", of which {admitted:,} correct an answer that counts, and count as well" if admitted else ""
        yield f"Surplus answers: {surplus:,}{as_well}; the Review page shows them under Surplus."
    newer, older = facts.get("newer_in_file", 0), facts.get("newer_in_project", 0)
    if newer or older:
        source = facts.get("source", IMPORT["source"])
        yield (
            f"Sentences that the same person answered here and in {source}: {newer + older:,}; the newer answer counts "
            f"({source}'s: {newer:,}, the project's: {older:,}), and both are in the log."
        )
    if more := facts.get("more_answers"):
        yield f"Rows with another person's answer to the sentence of an earlier row: {more:,}."
    if people := facts.get("new_people"):
        yield f"New annotators: {len(people):,}; {first_names(people, MOST_PEOPLE)}."
    if respelled := facts.get("respelled_labels"):
        yield f"Labels recognised apart from case, space, or a point with a zero after it: {respelled:,}."
    if unused := facts.get("unused_labels"):
        yield f"The label map names labels that no line has: {first_names(unused, MOST_LABELS)}."
    if mixed := facts.get("unused_span_names"):
        yield (
            f"The label map has names of spans that gave no sentence a label: {first_names(mixed, MOST_LABELS)}. Their "
            "sentences have spans of several names: choose one with --span-name, or give the label of all sentences "
            "with marks as --marked-label."
        )
    if unread := facts.get("unread"):
        yield (
            f"{unread} is in the same folder and was not read; its annotations are not in the project. "
            "Import the folder to bring them."
        )


def _of_fields(facts: Facts) -> Iterator[str]:
    alike = [field for field in facts.get("kept", ()) if field["looks_like"]]
    others = [f"{field['name']} ({field['count']:,})" for field in facts.get("kept", ()) if not field["looks_like"]]
    for field in alike[:MOST_FIELDS]:
        lines = counted(field["count"], "line")
        way = "; --person-field reads it" if field["looks_like"] == "who answered" else ""
        yield (
            f"{field['name']} looks like {field['looks_like']} and was only kept as metadata, in {lines}; "
            f"line {field['line']} has {field['example']}{way}"
        )
    if len(alike) > MOST_FIELDS:
        yield f"More fields that look like answers or marks and were only kept: {len(alike) - MOST_FIELDS:,}."
    if others:
        yield f"Fields kept as metadata: {first_names(others, MOST_FIELDS)}."


def _of_changes(facts: Facts) -> Iterator[str]:
    for name, change in facts.get("changed", {}).items():
        if change["count"]:
            more = ", …" if change["count"] > len(change["ids"]) else ""
            yield (
                f"Sentences with {_OTHER[name]} than the project has: {change['count']:,}; "
                f"they keep what they had ({', '.join(change['ids'])}{more}); --update {name} takes the file's."
            )


def remarks_on_old_texts(facts: Facts) -> Iterator[str]:
    """Yield sentences about what still has texts that were replaced."""
    texts = facts.get("texts", {})
    if texts.get("sentences") and not facts.get("dry_run"):
        yield from still_holding_lines(
            texts["rounds"], texts["guidelines"], texts["files"], texts.get("exports", ()), texts.get("shards")
        )
        yield "`whylight sentence list` names the backups that still have an old text."


def _of_defaults(facts: Facts) -> Iterator[str]:
    counted = [
        ("Sentences without an id, named by a hash of their content: {:,}.", "unnamed"),
        ("Sentences without a split, put into the pool because others have one: {:,}.", "without_split"),
        ("Sentences whose text was made from their tokens, with single spaces: {:,}.", "joined"),
    ]
    yield from (template.format(facts[name]) for template, name in counted if facts.get(name))
    if facts.get("unused_share"):
        yield "No share was set aside for dev and test, because lines of the file have a split."
    if facts.get("kept_test_set"):
        yield (
            "Nothing was set aside for dev and test, because the project has a test set and its rounds are compared on "
            "it; ask for a share to set aside if the test set should grow."
        )
    if odd := facts.get("odd_ids"):
        yield f"Ids that a program may have changed, like {odd['ids'][0]}: {odd['count']:,}; they were kept as written."
    if split := facts.get("named_split"):
        yield f"The name of the file says {split}, but no line has a split; --split puts all of them there."
    if folders := facts.get("split_folders"):
        yield (
            f"The folder has folders named after splits ({', '.join(folders)}), but was read as one; "
            "to keep the splits, import each of them with --split."
        )
    single, rows = facts.get("single_tokens", 0), facts["added"] + facts["skipped"]
    if single >= FEWEST_SINGLE and 2 * single > rows:
        yield f"Sentences of a single token: {single:,} of {rows:,}; check that the file is not one token per line."

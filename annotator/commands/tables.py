"""The tables that commands print; the same rows feed `--json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any

from annotator.importing.report_wording import NOTHING, Facts, label_rows, preview_rows
from annotator.wording import (
    answer_notes,
    clock,
    details,
    in_bytes,
    model_of,
    number,
    ratio,
)
from db.records import AuditRow, Counts, Guidelines, Label, Person, Project
from db.round_records import Round

if TYPE_CHECKING:
    from rich.table import Table

    from annotator.answering.leases import HeldSentence
    from annotator.care.findings import Finding
    from annotator.care.kept_backups import KeptBackup
    from annotator.demo import DemoRow
    from annotator.project.sets import ListedSet
    from annotator.reviewing.agreement import Agreement
    from annotator.rounds.learning.checkpoints import PredictedText
    from annotator.rounds.listing import Listed

LONGEST_TEXT = 80
_SERVING = {"always": "always", "ask": "unless it is worse on dev than the one that serves", "never": "never"}
COMMAND_LINE = "command line"
"""Who acted, when a command was given without a person."""


def queue_table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """Draw the head of the queue."""
    lines = [(place, *_queue_line(row)) for place, row in enumerate(rows, start=1)]
    return listing(("next", "round", "place", "by", "score", "probability", "sentence", "why"), lines)


def _queue_line(row: Mapping[str, Any]) -> tuple[object, ...]:
    by = row["acquisition"] if row["reason"] == "unsure" else row["reason"]
    numbers = (number(row["score"], 3), number(row["probability"], 4))
    return (row["round"] or "–", row["place"] or "–", by, *numbers, _shortened(row["text"]), row["why"])


def predictions_table(predicted: "Sequence[PredictedText]") -> "Table":
    """Draw what a model says of each text, and the words that speak most for it."""
    lines = [(_shortened(one.text), one.label, f"{100 * one.probability:.0f} %", _because(one)) for one in predicted]
    return listing(("text", "label", "probability", "because of"), lines)


def surprises_table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """Draw the answers that a model finds surprising."""
    lines = [
        (
            row["sentence"],
            row["given"],
            ratio(row["self_confidence"]),
            f"{row['says']} {ratio(row['probability'])}",
            "asked again" if row["asked"] else "",
            _shortened(row["text"]),
        )
        for row in rows
    ]
    return listing(("sentence", "people say", "likelihood", "a model says", "", "text"), lines)


def _because(predicted: "PredictedText") -> str:
    """Return the words that speak for the label, or for the likeliest other one, which is named then."""
    words = ", ".join(_strongest(predicted))
    return words if predicted.explained == predicted.label else f"{words} (for {predicted.explained})"


def _strongest(predicted: "PredictedText") -> list[str]:
    """Return the words that speak for the label, the strongest first, at most five."""
    order = sorted(range(len(predicted.tokens)), key=lambda place: -predicted.saliency[place])
    return [predicted.tokens[place] for place in order[:5] if predicted.saliency[place] > 0]


def rounds_table(rows: "Sequence[Listed]", rounds: Mapping[int, Round], *, serving: int | None) -> "Table":
    """Draw one line per round, newest first, each followed by its twin and its other seeds."""
    from annotator.rounds.listing import HEAD

    lines = [_round_line(row, rounds[row.number], serving=serving) for row in rows]
    return listing((HEAD[0], "state", "model", *HEAD[1:-1]), lines)


def _round_line(row: "Listed", shown: Round, *, serving: int | None) -> tuple[object, ...]:
    state = [shown.state, *(["freed"] if shown.freed_ms is not None else [])]
    if shown.id == serving:
        state.append("serving")
    return (f"└ {row.title}" if row.is_nested else row.title, ", ".join(state), model_of(shown), *row.cells)


def round_table(shown: Round) -> "Table":
    """Draw all that is known about one round, one fact per line."""
    facts: dict[str, Any] = {
        "state": shown.state + (f": {shown.error}" if shown.error else ""),
        "started": clock(shown.created_ms),
        "device": shown.device,
        "answers up to": shown.last_annotation,
        "training set": shown.training_set_hash,
        "checkpoint": shown.checkpoint,
        "checkpoint sha256": shown.checkpoint_hash,
        "saliency": shown.saliency_file,
        "checkpoint and saliency": "kept" if shown.freed_ms is None else f"freed on {clock(shown.freed_ms)}",
    }
    facts |= _flat({"settings": shown.config, "learned from": shown.training_set} | shown.metrics)
    lines = [
        (name, number(value) if isinstance(value, float) else "–" if value is None else value)
        for name, value in facts.items()
    ]
    return listing(("round", shown.name), lines)


def stats_table(facts: Mapping[str, Any]) -> "Table":
    """Draw the counts of a project."""
    overlap = ("overlap: people who answer each sentence", facts["project"]["overlap"])
    counts = _flat({key: value for key, value in facts.items() if key != "project"})
    return listing(("project", facts["project"]["name"]), [overlap, *counts.items()])


def demo_table(rows: "Sequence[DemoRow]") -> "Table":
    """Draw what each model learned from the sample, and which words it looks at, in per cent."""
    columns = ("trained on", "accuracy", "macro-F1", "AP", "looks at marked words", "at the branch's name")
    lines = [
        (
            row.title,
            row.shown("accuracy"),
            row.shown("macro_f1"),
            row.shown("average_precision_shown"),
            row.shown("share_marked"),
            row.shown("share_branch"),
        )
        for row in rows
    ]
    return listing(columns, lines)


def exchange_table(before: Counts | None, now: Counts) -> "Table":
    """Draw what the project holds before a restore next to what it will hold."""
    held = asdict(before) if before else {}
    rows = [(name.replace("_", " "), held.get(name, "–"), number) for name, number in asdict(now).items()]
    return listing(("", "the project", "the backup"), rows)


def backups_table(kept: "Sequence[KeptBackup]") -> "Table":
    """Draw the backups of a project, newest first."""
    rows = [
        (str(backup.file), backup.origin, f"{backup.made:%Y-%m-%d %H:%M:%S}", in_bytes(backup.bytes)) for backup in kept
    ]
    return listing(("backup", "made", "time (UTC)", "size"), rows)


def findings_table(findings: "Sequence[Finding]") -> "Table":
    """Draw what the doctor found, one finding per line."""
    return listing(("", "about", "finding", "what to do"), [astuple(finding) for finding in findings])


def sets_table(sets: "Sequence[ListedSet]") -> "Table":
    """Draw one set per line."""
    from annotator.project.sets import search_in_words

    lines = [
        (
            one.name,
            one.sentences,
            one.answered,
            one.left,
            ", ".join(one.asked_of) or "–",
            search_in_words(one.search),
            f"{clock(one.created_ms)}, {one.saved_by or COMMAND_LINE}",
        )
        for one in sets
    ]
    return listing(("set", "sentences", "answered", "left", "asked of", "what was asked for", "saved"), lines)


def people_table(people: Sequence[Person]) -> "Table":
    """Draw one person per line."""
    return listing(("person", "role", "active"), [(person.name, person.role, _yes(person.active)) for person in people])


def labels_table(labels: Sequence[Label], answers: Mapping[int, int]) -> "Table":
    """Draw one label per line, with how many answers count under it."""
    rows = [
        (
            label.index,
            label.name,
            _yes(label.takes_rationale),
            _yes(label.retired) if label.merged_into is None else f"into {labels[label.merged_into].name}",
            label.colour or "–",
            answers[label.index],
        )
        for label in labels
    ]
    return listing(("", "label", "takes a rationale", "retired", "colour", "answers"), rows)


def settings_table(settings: Project) -> "Table":
    """Draw a project's settings, one per line."""
    lines = [
        ("name", settings.name),
        ("saliency", settings.saliency_mode),
        ("overlap", settings.overlap),
        ("share of the agreement sample", f"{settings.overlap_share:.0%}"),
        ("minutes of a lease", settings.lease_minutes),
        ("a new round serves by itself", _SERVING[settings.serving]),
        ("a round starts by itself", f"after {settings.round_every} answers" if settings.round_every else "never"),
    ]
    return listing(("setting", "value"), lines)


def guidelines_table(versions: Sequence[Guidelines], names: Mapping[int, str]) -> "Table":
    """Draw one version per line: who wrote it, when, and how long it is."""
    lines = [
        (
            version.version,
            clock(version.created_ms),
            names.get(version.person_id or 0, COMMAND_LINE),
            f"{len(version.text):,}",
        )
        for version in versions
    ]
    return listing(("version", "when", "who", "characters"), lines)


def audit_table(rows: Sequence[AuditRow]) -> "Table":
    """Draw who did what, one action per line."""
    lines = [
        (str(row.id), clock(row.at_ms), row.person or COMMAND_LINE, row.action, details(row.detail)) for row in rows
    ]
    return listing(("", "when", "who", "what", "details"), lines)


def history_table(facts: Mapping[str, Any]) -> "Table":
    """Draw the answers to a sentence, who holds it, and the corrections of its text, one per line."""
    lines = [
        (
            answer["number"],
            clock(answer["at_ms"]),
            answer["person"],
            answer["kind"],
            answer["label"] or "–",
            answer["marks"] or "–",
            ", ".join(answer_notes(answer)),
        )
        for answer in facts["answers"]
    ]
    lines += [
        ("", clock(lease["until_ms"]), lease["person"], "lease until then", "–", "–", "") for lease in facts["leases"]
    ]
    lines += [
        ("", clock(one["at_ms"]), one["person"] or "the owner", "text corrected", "–", "–", one["reason"] or "")
        for one in facts["corrections"]
    ]
    return listing(("", "when", "who", "what", "label", "marks", "notes"), lines)


def surplus_table(answers: Sequence[Mapping[str, Any]]) -> "Table":
    """Draw the surplus answers, one per line, with the number that `review admit` takes."""
    lines = [
        (
            answer["number"],
            clock(answer["at_ms"]),
            answer["person"],
            answer["sentence"],
            answer["label"],
            answer["marks"] or "–",
            "admitted" if answer["admitted"] else "does not count",
        )
        for answer in answers
    ]
    return listing(("answer", "when", "who", "sentence", "label", "marks", ""), lines)


def leases_table(held: "Sequence[HeldSentence]") -> "Table":
    """Draw one lease per line."""
    lines = [
        (
            lease.person,
            lease.sentence,
            lease.split,
            f"{lease.silent_s // 60} min",
            "abandoned" if lease.abandoned else "live",
        )
        for lease in held
    ]
    return listing(("who", "sentence", "split", "silent for", "lease"), lines)


def label_table(facts: Facts) -> "Table":
    """Draw what the file writes for labels, one per line."""
    return listing(("written", "label", "count"), [(*row[:2], f"{row[2]:,}") for row in label_rows(facts)])


def preview_table(facts: Facts) -> "Table":
    """Draw the first sentences as they were read, one per line, without the columns in which none has anything."""
    head, rows = ("id", "words", "split", "label", "marked", "person"), preview_rows(facts)
    filled = [place for place in range(len(head)) if any(row[place] != NOTHING for row in rows)]
    return listing([head[place] for place in filled], [[row[place] for place in filled] for row in rows])


def agreement_table(rows: "Mapping[str, Agreement]") -> "Table":
    """Draw how far people agree, one group of answers per line."""
    from annotator.reviewing.agreement import in_words

    columns = ("", "sentences", "κ labels", "α labels", "with marks", "α tokens", "F1 tokens", "F1 spans")
    lines = [
        (
            name,
            agreement.sentences,
            *map(in_words, (agreement.kappa, agreement.alpha)),
            agreement.marked_sentences,
            *map(in_words, (agreement.token_alpha, agreement.token_f1, agreement.span_f1)),
        )
        for name, agreement in rows.items()
    ]
    return listing(columns, lines)


def listing(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> "Table":
    """Draw rows as they are under these columns."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=SIMPLE_HEAD)
    for row in rows:
        # Texts and names from people are printed as they are: never read as rich's markup.
        table.add_row(*(Text(str(cell)) for cell in row))
    return table


def _yes(claim: bool) -> str:
    return "yes" if claim else "no"


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _flat(facts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in facts.items():
        label = f"{prefix}{name}".replace("_", " ")
        flat |= _flat(value, f"{label}: ") if isinstance(value, Mapping) else {label: value}
    return flat

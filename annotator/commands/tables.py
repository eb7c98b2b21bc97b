"""The tables that commands print, but for those about rounds; the same rows feed `--json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any

from annotator.importing.report_wording import NOTHING, Facts, label_rows, preview_rows
from annotator.wording import (
    answer_notes,
    clock,
    details,
    in_bytes,
    percent,
)
from db.records import AuditRow, Counts, Guidelines, Label, Person, Project

if TYPE_CHECKING:
    from rich.table import Table

    from annotator.answering.leases import HeldSentence
    from annotator.care.findings import Finding
    from annotator.care.kept_backups import KeptBackup
    from annotator.project.sets import ListedSet
    from annotator.reviewing.agreement import Agreement

_SERVING = {"always": "always", "ask": "unless it is worse on dev than the one that serves", "never": "never"}
COMMAND_LINE = "command line"
"""Who acted, when a command was given without a person."""


def stats_table(facts: Mapping[str, Any]) -> "Table":
    """Draw the counts of a project."""
    overlap = ("overlap: people who answer each sentence", facts["project"]["overlap"])
    counts = flatten({key: value for key, value in facts.items() if key != "project"})
    return listing(("project", facts["project"]["name"]), [overlap, *counts.items()])


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
        ("share of the agreement sample", percent(settings.overlap_share, 1, digits=0)),
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


def flatten(facts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return facts within facts as one level, each under the names that lead to it."""
    facts_by_name: dict[str, Any] = {}
    for name, value in facts.items():
        label = f"{prefix}{name}".replace("_", " ")
        facts_by_name |= flatten(value, f"{label}: ") if isinstance(value, Mapping) else {label: value}
    return facts_by_name


def _yes(claim: bool) -> str:
    return "yes" if claim else "no"

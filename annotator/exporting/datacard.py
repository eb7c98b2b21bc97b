"""A datacard for an export of examples: what they are and how they were made, in Markdown as Hugging Face has it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import CannotExport
from annotator.exporting.run import Written, how_made
from annotator.exporting.summary import Summary
from annotator.exporting.target import check_target, explained, written_aside
from annotator.project.guidelines import current
from annotator.project.permissions import Actor, check_may_act
from annotator.reviewing.agreement import in_words
from annotator.reviewing.agreement_sums import Figure
from annotator.reviewing.review import MOST_REVIEWED, Report, list_shared, report
from annotator.wording import counted, listed, percent, verb_for
from db.finding import browse
from db.finding.filters import EVERYTHING, SentenceFilter
from db.learning import rounds
from db.store import Store
from db.team import project, word_rules
from learner.data.suffixes import other_meaning

UNKNOWN = "unknown"
"""The licence of data without one, as Hugging Face calls it."""
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGEST = "1M<n<10M"
_SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class _Facts:
    """What the card says of the project, next to what was written."""

    title: str
    labels: Sequence[str]
    agreement: Report
    """On the sentences that were chosen, those that are not examples included, such as ties."""
    guidelines: str | None
    """The text that people see now."""
    rounds: int
    word_rules: int


def write_datacard(store: Store, written: Written, *, licence: str | None = None, actor: Actor) -> str:
    """Return the datacard of what an export wrote."""
    check_may_act(store, actor, least="researcher")
    facts = _facts(store, written.asked.chosen, actor)
    parts = [
        _front_matter(facts.title, written.summary, licence),
        f"# {_as_text(facts.title)}",
        _about(written, licence),
    ]
    parts += ["## Labels", _label_table(facts.labels, written.summary)]
    parts += ["## How the examples were made", _list(_making(facts, written))]
    parts += ["## People", _people_table(written.summary), _list(_people(facts, written))]
    return "\n\n".join(parts) + "\n"


def check_card(file: Path) -> None:
    """Raise CannotExport unless a datacard can be written to this file; ask before the export."""
    if refusal := other_meaning(file, "a datacard", (".md", ".markdown", ".txt"), may_be_packed=False):
        raise CannotExport(refusal)
    check_target(file)


def save_card(store: Store, file: Path, written: Written, *, licence: str | None = None, actor: Actor) -> None:
    """Write the datacard of what an export wrote to a file."""
    card = write_datacard(store, written, licence=licence, actor=actor)
    with explained(file), written_aside(file) as output:
        output.write(card.encode())


def _facts(store: Store, chosen: SentenceFilter, actor: Actor) -> _Facts:
    among = None if chosen == EVERYTHING else browse.all_ids(store, chosen)
    guidelines = current(store)
    ready = [each for each in rounds.all_of(store) if each.state == "ready" and not each.is_companion]
    return _Facts(
        title=project.read(store).name,
        labels=[label.name for label in project.labels(store)],
        agreement=report(store, list_shared(store, among=among, actor=actor), parts=(), actor=actor),
        guidelines=None if guidelines is None else guidelines.text,
        rounds=len(ready),
        word_rules=len(word_rules.applying(store)),
    )


def _front_matter(title: str, summary: Summary, licence: str | None) -> str:
    size = next((name for most, name in _SIZES if summary.sentences < most), _LARGEST)
    # A JSON string is a YAML string too, whatever is in it.
    return "\n".join(
        (
            "---",
            f"pretty_name: {json.dumps(title, ensure_ascii=False)}",
            f"license: {json.dumps(licence or UNKNOWN, ensure_ascii=False)}",
            "task_categories: [text-classification]",
            "tags: [rationales, active-learning]",
            f"size_categories: [{json.dumps(size)}]",
            "---",
        )
    )


def _about(written: Written, licence: str | None) -> str:
    summary = written.summary
    splits = ", ".join(f"{summary.splits[split]:,} {split}" for split in _SPLITS if summary.splits[split])
    have = verb_for(summary.marked, "has", "have")
    marked = f"{summary.marked:,} {have} words that people marked as the reason for their label."
    name = "Licence: none was named." if licence is None else f"Licence: {_as_text(licence)}."
    return f"{counted(summary.sentences, 'sentence')} with a label{f': {splits}' if splits else ''}. {marked} {name}"


def _label_table(labels: Sequence[str], summary: Summary) -> str:
    rows = [[name, *(f"{summary.labels[split, name]:,}" for split in _SPLITS)] for name in labels]
    return _table(("label", *_SPLITS), rows)


def _making(facts: _Facts, written: Written) -> Iterator[str]:
    summary = written.summary
    yield how_made(written.asked.policy)
    yield "A word is marked if more than half of the people who gave that label, with marks, marked it."
    if written.asked.chosen != EVERYTHING:
        yield "Only sentences that a filter found were exported, and the figures of agreement are of these."
    yield from written.remarks
    if summary.decided:
        yield f"A researcher decided on {counted(summary.decided, 'sentence')}."
    if facts.word_rules and summary.must_not_matter:
        words = counted(facts.word_rules, "word")
        they_are, them = ("it is", "it") if facts.word_rules == 1 else ("they are", "them")
        yield f"By a rule, {words} must not matter anywhere: {they_are} marked so where no person marked {them}."
    yield from _choosing(summary)
    if facts.rounds:
        yield f"Active learning: {counted(facts.rounds, 'round')} trained a model on the answers so far."
    if summary.round is not None:
        yield f"The predictions are those of round {summary.round}, which may have learned from these answers."
    yield _guidelines(facts.guidelines)


def _choosing(summary: Summary) -> Iterator[str]:
    """Yield how the sentences were chosen that people were given to answer."""
    known = summary.chosen.total()
    if known:
        ways = {"random": "chance", "acquired": "a model or an acquisition", "picked": "a person"}
        parts = [f"{percent(summary.chosen[way], known)} by {who}" for way, who in ways.items() if summary.chosen[way]]
        yield f"People were given {counted(known, 'sentence')} of the pool, chosen {listed(parts, 'and')}."
    if known < summary.splits["train"]:
        unknown = summary.splits["train"] - known
        they, their = ("it", "its") if unknown == 1 else ("they", "their")
        of_pool = f"{counted(unknown, 'sentence')} of the pool {verb_for(unknown, 'was', 'were')} chosen"
        yield f"How {of_pool} is not known: {they} came with {their} answers."


def _guidelines(text: str | None) -> str:
    if text is None:
        return "There were no guidelines for annotators."
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"The guidelines for annotators have {counted(len(text), 'character')} and the SHA-256 `{digest}`."


def _people_table(summary: Summary) -> str:
    rows = [[name, f"{number:,}"] for name, number in summary.answers.most_common()]
    return _table(("person", "answers that count"), rows)


def _people(facts: _Facts, written: Written) -> Iterator[str]:
    summary = written.summary
    answers, agreement = summary.answers.total(), facts.agreement.overall
    yield f"{counted(summary.by_several, 'sentence was', 'sentences were')} answered by two people or more."
    if agreement.sentences:
        of_labels = (("Krippendorff's α", agreement.alpha), ("κ", agreement.kappa))
        yield _agreement("labels", agreement.sentences, "with answers of several people", of_labels)
        of_marks = (("α", agreement.token_alpha), ("F1", agreement.token_f1))
        yield _agreement(
            "marked words", agreement.marked_sentences, "that several people gave the same label, with marks", of_marks
        )
    if agreement.sentences and written.left_out.get("tie"):
        yield "The figures of agreement include sentences on which people are tied; these are not in the file."
    if not facts.agreement.is_all:
        yield f"The figures of agreement are of the {MOST_REVIEWED:,} sentences that were answered last."
    if answers:
        yield f"{percent(summary.blind, answers)} of the answers were given before a model's view was seen."
    if summary.suggested:
        yield f"{percent(summary.suggested, answers)} were given after a look at a language model's suggestion."
    if summary.timed:
        minutes = summary.seconds / 60
        yield f"They took {minutes:,.1f} minutes in all, known of {counted(summary.timed, 'sentence')}."


def _agreement(what: str, sentences: int, which: str, figures: Sequence[tuple[str, Figure | None]]) -> str:
    known = [(name, figure) for name, figure in figures if figure is not None and figure.interval is not None]
    on = counted(sentences, "sentence")
    if not known:
        return f"Agreement on {what} cannot be estimated: only {on} {which}."
    parts = [f"{name} {in_words(figure)}" for name, figure in known]
    return f"Agreement on {what}: {listed(parts, 'and')}, on {on} (95 % intervals)."


def _list(lines: Iterator[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *([_as_text(row[0]), *row[1:]] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _as_text(text: str) -> str:
    """Return a name as text in Markdown, whatever it contains."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>#|" else letter for letter in " ".join(text.split()))

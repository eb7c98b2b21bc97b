"""The commands that import sentences, show which are next, and export them."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, opened, read_round_name
from annotator.commands.terminal import emit, progress_bar, say, show
from learner.acquisition_names import BEFORE_THE_FIRST_ROUND

if TYPE_CHECKING:
    from annotator.importing.report import ImportReport
    from annotator.project.permissions import Actor
    from db.store import Store

MODEL_FINDINGS = ("wrong", "right-for-the-wrong-words", "unsure")
"""`annotator.rounds.model_filters.FINDINGS` as options."""


@click.command("import")
@PROJECT
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", metavar="NAME", help="The format, if its suffix and content don't say it: docs/formats.md.")
@click.option("--text-field", "text", default="text", show_default=True, help="The field that holds the sentence.")
@click.option("--id-field", "id", default="id", show_default=True, help="The field that holds the id.")
@click.option("--label-field", "label", default="label", show_default=True, help="The field that holds the label.")
@click.option("--split-field", "split", default="split", show_default=True, help="The field that holds the split.")
@click.option("--marks-field", "marks", default="marks", show_default=True, help="The field that holds the marks.")
@click.option("--query-field", "query", default="query", show_default=True, help="The field with a second input.")
@click.option("--tokens-field", "tokens", default="tokens", show_default=True, help="The field with the words.")
@click.option(
    "--align",
    type=click.Choice(["strict", "expand", "contract"]),
    default="strict",
    show_default=True,
    help="A marked span that cuts a word is a fault, takes the whole word, or leaves it out.",
)
@click.option("--span-name", "span_names", multiple=True, metavar="NAME", help="Only these spans or tags are marks.")
@click.option("--marked-label", metavar="LABEL", help="The label of sentences with marks and without a label.")
@click.option("--unmarked-label", metavar="LABEL", help="The label of sentences whose marks are empty.")
@click.option(
    "--answers",
    type=click.Choice(["held-out", "keep"]),
    default="held-out",
    show_default=True,
    help="Which of the file's answers become gold answers: only those of dev and test, or all.",
)
@click.option(
    "--hold-out",
    type=float,
    show_default="0.1, or 0 if PROJECT has a test set",
    help="The share set aside for dev, and the same for test.",
)
@click.option(
    "--duplicates",
    type=click.Choice(["keep", "skip"]),
    default="keep",
    show_default=True,
    help="Whether to add sentences with a new id whose text PROJECT has.",
)
@click.option(
    "--label-map",
    multiple=True,
    metavar="WRITTEN=NAME,…",
    help="What the file's labels mean, such as 1=one-star,2=two-stars.",
)
@click.option(
    "--label-base",
    type=click.IntRange(0, 1),
    help="The file's labels are the project's, numbered from 0 or from 1.",
)
@click.option("--dry-run", is_flag=True, help="Check the file, show what an import would do, and write nothing.")
@AS_PERSON
@AS_JSON
def import_(project: Path, file: Path, who: str | None, **chosen: Any) -> None:
    """Import the sentences of FILE into PROJECT: all of them, or none if any is bad."""
    from annotator.formats.fields import Fields
    from annotator.importing.label_reading import LabelRules, read_label_map
    from annotator.importing.run import import_file
    from annotator.importing.settings import ImportSettings

    named = Fields(**{field.name: chosen.pop(field.name) for field in fields(Fields)})
    labels = LabelRules(read_label_map(chosen.pop("label_map")), chosen.pop("label_base"))
    settings = ImportSettings(fields=named, labels=labels, **chosen)
    title = "Reading" if settings.dry_run else "Importing"
    with opened(project, who) as (store, actor), progress_bar(title) as progress:
        report = import_file(store, file, settings, actor=actor, progress=progress)
    _show(report)
    emit(asdict(report))


@click.command()
@PROJECT
@click.option("--limit", type=click.IntRange(1, MOST), default=10, show_default=True)
@click.option(
    "--order",
    type=click.Choice(BEFORE_THE_FIRST_ROUND),
    help="First put the pool in this order; only before the first round.",
)
@AS_PERSON
@AS_JSON
def queue(project: Path, limit: int, order: str | None, who: str | None) -> None:
    """Show which sentences of PROJECT are next, and why."""
    from annotator.answering.queue import upcoming
    from annotator.commands.tables import queue_table

    with opened(project, who) as (store, actor):
        if order is not None:
            _order(store, order, actor)
        rows = upcoming(store, limit, actor=actor)
    show(queue_table(rows) if rows else "The queue is empty.")
    emit({"queue": rows})


@click.command()
@PROJECT
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--split", type=click.Choice(["pool", "dev", "test"]), help="Only sentences of this split.")
@click.option("--label", help="Only sentences with an answer that counts and has this label.")
@click.option("--person", help="Only sentences that this person has answered; with --unanswered, has not.")
@click.option("--answered/--unanswered", default=None, help="Only sentences with, or without, an answer that counts.")
@click.option("--disagreement", is_flag=True, help="Only sentences to which people give different labels.")
@click.option("--flagged", is_flag=True, help="Only sentences that were flagged for discussion.")
@click.option("--search", default="", help="Only sentences with these words in a row.")
@click.option(
    "--model",
    type=click.Choice(MODEL_FINDINGS),
    help="Only sentences where the round that serves is wrong, right for the wrong words, or unsure.",
)
@click.option(
    "--changed-since",
    callback=read_round_name,
    metavar="ROUND",
    help="Only those that it labels unlike this earlier round.",
)
@AS_PERSON
@AS_JSON
def export(
    project: Path, file: Path, model: str | None, changed_since: int | None, who: str | None, **asked: Any
) -> None:
    """Write PROJECT's sentences with all their answers to FILE (JSON lines; .gz compresses)."""
    from annotator.exporting import export_project, record_export
    from annotator.reviewing.browsing import choose

    if model is not None and changed_since is not None:
        raise click.UsageError("Give either --model or --changed-since.")
    with opened(project, who) as (store, actor), progress_bar("Exporting") as progress:
        asked["among"] = _chosen_by_model(store, model, changed_since, actor)
        written = export_project(store, str(file), chosen=choose(store, **asked), progress=progress, actor=actor)
        record_export(store, actor, written=written, target=file.name)
    if str(file) != "-":
        say(f"Wrote {written} sentences to {file}.")
    emit({"sentences": written, "file": str(file)})


def _chosen_by_model(
    store: "Store", model: str | None, changed_since: int | None, actor: "Actor"
) -> tuple[int, ...] | None:
    """Return the sentences that were asked for by what the model says of them, and print by which round."""
    from annotator.rounds.model_filters import sentences_changed_since, sentences_found

    if changed_since is not None:
        choice = sentences_changed_since(store, changed_since, actor=actor)
    elif model is not None:
        finding: Any = model.replace("-", " ")
        choice = sentences_found(store, finding, actor=actor)
    else:
        return None
    click.echo(choice.remark, err=True)
    return choice.ids


def _order(store: "Store", by: str, actor: "Actor") -> None:
    from annotator.rounds.ordering import order_pool

    with progress_bar("Reading") as progress:
        number = order_pool(store, by, actor=actor, progress=progress)
    say(f"{number} sentences lead the queue, typical ones first." if number else "The pool is in random order.")


def _show(report: "ImportReport") -> None:
    """Print what an import did, or would do, in sentences and tables."""
    from annotator.commands.tables import label_table, preview_table
    from annotator.importing.report_wording import remarks

    splits = ", ".join(f"{number} {split}" for split, number in report.by_split.items())
    words = f"{'Nothing was written; an import would add' if report.dry_run else 'Added'} {report.added} sentences"
    words += f" ({splits})"
    words += f", with {report.answers_kept} answers" if report.answers_kept else ""
    words += f" ({report.answers_without_marks} of them without marks)" if report.answers_without_marks else ""
    words += f"; left out {report.answers_left_out} answers to pool sentences" if report.answers_left_out else ""
    words += f"; {report.skipped} were already in the project" if report.skipped else ""
    words += f"; {report.duplicate_texts} have the text of an earlier one" if report.duplicate_texts else ""
    words += f"; {report.known_texts} have a text that the project has" if report.known_texts else ""
    words += f" ({report.skipped_texts} were skipped)" if report.skipped_texts else ""
    moved = ", ".join(f"{number} {way}" for way, number in report.moved.items())
    words += f"; put into another split than the file gives, because their text is there: {moved}" if moved else ""
    words += f"; {report.turned_texts} hold invisible characters that turn the writing" if report.turned_texts else ""
    words += "; an import of this file had been cut off, and this one resumed it" if report.went_on else ""
    say(words + ".")
    facts = asdict(report)
    for remark in remarks(facts):
        say(remark)
    if report.labels:
        show(label_table(facts))
    if report.preview:
        show(preview_table(facts))

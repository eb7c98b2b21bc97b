"""The commands that import sentences and show which are next."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, UPDATE, opened, read_split
from annotator.commands.contradictions import Command, refuses
from annotator.commands.erasing import refuse_unerased
from annotator.commands.terminal import emit, progress_bar, say, show
from learner.acquisition_names import BEFORE_THE_FIRST_ROUND

if TYPE_CHECKING:
    from annotator.importing.report import ImportReport
    from annotator.project.permissions import Actor
    from db.store import Store


@click.command("import", cls=Command)
@PROJECT
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", metavar="NAME", help="The format, if its suffix and content don't say it: docs/formats.md.")
@click.option("--separator", help="What separates a table's cells: one character, tab, comma, semicolon or bar.")
@click.option("--encoding", help="The file's encoding, such as utf-8, windows-1252 or utf-16.")
@click.option("--no-quotes", is_flag=True, help="Quotes in a table are ordinary characters.")
@click.option("--text-field", "text", default="text", show_default=True, help="The field that holds the sentence.")
@click.option("--id-field", "id", default="id", show_default=True, help="The field that holds the id.")
@click.option("--label-field", "label", default="label", show_default=True, help="The field that holds the label.")
@click.option("--split-field", "split", default="split", show_default=True, help="The field that holds the split.")
@click.option("--marks-field", "marks", default="marks", show_default=True, help="The field that holds the marks.")
@click.option(
    "--person-field",
    "people",
    multiple=True,
    help="The field that names who gave the label; given several times, fields with a label each, named after people.",
)
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
@click.option(
    "--split",
    "whole",
    callback=read_split,
    metavar="SPLIT",
    help="The split of all sentences: pool (or train), dev (or val, valid, validation, eval) or test.",
)
@click.option(
    "--leave-out-faulty",
    "aside",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="JSONL",
    help="Import the rows without a fault, and write the others to this file, with what is wrong.",
)
@click.option(
    "--same-person",
    type=click.Choice(["refuse", "newer"]),
    default="refuse",
    show_default=True,
    help="Where a person answered a sentence in PROJECT too: refuse the file, or let the newer answer count.",
)
@UPDATE
@refuses(
    [
        (
            *("--answers held-out", "--person-field"),
            "answers of people are kept in every split; leave --answers out",
        ),
    ]
)
@click.option("--dry-run", is_flag=True, help="Check the file, show what an import would do, and write nothing.")
@AS_PERSON
@AS_JSON
def import_(project: Path, file: Path, who: str | None, aside: Path | None, **chosen: Any) -> None:
    """Import the sentences of FILE into PROJECT: all of them, or none if any is bad."""
    from annotator.formats.fields import Fields
    from annotator.formats.files.layout import Layout
    from annotator.importing.label_reading import LabelRules, read_label_map
    from annotator.importing.run import import_file
    from annotator.importing.settings import ImportSettings

    named = Fields(**{field.name: chosen.pop(field.name) for field in fields(Fields)})
    labels = LabelRules(read_label_map(chosen.pop("label_map")), chosen.pop("label_base"))
    layout = Layout(chosen.pop("separator"), chosen.pop("encoding"), quotes=not chosen.pop("no_quotes"))
    settings = ImportSettings(
        fields=named,
        labels=labels,
        layout=layout,
        split=chosen.pop("whole"),
        leave_out_faulty=aside is not None,
        **chosen,
    )
    title = "Reading" if settings.dry_run else "Importing"
    with opened(project, who) as (store, actor), progress_bar(title) as progress:
        report = import_file(store, file, settings, actor=actor, progress=progress, aside=aside)
    _show(report)
    emit(asdict(report))
    refuse_unerased(project, [report])


@click.command(cls=Command)
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
    from annotator.commands.round_tables import queue_table
    from annotator.project.sets import list_sets

    with opened(project, who) as (store, actor):
        if order is not None:
            _order(store, order, actor)
        rows = upcoming(store, limit, actor=actor)
        asked = [one for one in list_sets(store, actor=actor) if one.asked_of and one.to_come]
    for one in asked:
        say(f"Before these: {one.to_come} of the set “{one.name}”, for {', '.join(one.asked_of)}.")
    show(queue_table(rows) if rows else "The queue is empty.")
    emit({"queue": rows, "sets": [{"set": one.name, "of": one.asked_of, "sentences": one.to_come} for one in asked]})


def _order(store: "Store", by: str, actor: "Actor") -> None:
    from annotator.rounds.learning.ordering import order_pool
    from annotator.wording import counted

    with progress_bar("Reading") as progress:
        number = order_pool(store, by, actor=actor, progress=progress)
    lead = counted(number, "sentence leads", "sentences lead")
    say(f"{lead} the queue, typical ones first." if number else "The pool is in random order.")


def _show(report: "ImportReport") -> None:
    """Print what an import did, or would do, in sentences and tables."""
    from annotator.commands.tables import label_table, preview_table
    from annotator.importing.outcome_wording import brings_anything, sentences_about
    from annotator.importing.report_wording import remarks

    facts = asdict(report)
    for sentence in sentences_about(facts, to_keep=" To keep them, import the file with --answers keep."):
        say(sentence)
    for remark in remarks(facts):
        say(remark)
    if report.labels:
        show(label_table(facts))
    if report.preview and brings_anything(facts):
        show(preview_table(facts))

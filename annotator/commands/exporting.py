"""The command that exports answers or examples."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened, wants_json
from annotator.commands.contradictions import Command
from annotator.commands.filters import chosen_sentences, takes_filters
from annotator.commands.terminal import emit, progress_bar, say

if TYPE_CHECKING:
    from annotator.exporting.run import Asked, Written
    from annotator.project.permissions import Actor
    from db.records import SentenceFilter
    from db.store import Store

_OF_EXAMPLES = {
    "newest": "--newest",
    "without_names": "--without-names",
    "separator": "--separator",
    "datacard": "--datacard",
    "licence": "--licence",
}


@click.command(cls=Command)
@PROJECT
@click.argument("out", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--answers/--examples",
    "is_of_answers",
    default=None,
    help="Every sentence with all answers, as an import reads them back (the default), or one example per answered "
    "sentence, decided as rounds decide it (the default for .csv, .parquet and other formats).",
)
@click.option("--format", metavar="NAME", help="The format, if the suffix of OUT doesn't say it: docs/formats.md.")
@click.option("--separator", help="CSV: one character, or tab, comma, semicolon (a German Excel's) or bar.")
@click.option("--newest", is_flag=True, help="Examples: the newest answer decides, not the majority.")
@click.option("--without-names", is_flag=True, help="Examples: people are called person 1, person 2, …")
@click.option(
    "--datacard",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.md",
    help="Examples: also write what they are and how they were made.",
)
@click.option("--licence", help="For the datacard: the licence of the data, such as cc-by-4.0.")
@takes_filters
@AS_PERSON
@AS_JSON
def export(
    project: Path, out: Path, who: str | None, is_of_answers: bool | None, format: str | None, **asked: Any
) -> None:
    """Write PROJECT's answers, or examples made of them, to OUT: a file (.gz compresses), a folder, or -."""
    from annotator.exporting.choosing import choose

    kind: Any = {None: None, True: "answers", False: "examples"}[is_of_answers]
    chosen = choose(out, kind=kind, format=format)
    own = {name: asked.pop(name) for name in _OF_EXAMPLES}
    _check(chosen.kind, out, own, answered=asked["answered"])
    with _named_by_kind(who), opened(project, who) as (store, actor):
        found, _ = chosen_sentences(store, asked, actor)
        if chosen.kind == "answers":
            _export_answers(store, out, found, actor)
        else:
            _export_examples(store, out, _asked(chosen.format, found, own), own, actor)


@contextmanager
def _named_by_kind(who: str | None) -> Iterator[None]:
    """Say what `--as examples` should have been, where no such person is known."""
    from annotator.errors import BadPerson

    try:
        yield
    except BadPerson as error:
        if who not in ("answers", "examples"):
            raise
        raise BadPerson(f"--as names the person who exports, and the project has no {who!r}; give --{who}.") from error


def _check(kind: str, out: Path, own: dict[str, Any], *, answered: bool | None) -> None:
    """Raise UsageError for options that what is exported, or its target, has no use for."""
    if str(out) == "-" and wants_json():
        raise click.UsageError("--json would print its line into the data on standard output; export to a file.")
    given = [option for name, option in _OF_EXAMPLES.items() if own[name]]
    if kind == "answers" and given:
        raise click.UsageError(f"{given[0]} is for examples, not for answers; give --examples.")
    if kind == "examples" and answered is False:
        raise click.UsageError("Only a sentence with an answer is an example; leave --unanswered out.")
    if own["licence"] and own["datacard"] is None:
        raise click.UsageError("--licence is for the datacard; add --datacard FILE.md.")
    if own["datacard"] is not None and own["datacard"].resolve() == out.resolve():
        raise click.UsageError("OUT and --datacard name the same file; give the datacard a name of its own.")


def _export_answers(store: "Store", out: Path, found: "SentenceFilter", actor: "Actor") -> None:
    from annotator.exporting.answers import export_project, record_export
    from annotator.project.attached import outside_in_words
    from annotator.wording import counted

    with progress_bar("Exporting") as progress:
        written = export_project(store, str(out), chosen=found, progress=progress, actor=actor)
    record_export(store, actor, written=written, target=out.name)
    if str(out) != "-":
        say(f"Wrote {counted(written, 'sentence')} to {out}.")
    if (outside := outside_in_words(store)) is not None:
        click.echo(f"Not in it: {outside}.", err=str(out) == "-")
    emit({"sentences": written, "file": str(out)})


def _asked(format: str, found: "SentenceFilter", own: dict[str, Any]) -> "Asked":
    from annotator.exporting.run import Asked

    policy: Any = "newest" if own["newest"] else "majority"
    with_names = not own["without_names"]
    return Asked(format, found, policy=policy, with_names=with_names, separator=own["separator"])


def _export_examples(store: "Store", out: Path, asked: "Asked", own: dict[str, Any], actor: "Actor") -> None:
    from annotator.exporting.datacard import check_card, save_card
    from annotator.exporting.run import export_examples, record_examples

    if own["datacard"] is not None:
        check_card(own["datacard"])
    with progress_bar("Exporting") as progress:
        written = export_examples(store, str(out), asked, progress=progress, actor=actor)
    record_examples(store, actor, written, target=out.name)
    if own["datacard"] is not None:
        save_card(store, own["datacard"], written, licence=own["licence"], actor=actor)
    _show(written, out, own["datacard"])


def _show(written: "Written", out: Path, card: Path | None) -> None:
    from annotator.wording import counted

    summary = written.summary
    lines = [f"Wrote {counted(summary.sentences, 'example')} to {out}.", *written.remarks]
    if written.left_out.get("tie"):
        lines.insert(2, "With --newest there are no ties: the newest answer decides, not the majority.")
    if card is not None:
        lines.append(f"Wrote the datacard to {card}.")
    for line in lines:
        click.echo(line, err=str(out) == "-")
    emit(
        {
            "examples": summary.sentences,
            "splits": dict(summary.splits),
            "left_out": dict(written.left_out),
            "not_carried": dict(+written.lost),
            "file": str(out),
        }
    )

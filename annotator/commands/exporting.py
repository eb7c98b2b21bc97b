"""The command that exports answers or examples."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PERSON_VARIABLE, PROJECT, opened, wants_json
from annotator.commands.contradictions import Command
from annotator.commands.filters import chosen_sentences, takes_filters
from annotator.commands.terminal import emit, progress_bar, say

if TYPE_CHECKING:
    from annotator.exporting.run import Asked, Written
    from annotator.project.permissions import Actor
    from db.finding.filters import SentenceFilter
    from db.store import Store

_OF_EXAMPLES = {
    "newest": "--newest",
    "without_names": "--without-names",
    "separator": "--separator",
    "datacard": "--datacard",
    "licence": "--licence",
}
_KINDS = ("answers", "examples")
_NAMED_BY_AS = "whylight.export.kind"


class ExportCommand(Command):
    """The command; `--as answers` and `--as examples` mean `--answers` and `--examples` (docs/decisions/0030)."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, and keep in the context which kind `--as` named."""
        spelled_out = list(_spelled_out(args))
        named = [kind for kind in _KINDS if spelled_out.count(f"--{kind}") > args.count(f"--{kind}")]
        context.meta[_NAMED_BY_AS] = named[0] if named else None
        return super().parse_args(context, spelled_out)


def _spelled_out(args: Sequence[str]) -> Iterator[str]:
    rest = deque(args)
    while rest and rest[0] != "--":
        word = rest.popleft()
        if word == "--as" and rest:
            word = f"--as={rest.popleft()}"
        value = word.removeprefix("--as=")
        yield f"--{value}" if value in _KINDS and value != word else word
    yield from rest


@click.command(cls=ExportCommand)
@PROJECT
@click.argument("out", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--answers/--examples",
    "is_of_answers",
    default=None,
    help="Every sentence with all answers, as an import reads them back (the default), or one example per answered "
    "sentence, decided as rounds decide it (the default for .csv, .parquet and other formats). Also --as answers and "
    "--as examples.",
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
    with opened(project, who) as (store, actor):
        _check_no_person_is_meant(store, click.get_current_context().meta[_NAMED_BY_AS])
        found, _ = chosen_sentences(store, asked, actor)
        if chosen.kind == "answers":
            _export_answers(store, out, found, actor)
        else:
            _export_examples(store, out, _asked(chosen.format, found, own), own, actor)


def _check_no_person_is_meant(store: "Store", kind: str | None) -> None:
    """Raise BadPerson if `--as examples` could name one of the project's people."""
    from annotator.errors import BadPerson
    from annotator.project.people import find_person

    if kind is not None and (person := find_person(store, kind)) is not None:
        raise BadPerson(
            f"--as {kind} is not clear, because the project has a person {person.name!r}; give --{kind} for what is "
            f"exported, or set {PERSON_VARIABLE} to name the person who exports."
        )


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

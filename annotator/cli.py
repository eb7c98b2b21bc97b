"""The command `whylight`: parse, call one use case, print.

Imports happen inside the commands, so that `whylight --help` is quick and loads no torch.
"""

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.exceptions import Exit

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, named_project
from annotator.commands.care import CARE
from annotator.commands.convert import convert
from annotator.commands.guidelines import guidelines
from annotator.commands.labels import label
from annotator.commands.people import PEOPLE
from annotator.commands.review import review
from annotator.commands.rounds import round_
from annotator.commands.settings import settings
from annotator.commands.terminal import emit, progress_bar, say, show, show_import
from annotator.errors import Refused
from db.errors import StoreError
from learner.errors import LearnerError

if TYPE_CHECKING:
    from annotator.serving import Access


class _Commands(click.Group):
    """A group whose commands end with one sentence and exit code 1 when something is refused."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return self._refuse_in_words(context)
        except (click.ClickException, click.Abort, Exit, BrokenPipeError):
            raise
        except Exception as error:
            raise click.ClickException(_sentence_about(error, context)) from error

    def _refuse_in_words(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except StoreError as error:
            from annotator.care.backups import way_back

            raise click.ClickException(f"{error}{way_back(error.path)}") from error
        except (Refused, LearnerError) as error:
            raise click.ClickException(str(error)) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError, json.JSONDecodeError) as error:
            # Damage may surprise SQLite into errors of any kind, and leave anything in a column.
            raise click.ClickException(
                f"The project holds what cannot be read ({error}); `whylight doctor` examines it."
            ) from error
        except click.UsageError as error:
            error.show()
            context.exit(1)


def _sentence_about(error: Exception, context: click.Context) -> str:
    """Return one sentence about an error that no use case foresaw; the traceback goes to a log."""
    if isinstance(error, OSError) and error.strerror and isinstance(error.filename, str | Path):
        return f"{error.filename}: {error.strerror}; give another path, or see to this one."
    from annotator.failures import write_down

    return write_down(error, named_project(context), "This command")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="whylight")
def main() -> None:
    """Whylight: annotate where a text classifier should look, and teach it to look there."""


for _command in (*CARE, *PEOPLE, convert, guidelines, label, review, round_, settings):
    main.add_command(_command)


@main.command()
@PROJECT
@click.option("--label", "labels", multiple=True, required=True, help="A label; give one for each, in order.")
@click.option("--no-rationale", multiple=True, help="A label for which nobody marks words, such as 'none'.")
@click.option(
    "--saliency",
    type=click.Choice(["blind first", "always", "never"]),
    default="blind first",
    show_default=True,
    help="When annotators see where the model looks.",
)
@click.option(
    "--overlap",
    type=click.IntRange(1, 20),
    default=1,
    show_default=True,
    help="How many people answer each sentence of the agreement sample.",
)
@click.option(
    "--overlap-share",
    type=float,
    default=1.0,
    show_default=True,
    help="The share that is this sample, 0 to 1.",
)
@AS_JSON
def init(
    project: Path,
    labels: tuple[str, ...],
    no_rationale: tuple[str, ...],
    saliency: Any,
    overlap: int,
    overlap_share: float,
    as_json: bool,
) -> None:
    """Make a new PROJECT file with its labels."""
    from annotator.project.projects import create_project
    from db import project as stored

    with create_project(
        project,
        labels=labels,
        no_rationale=no_rationale,
        saliency_mode=saliency,
        overlap=overlap,
        overlap_share=overlap_share,
    ) as store:
        made = stored.labels(store)
    names, unmarked = [each.name for each in made], [each.name for each in made if not each.takes_rationale]
    say(f"Made {project} with the labels {', '.join(names)}.")
    emit(as_json, {"project": str(project), "labels": names, "no_rationale": unmarked, "overlap": overlap})


@main.command("import")
@PROJECT
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "format_name", help="native, text, csv or tsv; by default the file's suffix decides.")
@click.option("--text-field", "text", default="text", show_default=True, help="The field that holds the sentence.")
@click.option("--id-field", "id", default="id", show_default=True, help="The field that holds the id.")
@click.option("--label-field", "label", default="label", show_default=True, help="The field that holds the label.")
@click.option("--split-field", "split", default="split", show_default=True, help="The field that holds the split.")
@click.option("--marks-field", "marks", default="marks", show_default=True, help="The field that holds the marks.")
@click.option("--query-field", "query", default="query", show_default=True, help="The field with a second input.")
@click.option(
    "--answers",
    type=click.Choice(["held-out", "keep"]),
    default="held-out",
    show_default=True,
    help="Which of the file's answers become gold answers: only those of dev and test, or all.",
)
@click.option(
    "--hold-out", type=float, default=0.1, show_default=True, help="The share set aside for dev, and again for test."
)
@click.option(
    "--duplicates",
    type=click.Choice(["keep", "skip"]),
    default="keep",
    show_default=True,
    help="Whether sentences with a new id are added whose text PROJECT has.",
)
@click.option(
    "--label-map",
    "label_map",
    multiple=True,
    metavar="WRITTEN=NAME,…",
    help="What the file's labels mean, such as 1=one-star,2=two-stars.",
)
@click.option(
    "--label-base",
    type=click.IntRange(0, 1),
    help="The file's labels count the project's, from 0 or from 1.",
)
@click.option("--dry-run", is_flag=True, help="Read and check the file, say what an import would do, write nothing.")
@AS_PERSON
@AS_JSON
def import_(
    project: Path,
    file: Path,
    format_name: str | None,
    answers: Any,
    hold_out: float,
    duplicates: Any,
    label_map: tuple[str, ...],
    label_base: int | None,
    dry_run: bool,
    who: str | None,
    as_json: bool,
    **names: str,
) -> None:
    """Bring the sentences of FILE into PROJECT: all of them, or, if any is bad, none."""
    from annotator.formats.fields import Fields
    from annotator.importing.label_reading import LabelRules, read_label_map
    from annotator.importing.run import import_file
    from annotator.project.people import acting_person
    from db.store import Store

    fields, labels = Fields(**names), LabelRules(read_label_map(label_map), label_base)
    with Store.open(project) as store, progress_bar("Reading" if dry_run else "Importing") as progress:
        report = import_file(
            store,
            file,
            actor=acting_person(store, who),
            format=format_name,
            fields=fields,
            answers=answers,
            hold_out=hold_out,
            duplicates=duplicates,
            labels=labels,
            progress=progress,
            dry_run=dry_run,
        )
    show_import(report)
    emit(as_json, asdict(report))


@main.command()
@PROJECT
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option(
    "--address", default="127.0.0.1", show_default=True, help="Any but a loopback one needs an identity provider."
)
@click.option("--host", "hosts", multiple=True, help="A name under which people reach the pages; with a provider only.")
@click.option(
    "--secrets",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Streamlit's secrets, whose section auth names the identity provider; default: ~/.streamlit/secrets.toml.",
)
@click.option("--welcome", is_flag=True, help="Let everybody annotate for whom the provider vouches.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@AS_PERSON
@AS_JSON
def serve(project: Path, port: int, open_browser: bool, who: str | None, as_json: bool, **access: Any) -> None:
    """Serve PROJECT's pages in the browser of this machine."""
    from annotator.serving import Access

    _serve(project, {}, Access(**access), as_json=as_json, port=port, open_browser=open_browser, who=who)


@main.command()
@PROJECT
@click.option("--limit", type=click.IntRange(1, MOST), default=10, show_default=True)
@AS_PERSON
@AS_JSON
def queue(project: Path, limit: int, who: str | None, as_json: bool) -> None:
    """Show which sentences of PROJECT are next, and why."""
    from annotator.answering.queue import upcoming
    from annotator.commands.tables import queue_table
    from annotator.project.people import acting_person
    from db.store import Store

    with Store.open(project) as store:
        rows = upcoming(store, limit, actor=acting_person(store, who))
    show(queue_table(rows) if rows else "The queue is empty.")
    emit(as_json, {"queue": rows})


@main.command()
@PROJECT
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--split", type=click.Choice(["pool", "dev", "test"]), help="Only sentences of this split.")
@click.option("--label", help="Only sentences to which an answer that counts gives this label.")
@click.option("--person", help="Only sentences that this person has answered; with --unanswered, has not.")
@click.option("--answered/--unanswered", default=None, help="Only sentences with, or without, an answer that counts.")
@click.option("--disagreement", is_flag=True, help="Only sentences to which people give different labels.")
@click.option("--flagged", is_flag=True, help="Only sentences that somebody has flagged for discussion.")
@click.option("--search", default="", help="Only sentences with these words, one after the other.")
@AS_PERSON
@AS_JSON
def export(project: Path, file: Path, who: str | None, as_json: bool, **asked: Any) -> None:
    """Write PROJECT's sentences with all their answers to FILE (JSON lines; .gz compresses)."""
    from annotator.exporting import export_project, record_export
    from annotator.project.people import acting_person
    from annotator.reviewing.browsing import choose
    from db.store import Store

    with Store.open(project) as store, progress_bar("Exporting") as progress:
        actor = acting_person(store, who)
        written = export_project(store, str(file), chosen=choose(store, **asked), progress=progress, actor=actor)
        record_export(store, actor, written=written, target=file.name)
    if str(file) != "-":
        say(f"Wrote {written} sentences to {file}.")
    emit(as_json, {"sentences": written, "file": str(file)})


@main.command()
@PROJECT
@AS_PERSON
@AS_JSON
def stats(project: Path, who: str | None, as_json: bool) -> None:
    """Count PROJECT's sentences, answers, people and rounds."""
    from annotator.commands.tables import stats_table
    from annotator.project.people import acting_person
    from annotator.project.projects import describe_project
    from db.store import Store

    with Store.open(project) as store:
        facts = describe_project(store, actor=acting_person(store, who))
    show(stats_table(facts))
    emit(as_json, facts)


@main.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where demo.db and its checkpoints go.",
)
@click.option("--serve/--no-serve", default=True, show_default=True, help="Serve the app afterwards.")
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=1, show_default=True, help="How many seeds to train with."
)
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@AS_JSON
def demo(folder: Path, serve: bool, seeds: int, port: int, as_json: bool) -> None:
    """Build the sample project, train it untaught and taught, and serve it."""
    from annotator.commands.tables import demo_table
    from annotator.demo import build_demo, demo_project

    project = demo_project(folder)
    if serve and project.exists():
        say(f"{project} is there already; delete {folder} to build it anew.")
        figures: dict[str, Any] = {}
    else:
        with progress_bar("Training") as progress:
            built = build_demo(folder, seeds=seeds, progress=progress)
        show(demo_table(built.rows))
        figures = built.figures()
    if serve:
        from annotator.serving import Access

        _serve(project, figures, Access(), as_json=as_json, port=port)
    say(f"`whylight serve {project}` serves the project.")
    emit(as_json, figures)


def _serve(
    project: Path,
    facts: dict[str, Any],
    access: "Access",
    *,
    as_json: bool,
    port: int,
    open_browser: bool = False,
    who: str | None = None,
) -> NoReturn:
    """Say where the project is served, print `facts` with it, and become its server."""
    from annotator.importing.cut_off import TODO, cut_off_imports
    from annotator.project.people import acting_person
    from annotator.project.permissions import check_may_act
    from annotator.serving import check_access
    from annotator.serving import serve as serve_project
    from db.store import Store

    if who is not None:
        with Store.open(project) as store:
            check_may_act(store, acting_person(store, who), least="admin")
    url = check_access(project, access, port=port)
    with Store.open(project) as store:
        for said in cut_off_imports(store):
            say(f"{said} {TODO}")
    say(f"{project.name} is served at {url} (Ctrl-C ends it)")
    emit(as_json, {"project": str(project), "url": url, **facts})
    serve_project(project, access, port=port, open_browser=open_browser)

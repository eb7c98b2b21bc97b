"""The commands that serve a project's pages: people's own project, or the sample."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.contradictions import Command
from annotator.commands.terminal import emit, progress_bar, say, show
from annotator.settings import STOP_WITHIN_S

if TYPE_CHECKING:
    from annotator.serving import Access

_PORT = click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)


@click.command(cls=Command)
@PROJECT
@_PORT
@click.option(
    "--address",
    default="127.0.0.1",
    show_default=True,
    help="Addresses other than loopback require an identity provider.",
)
@click.option("--host", "hosts", multiple=True, help="A host name for the pages; requires a provider.")
@click.option(
    "--secrets",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Streamlit's secrets, whose section auth names the identity provider; default: ~/.streamlit/secrets.toml.",
)
@click.option("--welcome", is_flag=True, help="Let anyone the provider authenticates annotate.")
@click.option("--metrics", is_flag=True, help="Give the server's figures to programs on this machine, at /metrics.")
@click.option(
    "--stop-within",
    "stop_within_s",
    type=click.FloatRange(0, 3600),
    default=STOP_WITHIN_S,
    show_default=True,
    help="Seconds a stopping server may take to finish what it has begun.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@AS_PERSON
@AS_JSON
def serve(project: Path, port: int, who: str | None, open_browser: bool, stop_within_s: float, **chosen: Any) -> None:
    """Serve PROJECT's pages, by default to this machine only."""
    from annotator.project.permissions import check_may_act
    from annotator.serving import Access
    from annotator.serving import serve as serve_pages

    access = Access(**chosen)
    if who is not None:
        with opened(project, who) as (store, actor):
            check_may_act(store, actor, least="admin")
    _announce(project, access, port=port)
    serve_pages(project, access, port=port, open_browser=open_browser, stop_within_s=stop_within_s)


@click.command(cls=Command)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where demo.db and its checkpoints go.",
)
@click.option("--serve/--no-serve", "serves", default=True, show_default=True, help="Serve the app afterwards.")
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=1, show_default=True, help="How many seeds to train with."
)
@_PORT
@AS_JSON
def demo(folder: Path, serves: bool, seeds: int, port: int) -> None:
    """Build the sample project, train models with and without marks, and serve it."""
    from annotator.demo import about_demo, demo_project
    from annotator.serving import Access
    from annotator.serving import serve as serve_pages

    project = demo_project(folder)
    if serves and project.exists():
        say(f"{project} already exists; delete {folder} to rebuild it.")
        figures: dict[str, Any] = {}
    else:
        figures = _build(folder, seeds)
    for line in about_demo(project):
        say(line)
    if serves:
        _announce(project, Access(), port=port, figures=figures)
        serve_pages(project, Access(), port=port)
    say(f"`whylight serve {project}` serves the project.")
    emit(figures)


def _build(folder: Path, seeds: int) -> dict[str, Any]:
    """Build the demo, print what its models learned, and return the figures."""
    from annotator.commands.round_tables import demo_table
    from annotator.demo import build_demo

    with progress_bar("Training") as progress:
        built = build_demo(folder, seeds=seeds, progress=progress)
    show(demo_table(built.rows))
    return built.figures()


def _announce(project: Path, access: "Access", *, port: int, figures: dict[str, Any] | None = None) -> None:
    """Print where the project will be served, and which of its imports were cut off; raise if it cannot be."""
    from annotator.importing.cut_off import IMPORT_AGAIN, cut_off_imports
    from annotator.serving import check_access
    from db.store import Store

    url = check_access(project, access, port=port)
    with Store.open(project) as store:
        for cut_off in cut_off_imports(store):
            say(f"{cut_off} {IMPORT_AGAIN}")
    say(f"{project.name} is served at {url} (Ctrl-C stops it)")
    emit({"project": str(project), "url": url, **(figures or {})})

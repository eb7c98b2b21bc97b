"""The commands about a pool outside the project: make its shards, attach it, detach it, and look after it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.rounds import MOST_CHOSEN
from annotator.commands.terminal import emit, progress_bar, say, show

if TYPE_CHECKING:
    from rich.table import Table

    from annotator.outside.attaching import Attached
    from annotator.outside.building import BuiltPool
    from db.corpus.pools import OutsidePool


@click.group("pool", cls=Group)
def pool_() -> None:
    """Keep a large pool outside the project, as Parquet shards: build them, attach, detach, list and show them."""


@pool_.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="A new folder.")
@click.option("--rows", type=click.IntRange(1, MOST), help="Sentences of a shard, in steps of 2,048: 1,048,576.")
@click.option("--format", metavar="NAME", help="The format, if its suffix and content don't say it: docs/formats.md.")
@click.option("--separator", help="What separates a table's cells: one character, tab, comma, semicolon or bar.")
@click.option("--encoding", help="The files' encoding, such as utf-8, windows-1252 or utf-16.")
@click.option("--no-quotes", is_flag=True, help="Quotes in a table are ordinary characters.")
@click.option("--text-field", "text", default="text", show_default=True, help="The field that holds the sentence.")
@click.option("--id-field", "id", default="id", show_default=True, help="The field that holds the id.")
@click.option("--split-field", "split", default="split", show_default=True, help="The field that holds the split.")
@click.option("--query-field", "query", default="query", show_default=True, help="The field with a second input.")
@click.option("--tokens-field", "tokens", default="tokens", show_default=True, help="The field with the words.")
@AS_JSON
def build(sources: tuple[Path, ...], out: Path, rows: int | None, no_quotes: bool, **chosen: Any) -> None:
    """Write the sentences of each SOURCE, in any format that an import reads, as Parquet shards in a new folder."""
    from annotator.formats.fields import Fields
    from annotator.formats.files.layout import Layout
    from annotator.outside.building import Reading, build_pool
    from annotator.wording import counted

    format_, layout = chosen.pop("format"), Layout(chosen.pop("separator"), chosen.pop("encoding"), not no_quotes)
    reading = Reading(format_, Fields(**chosen), layout)
    made = build_pool(
        sources,
        out,
        reading=reading,
        rows=rows,
        report=lambda shard, total: click.echo(f"{shard.name}: {counted(total, 'sentence')} so far", err=True),
    )
    _say_built(made, out)
    emit({**made.built._asdict(), "held_out": dict(made.held_out), "answered": made.answered, "remarks": made.remarks})


@pool_.command()
@PROJECT
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--head",
    type=click.IntRange(0, MOST_CHOSEN),
    show_default="500, or 0 once a round serves",
    help="Bring random sentences until this many are open.",
)
@AS_PERSON
@AS_JSON
def attach(project: Path, folder: Path, head: int | None, who: str | None) -> None:
    """Attach the Parquet shards in DIR to PROJECT: rounds choose among them too, and bring what is asked about."""
    from annotator.outside.attaching import attach_pool

    with opened(project, who) as (store, actor), progress_bar("Reading shards") as progress:
        done = attach_pool(store, folder, actor=actor, head=head, progress=progress)
    _say_attached(done)
    emit(asdict(done))


@pool_.command()
@PROJECT
@AS_PERSON
@AS_JSON
def detach(project: Path, who: str | None) -> None:
    """Detach the pool of PROJECT: rounds bring nothing more of it, and what they brought stays."""
    from annotator.project.attached import detach_pool

    with opened(project, who) as (store, actor):
        detached = detach_pool(store, actor=actor)
    say(f"Detached {detached.folder}; its files, and the sentences that came from it, are as they were.")
    emit(asdict(detached))


@pool_.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_(project: Path, who: str | None) -> None:
    """List the pools that are or were attached to PROJECT, the newest first."""
    from annotator.project.attached import list_pools

    with opened(project, who) as (store, actor):
        found = list_pools(store, actor=actor)
    show(_table(found) if found else "No pool outside the project was attached; `whylight pool attach` does so.")
    emit({"pools": [asdict(one) | {"sentences": one.rows} for one in found]})


@pool_.command("show")
@PROJECT
@AS_PERSON
@AS_JSON
def show_one(project: Path, who: str | None) -> None:
    """Show the shards of the pool that is attached to PROJECT; fail if one of them is missing or changed."""
    from annotator.commands.tables import listing
    from annotator.project.attached import check_shown, in_words, show_pool

    with opened(project, who) as (store, actor):
        pool, shards = show_pool(store, actor=actor)
    say(f"{pool.folder}: {in_words(pool)}.")
    show(listing(("shard", "sentences", "bytes", "state"), [(s.name, s.rows, s.size, s.state) for s in shards]))
    emit({"folder": pool.folder, "sentences": pool.rows, "shards": [asdict(shard) for shard in shards]})
    check_shown(store, pool, shards)


def _table(pools: "Sequence[OutsidePool]") -> "Table":
    from annotator.commands.tables import COMMAND_LINE, listing
    from annotator.wording import clock

    rows = [
        (
            *(one.folder, len(one.shards), one.rows, f"{clock(one.attached_ms)}, {one.person or COMMAND_LINE}"),
            "–" if one.detached_ms is None else clock(one.detached_ms),
        )
        for one in pools
    ]
    return listing(("folder", "shards", "sentences", "attached", "detached"), rows)


def _say_built(made: "BuiltPool", out: Path) -> None:
    from annotator.wording import counted, in_bytes

    shards, rows, size = made.built
    say(f"Wrote {counted(rows, 'sentence')} in {counted(shards, 'shard')}, {in_bytes(size)}, to {out}.")
    for remark in made.remarks:
        say(remark)
    if made.held_out:
        parts = " and ".join(f"{number:,} of {split}" for split, number in sorted(made.held_out.items()))
        say(f"Left out {parts}: held-out sentences belong in the project, so import them.")
    if made.answered:
        say(f"Left out the labels and answers of {counted(made.answered, 'sentence')}: a pool has none.")


def _say_attached(done: "Attached") -> None:
    from annotator.project.attached import in_words
    from annotator.wording import counted

    say(f"Attached {done.pool.folder}: {in_words(done.pool)}.")
    if done.known:
        say(f"The project has {counted(done.known, 'sentence')} of it already, by the same ids.")
    if done.brought:
        say(f"Brought {counted(done.brought, 'sentence')} into the project, drawn at random.")
    else:
        say("Brought no sentences into the project yet; the next round chooses them.")

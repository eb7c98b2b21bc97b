"""The commands that train a round again, and those that use its model."""

from dataclasses import asdict
from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, ROUND, opened
from annotator.commands.contradictions import Command
from annotator.commands.round_progress import follow, report_started
from annotator.commands.terminal import emit, say, show


@click.command("twin", cls=Command)
@PROJECT
@ROUND
@click.option("--wait", is_flag=True, help="Show its progress until it has ended.")
@AS_PERSON
@AS_JSON
def twin(project: Path, number: int, wait: bool, who: str | None) -> None:
    """Train a ROUND of PROJECT again without the marks, to show what they bought."""
    from annotator.rounds.start import start_twin

    with opened(project, who) as (store, actor):
        started = start_twin(store, number, actor=actor)
        say(f"The twin of round {number} {'waits its turn' if started.is_waiting else 'has started'}.")
        ended = follow(store, started.id) if wait else started
    report_started(ended, waited=wait)


@click.command("seeds", cls=Command)
@PROJECT
@ROUND
@click.option("--more", type=click.IntRange(1, 20), help="Train the round again with this many other seeds first.")
@click.option("--twin/--no-twin", "with_twin", default=True, show_default=True, help="Train their twins as well.")
@AS_PERSON
@AS_JSON
def seeds(project: Path, number: int, more: int | None, with_twin: bool, who: str | None) -> None:
    """Show the figures of a ROUND of PROJECT over its seeds: mean and standard deviation.

    Each seed is one training on the same answers, only there to be compared. Rounds with other seeds wait until no
    other round does.
    """
    from annotator.commands.tables import listing
    from annotator.rounds.measuring.measured import measure_round
    from annotator.rounds.measuring.page_facts import seeds_table
    from annotator.rounds.overview import rounds_overview
    from annotator.rounds.seeds import over_seeds, start_more_seeds
    from db.learning import rounds

    with opened(project, who) as (store, actor):
        started = start_more_seeds(store, number, number=more, twin=with_twin, actor=actor) if more else []
        now = rounds_overview(store, actor=actor)
        shown = rounds.read(store, number)
        ready = [one for one in now.every if one.state == "ready" and number in (one.id, -one.id, one.seed_of)]
        found = over_seeds(now, shown, {one.id: measure_round(store, one) for one in ready})
    for one in started:
        say(f"Round {one.id} trains round {number} with seed {one.seed}.")
    for section in seeds_table(found):
        say(f"{section['title']}. {section['lines'][0]}")
        show(listing(section["table"]["head"], section["table"]["rows"]))
    if found is None and not started:
        say(f"Round {number} has one seed so far; --more 4 trains it with four others.")
    emit({"started": [one.id for one in started], "over_seeds": None if found is None else asdict(found)})


@click.command("rebuild", cls=Command)
@PROJECT
@ROUND
@click.option("--out", type=click.Path(path_type=Path), help="Write the checkpoint to this new directory.")
@AS_PERSON
@AS_JSON
def rebuild(project: Path, number: int, out: Path | None, who: str | None) -> None:
    """Train a ROUND of PROJECT again and say whether it is the same model, bit for bit."""
    from annotator.rounds.learning.rebuild import rebuild_round

    with opened(project, who) as (store, actor):
        rebuilt = rebuild_round(store, number, actor=actor, out=out)
    same = "is the same, bit for bit" if rebuilt.is_same else "differs from the one that was saved"
    say(f"The checkpoint of round {rebuilt.round} {same} (SHA-256 {rebuilt.checkpoint_hash[:12]}…).")
    if not rebuilt.is_same:
        say("Another machine, another torch or other packages round differently.")
    emit(asdict(rebuilt))


@click.command("checkpoint", cls=Command)
@PROJECT
@ROUND
@click.argument("directory", type=click.Path(path_type=Path))
@AS_PERSON
@AS_JSON
def checkpoint(project: Path, number: int, directory: Path, who: str | None) -> None:
    """Copy the checkpoint of a ROUND of PROJECT to a new DIRECTORY, for `python -m learner predict`."""
    from annotator.rounds.learning.checkpoints import copy_checkpoint

    with opened(project, who) as (store, actor):
        copy_checkpoint(store, number, directory, actor=actor)
    say(f"The checkpoint is in {directory}.")
    emit({"round": number, "checkpoint": str(directory)})


@click.command("predict", cls=Command)
@PROJECT
@ROUND
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@click.option("--query", help="The query of the sentences, for a model that reads one.")
@AS_PERSON
@AS_JSON
def predict(project: Path, number: int, texts: tuple[str, ...], query: str | None, who: str | None) -> None:
    """Predict each TEXT with a ROUND of PROJECT, and show the words that speak for the label."""
    from annotator.commands.round_tables import predictions_table
    from annotator.rounds.learning.checkpoints import predict_texts

    with opened(project, who) as (store, actor):
        predicted = predict_texts(store, number, texts, query=query, actor=actor)
    show(predictions_table(predicted))
    emit({"predictions": [asdict(one) for one in predicted]})

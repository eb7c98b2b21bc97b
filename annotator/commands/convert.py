"""The command that turns a corpus into JSON lines."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON
from annotator.commands.contradictions import Command
from annotator.commands.terminal import emit, progress_bar, say


@click.command(cls=Command)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(["ace", "ere", "cbt"]))
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, exists=True))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--all-sentences", is_flag=True, help="cbt: also keep the context sentences without a candidate.")
@click.option("--split", type=click.Choice(["train", "dev", "test"]), help="Give every line this split.")
@AS_JSON
def convert(format_name: Any, source: Path, target: Path, all_sentences: bool, split: str | None) -> None:
    """Write the corpus IN, a file or folder in FORMAT ace, ere or cbt, to OUT as JSON lines."""
    from annotator.convert.run import convert as convert_corpus
    from annotator.wording import counted

    with progress_bar("Converting") as progress:
        done = convert_corpus(format_name, source, target, all_sentences=all_sentences, split=split, progress=progress)
    words = f"{done.positive:,} of them positive with {counted(done.marked_words, 'marked word')}"
    say(f"Wrote {counted(done.sentences, 'sentence')} of {counted(done.documents, 'file')} to {target}, {words}.")
    for reason, number in done.left_out.items():
        say(f"Left out: {reason}: {number:,}.")
    say("Its labels are 0 and 1: import it with --label-base 0.")
    emit({"file": str(target), **asdict(done)})

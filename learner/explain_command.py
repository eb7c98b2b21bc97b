"""`python -m learner explain`: shade a sentence's words by what they say for a label."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from learner import registry


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--text", required=True, help="The sentence.")
@click.option("--query", help="What is asked about it, for a model that reads queries.")
@click.option("--label", help="The label to explain; the likeliest without it.")
@click.option(
    "--by", default="input_x_gradient", show_default=True, help=f"{', '.join(registry.names('attribution'))}."
)
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a page as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on the last line.")
def explain(
    directory: Path, text: str, query: str | None, label: str | None, by: str, html: Path | None, as_json: bool
) -> None:
    """Shade the words of a sentence by what they say for a label, by the checkpoint DIR.

    Amber speaks for the label, blue against it. Without a terminal the words come with their scores.
    """
    from learner.checkpoint import load_checkpoint
    from learner.explaining import explain as explain_sentence
    from learner.explaining import shade, to_html

    registry.check("attribution", by)
    explained = explain_sentence(load_checkpoint(directory), text, query=query, label=label, by=by)
    if html is not None:
        html.write_text(to_html(explained), encoding="utf-8")
    if as_json:
        words = {"tokens": explained.tokens, "scores": explained.scores, "by": explained.by}
        told = {"label": explained.label, "probability": explained.probability, **words}
        click.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    console = Console(highlight=False)
    console.print(f"{explained.label}, {100 * explained.probability:.1f} %", markup=False)
    if console.is_terminal and not console.no_color:
        console.print(shade(explained))
        return
    table = Table("word", "score", box=None)
    for token, score in zip(explained.tokens, explained.scores, strict=True):
        table.add_row(Text(token), f"{score:+.3f}")
    console.print(table)

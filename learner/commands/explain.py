"""`python -m learner explain`: shade a sentence's words by how much each moves a label."""

import argparse
import sys
from pathlib import Path

from learner import registry
from learner.commands.arguments import Parser, add_json, add_vectors_in
from learner.commands.terminal import say, show_json, takes_colour
from learner.data.suffixes import contradiction
from learner.errors import ArgumentError


def add_arguments(parser: Parser) -> None:
    """Add the sentence, what to explain about it, and how to show it."""
    add = parser.add_argument
    add("directory", type=Path, metavar="DIR", help="a checkpoint")
    sentence = parser.add_mutually_exclusive_group(required=True)
    sentence.add_argument("--text", help="the sentence")
    sentence.add_argument("--tokens", nargs="+", metavar="WORD", help="the sentence, already cut into words")
    add("--query", help="the query, for a model that reads one")
    add("--label", help="the label to explain (default: the likeliest that words can speak for)")
    add("--by", help=f"the attribution, the model's own by default: {', '.join(registry.names('attribution'))}")
    add_vectors_in(parser)
    add("--html", type=Path, metavar="FILE", help="also write an HTML page")
    add_json(parser)


def run(given: argparse.Namespace) -> None:
    """Shade the words of a sentence by how much each moves the answer of the checkpoint DIR.

    Amber speaks for the label, blue against it. Without a terminal, each word is printed with its score.
    """
    from learner.explaining import explain, shade, to_html
    from learner.training.checkpoint import load_checkpoint

    if given.by is not None:
        registry.check("attribution", given.by)
    if given.html is not None and (problem := contradiction(given.html, "a page")):
        raise ArgumentError(problem)
    sentence = given.text if given.text is not None else given.tokens
    trained = load_checkpoint(given.directory, vectors_in=given.vectors_in)
    explained = explain(trained, sentence, query=given.query, label=given.label, by=given.by)
    if given.html is not None:
        given.html.write_text(to_html(explained), encoding="utf-8")
    if given.as_json:
        words = {"tokens": explained.tokens, "scores": explained.scores, "by": explained.by}
        labels = {"label": explained.label, "probability": explained.probability, "predicted": explained.predicted}
        show_json({**labels, **words})
        return
    say(explained.heading)
    if takes_colour(sys.stdout):
        say(shade(explained))
        return
    width = max(map(len, explained.tokens))
    for token, score in zip(explained.tokens, explained.scores, strict=True):
        say(f"{token:{width}}  {score:+.3f}")

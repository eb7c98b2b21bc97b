"""The options that choose sentences, the same for every command that takes them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from annotator.commands.arguments import read_round_name
from annotator.commands.contradictions import refuses

if TYPE_CHECKING:
    from annotator.project.permissions import Actor
    from annotator.rounds.asking.model_filters import ModelChoice
    from db.finding.filters import SentenceFilter
    from db.store import Store

MODEL_FINDINGS = ("wrong", "right-for-the-wrong-words", "unsure")
"""`annotator.rounds.asking.model_filters.FINDINGS` as options."""

_OPTIONS = (
    click.option("--split", type=click.Choice(["pool", "dev", "test"]), help="Only sentences of this split."),
    click.option("--label", help="Only sentences with an answer that counts and has this label."),
    click.option("--person", help="Only sentences that this person has answered; with --unanswered, has not."),
    click.option(
        "--answered/--unanswered", default=None, help="Only sentences with, or without, an answer that counts."
    ),
    click.option("--disagreement", is_flag=True, help="Only sentences to which people give different labels."),
    click.option("--flagged", is_flag=True, help="Only sentences that were flagged for discussion."),
    click.option("--search", default="", help="Only sentences with these words in a row."),
    click.option("--set", "set_name", help="Only sentences of this set."),
    click.option("--tag", help="Only sentences with this tag."),
    click.option(
        "--model",
        type=click.Choice(MODEL_FINDINGS),
        help="Only sentences where the round that serves is wrong, right for the wrong words, or unsure.",
    ),
    click.option(
        "--changed-since",
        callback=read_round_name,
        metavar="ROUND",
        help="Only those that it labels unlike this earlier round.",
    ),
)
_CONTRADICTIONS = (
    ("--unanswered", "--label", "a sentence without an answer has no label; leave one of them out"),
    ("--unanswered", "--disagreement", "people disagree only where they have answered; leave one of them out"),
    ("--unanswered", "--model wrong", "a model is wrong only where people have answered; leave one of them out"),
    (
        *("--unanswered", "--model right-for-the-wrong-words"),
        "a model is right only where people have answered; leave one of them out",
    ),
    ("--model", "--changed-since", "each asks a model by itself; give one of them"),
)
_Command = TypeVar("_Command", bound=Callable[..., Any])


def takes_filters(command: _Command) -> _Command:
    """Add the options that choose sentences to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return refuses(_CONTRADICTIONS)(command)


def chosen_sentences(
    store: "Store", asked: Mapping[str, Any], actor: "Actor"
) -> tuple["SentenceFilter", dict[str, Any]]:
    """Return the filter for these options, and those that were given; print by which round a model was asked."""
    from annotator.reviewing.browsing import choose

    given = {name: value for name, value in asked.items() if value not in (None, "") and value is not _left_out(name)}
    names = dict(given)
    by_model = _chosen_by_model(store, names.pop("model", None), names.pop("changed_since", None), actor)
    if by_model is None:
        return choose(store, **names), given
    click.echo(by_model.remark, err=True)
    return choose(store, **names, among=by_model.ids), given | {"round": by_model.round}


def _left_out(name: str) -> bool | None:
    """Return what a switch is if it was left out."""
    return False if name in ("disagreement", "flagged") else None


def _chosen_by_model(
    store: "Store", model: str | None, changed_since: int | None, actor: "Actor"
) -> "ModelChoice | None":
    """Return the sentences that were asked for by what the model says of them."""
    from annotator.rounds.asking.model_filters import sentences_changed_since, sentences_found

    if changed_since is not None:
        return sentences_changed_since(store, changed_since, actor=actor)
    if model is None:
        return None
    finding: Any = model.replace("-", " ")
    return sentences_found(store, finding, actor=actor)

"""The figures of *Is more work worth it?* as people read them, on the page and in the terminal."""

from dataclasses import dataclass

from annotator.rounds.measuring.random_share import RareLabel
from annotator.rounds.measuring.worth import Change, Cost, Worth
from annotator.wording import counted, from_to, in_percent, number, signed, verb_for
from db.answers.effort import Effort
from learner.judging.estimates import moved_in_words
from learner.judging.intervals import FEWEST, Interval

_NONE = "–"
COST_HEAD = ("up to", "answers", "new", "minutes", "seconds each", "accuracy on dev")
RARE_HEAD = ("label", "found", "left at most", "found at least")
SHARE_HEAD = ("label", "share of the open pool", "95 % interval")
NOTHING_STOPS = "Nothing stops by itself: these figures are here for you to decide."
ABOUT_RARE = (
    "Labels with less than a tenth of the answers. What is left is Clopper's and Pearson's bound from the sentences "
    "drawn at random, right in 95 of 100 cases; what a model chose says nothing about what it did not choose."
)
ABOUT_SHARES = (
    "What the open pool consists of, estimated from the sentences drawn at random; the answers themselves do not show "
    "it, because a model chose most of them."
)
ABOUT_COSTS = (
    "Minutes are what people took since the round before, for answers and skips in pool, dev and test. Accuracy is in "
    "percent, with its 95 % interval."
)


@dataclass(frozen=True)
class Figure:
    """One large figure: `value` and `unit` in one line, and a note below them."""

    name: str
    """What a list calls it."""
    value: str
    """A dash if there is too little to say."""
    unit: str
    note: str

    @property
    def is_known(self) -> bool:
        """Return whether there is enough to say anything."""
        return self.value != _NONE


def figures(worth: Worth) -> list[Figure]:
    """Return the three figures: accuracy on the random share, predictions that changed, and what dev gained."""
    return [_right(worth), _changed(worth.change), _moved(worth.change)]


def in_sentences(worth: Worth) -> list[str]:
    """Return the figures as lines of text, and what else a reader should know."""
    return [*(_in_a_line(figure) for figure in figures(worth)), *remarks(worth)]


def remarks(worth: Worth) -> list[str]:
    """Return sentences about what makes the figures less than they seem; none if nothing does."""
    found = []
    if worth.change is not None and not worth.change.same_settings:
        found.append(
            f"Rounds {worth.change.before} and {worth.change.after} were trained with different settings, so the "
            "answers are not all that differs."
        )
    if unread := worth.drawn.unread:
        are, their, them = (verb_for(unread, *words) for words in (("is", "are"), ("its", "their"), ("it", "them")))
        found.append(f"{counted(unread, 'drawn sentence')} {are} left out, because {their} round had not read {them}.")
    return found


def cost_rows(worth: Worth) -> list[tuple[str, ...]]:
    """Return a row per ready round under `COST_HEAD`, newest first."""
    return [_cost_row(cost) for cost in worth.costs]


def rare_rows(worth: Worth) -> list[tuple[str, ...]]:
    """Return a row per rare label under `RARE_HEAD`, the rarest first."""
    return [_rare_row(rare) for rare in worth.rare]


def share_rows(worth: Worth, labels: list[str]) -> list[tuple[str, ...]]:
    """Return the share of each label in the open pool under `SHARE_HEAD`; none from too few random draws."""
    shares = [(name, worth.drawn.label_share(index)) for index, name in enumerate(labels)]
    return [(name, in_percent(one.value, 0), _from_to(one.interval)) for name, one in shares if one is not None]


def _in_a_line(figure: Figure) -> str:
    return f"{figure.name}: {figure.note}" if not figure.is_known else f"{figure.name}: {figure.value}. {figure.note}"


def _right(worth: Worth) -> Figure:
    drawn, accuracy = worth.drawn, worth.drawn.accuracy
    name, unit = "Right on random sentences", "right on random sentences"
    if drawn.since is None:
        return Figure(name, _NONE, unit, "No sentence that a round drew at random has been answered yet.")
    since = f"drawn at random since round {drawn.since}"
    if accuracy is None:
        on = counted(drawn.sentences, "sentence")
        return Figure(name, _NONE, unit, f"{on} {since}: too few to say; it takes {FEWEST}.")
    note = f"On the {drawn.sentences:,} sentences {since}, by the model that chose each; 95 % interval "
    return Figure(name, in_percent(accuracy.value, 0), unit, f"{note}{_from_to(accuracy.interval)}.{_on_dev(worth)}")


def _on_dev(worth: Worth) -> str:
    newest = worth.costs[0] if worth.costs else None
    if newest is None or newest.dev is None or newest.dev.interval is None:
        return ""
    return f" On dev, round {newest.round} has {in_percent(newest.dev.value, 0)} ({_from_to(newest.dev.interval)})."


def _changed(change: Change | None) -> Figure:
    name, unit = "Predictions that changed", "of predictions changed"
    if change is None:
        return Figure(name, _NONE, unit, "It takes two rounds that learned from different answers.")
    between = f"from round {change.before} to {change.after}"
    if change.why_not:
        return Figure(name, _NONE, unit, change.why_not)
    if change.stability is None:
        return Figure(name, _NONE, unit, f"No open sentence was scored by both rounds ({between}).")
    changed, agreed = change.stability.changed, change.stability
    if changed.sentences < FEWEST:
        return Figure(name, _NONE, unit, f"Both rounds scored only {changed.sentences} open sentences: too few to say.")
    kappa = "Both predict one label only, so there is no κ."
    if agreed.kappa is not None:
        interval = "" if agreed.kappa_interval is None else f" ({_from_to(agreed.kappa_interval, digits=2)})"
        kappa = f"κ is {agreed.kappa:.2f}{interval}."
    note = f"{between.capitalize()}, on {changed.sentences:,} open sentences that neither learned from; 95 % interval "
    interval = _from_to(changed.interval, digits=1)
    return Figure(name, in_percent(changed.value), unit, f"{note}{interval}. {kappa}")


def _moved(change: Change | None) -> Figure:
    name, unit = "What they moved on dev, in points", "points on dev"
    if change is None:
        return Figure(name, _NONE, unit, "It takes two rounds that learned from different answers.")
    if change.dev is None:
        return Figure(name, _NONE, unit, "The rounds share no answered dev sentence.")
    moved = moved_in_words(change.dev.interval, answers=change.answers)
    if change.dev.interval is None:
        return Figure(name, _NONE, unit, f"{moved[0].upper()}{moved[1:]}.")
    value = moved.split(" by ", 1)[1].removesuffix(" points")
    which = "The last answer" if change.answers == 1 else f"The last {change.answers:,} answers"
    note = (
        f"{which} moved accuracy by that, on {counted(change.dev.sentences, 'dev sentence')}; {_took(change.effort)}."
    )
    if not change.dev.interval.excludes_zero:
        note += " It may be chance."
    return Figure(name, value, unit, note)


def _took(effort: Effort) -> str:
    if effort.untimed == effort.answers:
        return "how long they took is not known"
    taken = f"people took {_time(effort)}"
    return (
        taken
        if not effort.untimed
        else f"{taken}, without the {counted(effort.untimed, 'answer')} whose time is not known"
    )


def _cost_row(cost: Cost) -> tuple[str, ...]:
    timed = cost.effort.answers - cost.effort.untimed
    minutes = _minutes(cost.effort) if timed else "–"
    if timed and cost.effort.untimed:
        minutes += f" ({cost.effort.untimed:,} untimed)"
    dev = number(None if cost.dev is None else cost.dev.value)
    if cost.dev is not None and cost.dev.interval is not None:
        dev += f" ({_from_to(cost.dev.interval, digits=1)})"
    each = number(cost.effort.seconds / timed if timed else None, 0)
    return f"round {cost.round}", f"{cost.answers:,}", signed(cost.new, 0), minutes, each, dev


def _rare_row(rare: RareLabel) -> tuple[str, ...]:
    if rare.left is None:
        return rare.label, f"{rare.found:,}", "too few random sentences to say", "–"
    least = "–" if rare.left.recall is None else in_percent(rare.left.recall, 0)
    left = f"{rare.left.sentences:,} ({in_percent(rare.left.share)} of the open pool)"
    return rare.label, f"{rare.found:,}", left, least


def _time(effort: Effort) -> str:
    if effort.seconds < 60:
        return f"{effort.seconds:.0f} seconds"
    return f"{_minutes(effort)} minutes"


def _minutes(effort: Effort) -> str:
    return f"{effort.seconds / 60:,.1f}" if effort.seconds < 600 else f"{effort.seconds / 60:,.0f}"


def _from_to(interval: Interval | None, *, digits: int = 0) -> str:
    return "–" if interval is None else from_to(interval.low, interval.high, digits)

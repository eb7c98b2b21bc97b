"""The same round with other seeds, on the same answers: how much of a figure is the luck of one training.

Intervals cover the draw of the measured sentences; only other seeds show how far the same training lands apart.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from annotator.errors import CannotTrain
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.measuring.measured import Measured
from annotator.rounds.overview import RoundsOverview
from annotator.rounds.settings import settings_of
from annotator.rounds.start import start_next
from annotator.wording import figure, signed
from db.learning import rounds
from db.learning.round_records import Round
from db.records import id_of
from db.store import Store
from db.team import audit
from learner.judging.figures import FIGURES

MOST_AT_ONCE = 20
_LARGEST = 2**31


@dataclass(frozen=True)
class Spread:
    """A figure over seeds."""

    mean: float
    deviation: float
    """The standard deviation of a sample."""
    seeds: int

    def in_words(self, *, as_difference: bool = False) -> str:
        """Return it as `72.4 ± 1.3`."""
        mean = signed(self.mean) if as_difference else figure(self.mean)
        return f"{mean} ± {self.deviation:.1f}"


@dataclass(frozen=True)
class OverSeeds:
    """A round and its other seeds, measured on the same sentences; only figures of at least two seeds are here."""

    split: str
    seeds: int
    figures: Mapping[str, Spread]
    twins: Mapping[str, Spread]
    """The twins of these rounds."""
    differences: Mapping[str, Spread]
    """Round less twin, seed by seed."""


def start_more_seeds(store: Store, round_id: int, *, number: int, twin: bool, actor: Actor) -> list[Round]:
    """Queue a ready round again with the next seeds, on the same answers and rules, and return the rows.

    They are trained one after another, after every other round that waits; `twin` trains the twin of each as well.
    Raises CannotTrain for a round that is not ready, is a twin, or was deleted.
    """
    check_may_act(store, actor, least="researcher")
    if not 1 <= number <= MOST_AT_ONCE:
        raise CannotTrain(f"{number} seeds were asked for; give a number from 1 to {MOST_AT_ONCE}.")
    with store.writing():
        check_may_act(store, actor, least="researcher")
        original = _original(store, round_id)
        first = max(one.seed for one in _family(store, original)) + 1
        if first + number > _LARGEST:
            raise CannotTrain(f"Round {original.id} has the seed {first - 1}, and there is no larger one.")
        queued = [_queue(store, original, seed, twin=twin, actor=actor) for seed in range(first, first + number)]
        audit.record(store, actor, "more seeds started", {"round": original.id, "rounds": [one.id for one in queued]})
    start_next(store)
    return [rounds.read(store, one.id) for one in queued]


def start_seed_again(store: Store, ended: Round, *, actor: Actor) -> Round:
    """Queue a round that failed, another seed of one, again with that seed, and return its row."""
    with store.writing():
        check_may_act(store, actor, least="researcher")
        queued = _queue(store, _original(store, ended.id), ended.seed, twin=settings_of(ended).twin, actor=actor)
        audit.record(store, actor, "round started", {"round": queued.id})
    start_next(store)
    return rounds.read(store, queued.id)


def over_seeds(now: RoundsOverview, shown: Round, measured: Mapping[int, Measured | None]) -> OverSeeds | None:
    """Return the figures of a round over its seeds; None for fewer than two measured on the same sentences."""
    of_round = measured.get(shown.id)
    if of_round is None:
        return None
    ready = [one.id for one in (shown, *now.seeds.get(shown.id, [])) if one.state == "ready"]
    found = [one for one in (measured.get(number) for number in ready) if _is_alike(one, of_round)]
    if len(found) < 2:
        return None
    pairs = [(measured.get(number), measured.get(-number)) for number in ready]
    both = [(one, twin) for one, twin in pairs if _is_alike(one, of_round) and _is_alike(twin, of_round)]
    return OverSeeds(
        split=of_round.split,
        seeds=len(found),
        figures=_spreads([_values(one) for one in found]),
        twins=_spreads([_values(twin) for _, twin in both]),
        differences=_spreads([_less(_values(one), _values(twin)) for one, twin in both]),
    )


def about_seeds(found: OverSeeds) -> str:
    """Return one sentence: the accuracy of the round over its seeds, and how far its twin is from it."""
    accuracy, difference = found.figures.get("accuracy"), found.differences.get("accuracy")
    if accuracy is None:
        return ""
    against = "" if difference is None else f", {difference.in_words(as_difference=True)} against the twin"
    return f"Over {accuracy.seeds} seeds: accuracy {accuracy.in_words()}{against} (mean ± standard deviation)."


def _original(store: Store, round_id: int) -> Round:
    chosen = rounds.read(store, round_id)
    original = chosen if chosen.seed_of is None else rounds.read(store, chosen.seed_of)
    if chosen.twin_of is not None or original.state != "ready" or original.deleted_ms is not None:
        raise CannotTrain(f"Round {chosen.name} cannot be trained with more seeds; choose a round that is ready.")
    return original


def _family(store: Store, original: Round) -> list[Round]:
    return [one for one in rounds.all_of(store) if original.id in (one.id, one.seed_of)]


def _queue(store: Store, original: Round, seed: int, *, twin: bool, actor: Actor) -> Round:
    settings = replace(settings_of(original), seed=seed, twin=twin, seed_of=original.id)
    return rounds.queue(
        store,
        config=asdict(settings),
        seed=seed,
        last_annotation=original.last_annotation,
        started_by=id_of(actor),
    )


def _is_alike(one: Measured | None, as_this: Measured) -> bool:
    return one is not None and one.measured_on == as_this.measured_on


def _values(one: Measured | None) -> dict[str, float]:
    estimates = {} if one is None else one.estimates
    return {name: found.value for name in FIGURES if (found := estimates.get(name)) is not None}


def _less(values: Mapping[str, float], twin: Mapping[str, float]) -> dict[str, float]:
    return {name: value - twin[name] for name, value in values.items() if name in twin}


def _spreads(rows: Sequence[Mapping[str, float]]) -> dict[str, Spread]:
    by_name = {name: [row[name] for row in rows if name in row] for name in FIGURES}
    return {
        name: Spread(statistics.fmean(values), statistics.stdev(values), len(values))
        for name, values in by_name.items()
        if len(values) > 1
    }

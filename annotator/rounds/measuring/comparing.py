"""Compare two rounds, or a round and its twin, on the sentences of dev or test that both were judged on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from annotator.errors import CannotCompare
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.judgement import HELD_OUT
from annotator.rounds.measuring.parts import Part, missing_scores, parts_of_pair, parts_of_pool
from annotator.rounds.start import settle
from annotator.wording import counted, state_in_words, verb_for
from db.learning import judgements, rounds
from db.learning.round_records import Round
from db.records import Split
from db.store import Store
from db.team import project
from learner.judging.changes import Confusion, Kind, categories, confusion, rows_of_kind
from learner.judging.judged import from_bytes
from learner.judging.looking import titles
from learner.judging.paired import Comparison, compare, in_words
from learner.judging.pairs import Pair, match


@dataclass(frozen=True)
class RoundComparison:
    """Two rounds on the same sentences of one split."""

    before: Round
    after: Round
    split: Split
    labels: tuple[str, ...]
    pair: Pair = field(repr=False)
    """What both did with each sentence, in the order of the sentences' ids."""
    figures: Comparison
    confusion: Confusion
    counts: Mapping[Kind, int]
    """How many sentences are of each kind, one of `learner.judging.changes.KINDS`; a sentence may be of several."""
    categories: Mapping[str, int]
    """How many marked sentences are in each category of the paper's appendix D, and in none."""
    parts: tuple[Part, ...]
    """Accuracy on parts of the sentences."""
    pool: tuple[Part, ...]
    """Accuracy on the answered sentences of the pool; empty unless both rounds' predictions for them are kept."""
    remarks: tuple[str, ...]
    """What a reader of the figures should know, a sentence each."""

    @property
    def verdict(self) -> str:
        """Return a sentence about the difference in accuracy."""
        shown = in_words(self.figures, of=self.split)
        if self.figures.is_shown("accuracy"):
            return f"{title_of(self.after)} is {shown}."
        return f"{shown[0].upper()}{shown[1:]}."


def compare_rounds(
    store: Store, before_id: int, after_id: int, *, split: Split | None = None, actor: Actor
) -> RoundComparison:
    """Return how the second round differs from the first on this split: by default test, or dev if there is no test.

    Raises CannotCompare for rounds that are not ready, that are the same, or that no common sentence judged.
    """
    compared = compare_judged(store, before_id, after_id, split=split, actor=actor)
    return replace(
        compared,
        parts=parts_of_pair(store, compared.pair),
        pool=parts_of_pool(store, compared.before, compared.after),
        remarks=(*compared.remarks, *missing_scores(store, compared.before, compared.after)),
    )


def compare_judged(
    store: Store, before_id: int, after_id: int, *, split: Split | None = None, actor: Actor
) -> RoundComparison:
    """Return and raise the same without the parts and the pool: what was kept of both rounds' judgement says it."""
    check_may_act(store, actor, least="researcher")
    before, after = (rounds.read(store, each) for each in (before_id, after_id))
    data = _comparable_data(store, before, after)
    chosen = _split(before, after, data, split)
    pair, figures = _compare(*data, chosen)
    return RoundComparison(
        before=before,
        after=after,
        split=chosen,
        labels=tuple(label.name for label in project.labels(store)),
        pair=pair,
        figures=figures,
        confusion=confusion(pair),
        counts={kind: int(rows.sum()) for kind, rows in rows_of_kind(pair).items()},
        categories=dict(zip(titles(before=in_text(before), after=in_text(after)), categories(pair), strict=True)),
        parts=(),
        pool=(),
        remarks=tuple(_left_out(figures, chosen)),
    )


def comparable_rounds(store: Store, *, actor: Actor) -> list[Round]:
    """Return the rounds and twins that can be compared, newest first, each followed by its twin."""
    check_may_act(store, actor, least="researcher")
    settle(store)
    judged = judgements.rounds_with(store)
    return [
        each for each in rounds.all_of(store) if each.state == "ready" and each.deleted_ms is None and each.id in judged
    ]


def shared_splits(store: Store, before_id: int, after_id: int, *, actor: Actor) -> list[Split]:
    """Return the splits that both rounds were judged on, test before dev."""
    check_may_act(store, actor, least="researcher")
    return _shared(*(judgements.read(store, each) for each in (before_id, after_id)))


def default_pair(store: Store, *, actor: Actor) -> tuple[int, int] | None:
    """Return the twin of the round that serves and that round; without a twin, the round before and that round.

    Without a round that serves, the newest one counts. None where there is nothing to compare.
    """
    known = [each.id for each in comparable_rounds(store, actor=actor) if each.seed_of is None]
    of_people = [each for each in known if each > 0]
    if not of_people:
        return None
    serving = project.read(store).serving_round
    after = serving if serving in of_people else of_people[0]
    if -after in known:
        return -after, after
    earlier = [each for each in of_people if each < after]
    return (earlier[0], after) if earlier else None


def title_of(round_: Round) -> str:
    """Return what a page calls the round: `Round 6`, or `Twin of round 6`."""
    named = f"Round {round_.id}" if round_.twin_of is None else f"Twin of round {round_.twin_of}"
    return named + _seed(round_)


def in_text(round_: Round) -> str:
    """Return what a sentence calls the round: `round 6`, or `the twin of round 6`."""
    named = f"round {round_.id}" if round_.twin_of is None else f"the twin of round {round_.twin_of}"
    return named + _seed(round_)


def _seed(round_: Round) -> str:
    return "" if round_.seed_of is None else f" (round {round_.seed_of} with seed {round_.seed})"


def heading(compared: RoundComparison) -> str:
    """Return both rounds as a heading: `Twin of round 6 → round 6`."""
    after = title_of(compared.after)
    return f"{title_of(compared.before)} → {after[0].lower()}{after[1:]}"


def _comparable_data(store: Store, before: Round, after: Round) -> tuple[bytes, bytes]:
    """Return the judged sentences of both rounds as they are stored; raise CannotCompare if they have none."""
    if before.id == after.id:
        raise CannotCompare(f"{title_of(before)} was chosen twice; choose two different rounds.")
    return _data_of(store, before), _data_of(store, after)


def _data_of(store: Store, chosen: Round) -> bytes:
    if chosen.state != "ready":
        raise CannotCompare(f"{title_of(chosen)} {state_in_words(chosen)}; choose rounds that are ready.")
    data = judgements.read(store, chosen.id)
    if data is None:
        raise CannotCompare(
            f"Round {chosen.name} did not keep what it did with each sentence of dev and test, as rounds of an older "
            "Whylight did not; choose a newer round."
        )
    return data


def _split(before: Round, after: Round, data: tuple[bytes, bytes], wanted: Split | None) -> Split:
    shared = _shared(*data)
    if wanted is None and shared:
        return shared[0]
    if wanted in shared:
        return wanted
    named = wanted or " or ".join(HELD_OUT)
    raise CannotCompare(
        f"Rounds {before.name} and {after.name} were not both judged on {named}; answer sentences of {named}, and "
        "start a new round."
    )


def _shared(before: bytes | None, after: bytes | None) -> list[Split]:
    both = [from_bytes(data) if data is not None else {} for data in (before, after)]
    return [split for split in HELD_OUT if all(split in judged for judged in both)]


@lru_cache(maxsize=8)
def _compare(before: bytes, after: bytes, split: Split) -> tuple[Pair, Comparison]:
    """Return both rounds' judgements and how they differ. Kept, as a page is drawn again at each click."""
    both = [from_bytes(data)[split] for data in (before, after)]
    return match(both[0], both[1]), compare(both[0], both[1])


def _left_out(figures: Comparison, split: Split) -> list[str]:
    remarks = []
    one_sided = figures.only_before + figures.only_after
    if one_sided:
        them = verb_for(one_sided, "it", "them")
        remarks.append(f"{_are_left_out(one_sided, split)}: only one of the rounds was judged on {them}.")
    if other := figures.other_gold:
        remarks.append(f"{_are_left_out(other, split)}: {verb_for(other, 'its', 'their')} label changed in between.")
    if other := figures.other_marks:
        their, them = verb_for(other, "its", "their"), verb_for(other, "it", "them")
        remarks.append(
            f"{_are_left_out(other, split)} of the figures about marks: {their} marks changed in between, or one of "
            f"the rounds sees less of {them}."
        )
    return remarks


def _are_left_out(count: int, split: Split) -> str:
    return f"{counted(count, f'{split} sentence')} {verb_for(count, 'is', 'are')} left out"

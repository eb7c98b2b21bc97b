"""Which round is the most accurate, and from which others its sentences cannot tell it apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotator.rounds.learning.judgement import judged_by
from annotator.rounds.measuring.measured import Measured
from annotator.wording import listed, number
from db.learning.round_records import Round
from db.store import Store
from learner.judging.judged import Judged
from learner.judging.paired import SIGNIFICANT
from learner.judging.pairs import match
from learner.judging.significance import two_sided_p

MOST_COMPARED = 50
_MOST_NAMED = 4


@dataclass(frozen=True)
class Best:
    """The most accurate of the rounds that were measured on the same sentences as the newest."""

    number: int
    accuracy: float
    split: str
    sentences: int
    near: tuple[int, ...]
    """Rounds that may only be behind by chance, as McNemar's test has it."""

    def in_words(self) -> str:
        """Return it as a sentence."""
        measured = f"{number(self.accuracy)} on {self.sentences:,} {self.split} sentences"
        lead = f"Round {self.number} is the most accurate, {measured}"
        caution = "It was chosen on these sentences, so this figure is a little optimistic."
        if not self.near:
            return f"{lead}, by more than chance explains. {caution}"
        named = [str(one) for one in self.near[:_MOST_NAMED]]
        if left := len(self.near) - len(named):
            named.append(f"{left} more")
        rounds = f"round{'s' if len(self.near) > 1 else ''} {listed(named, 'and')}"
        return f"{lead}, which cannot tell it from {rounds} (McNemar). {caution}"


def find_best(store: Store, ready: Sequence[Round], measured: Mapping[int, Measured | None]) -> Best | None:
    """Return the most accurate of the newest of these rounds, newest first; None if there are not two to compare."""
    comparable = _on_the_same_sentences(ready, measured)
    if len(comparable) < 2:
        return None
    by_number = {one: _accuracy(of_round) for one, of_round in comparable.items()}
    best = max(by_number, key=by_number.__getitem__)  # at a tie the newest
    of_best = comparable[best]
    judged = {one: judged_by(store, one)[of_best.split] for one in comparable}
    near = tuple(one for one in comparable if one != best and _may_be_chance(judged[one], judged[best]))
    return Best(best, by_number[best], of_best.split, of_best.sentences, near)


def _on_the_same_sentences(ready: Sequence[Round], measured: Mapping[int, Measured | None]) -> dict[int, Measured]:
    """Return the rounds whose sentences and labels are those of the newest, without twins."""
    known = {one.id: measured.get(one.id) for one in ready if not one.is_companion}
    whole = {one: of_round for one, of_round in known.items() if of_round is not None and of_round.is_whole}
    newest = next(iter(whole.values()), None)
    same = [one for one, of_round in whole.items() if newest and of_round.measured_on == newest.measured_on]
    return {one: whole[one] for one in same[:MOST_COMPARED]}


def _accuracy(of_round: Measured) -> float:
    found = of_round.estimates["accuracy"]
    return found.value if found else 0.0


def _may_be_chance(behind: Judged, ahead: Judged) -> bool:
    pair = match(behind, ahead)
    gained = int((pair.after.right & ~pair.before.right).sum())
    lost = int((pair.before.right & ~pair.after.right).sum())
    return two_sided_p(gained, lost) >= SIGNIFICANT

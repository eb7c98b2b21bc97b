"""The same round with other seeds: what they learn, that they never serve, and the figures over them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from annotator.care.freeing import delete_round
from annotator.errors import CannotTrain, NotServable
from annotator.rounds.again import start_again
from annotator.rounds.by_itself import start_round_if_due
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.listing import list_rounds
from annotator.rounds.measuring.bought import choose_subject
from annotator.rounds.measuring.comparing import title_of
from annotator.rounds.measuring.measured import Measured
from annotator.rounds.overview import rounds_overview
from annotator.rounds.repeats import find_repeated
from annotator.rounds.seeds import about_seeds, over_seeds, start_more_seeds
from annotator.rounds.serve import serve_round
from annotator.rounds.settings import settings_of
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.learning import rounds
from db.queue import slots
from db.records import OWNER, NewAnnotation
from db.store import Store
from db.team import project, word_rules
from learner.judging.figures import FIGURES
from learner.judging.intervals import Estimate


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of the project with a trained round and its twin; a round at work keeps others from starting."""
    path = tmp_path / "events.db"
    with closing(sqlite3.connect(trained)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    with Store.open(path) as store:
        yield store


def occupy(store: Store) -> None:
    """Put a round to work, so that no process starts."""
    rounds.queue(store, config={}, seed=0, last_annotation=None)
    assert rounds.begin_next(store) is not None


def free(store: Store) -> None:
    """End the round at work."""
    working = rounds.in_progress(store)
    assert working is not None
    rounds.advance(store, working.id, "cancelled")


def measured(accuracy: float, *, on: str = "the same") -> Measured:
    estimates = {name: Estimate(accuracy, None, 160) if name == "accuracy" else None for name in FIGURES}
    return Measured("test", 160, estimates, on)


def test_the_figures_over_seeds_are_mean_and_deviation_and_pair_each_round_with_its_twin(make_round, make_overview):
    shown = make_round(1)
    again = [make_round(number, config={"seed_of": 1}, seed=number) for number in (2, 3, 4)]
    twins = [make_round(-number) for number in (1, 2)]
    values = {1: 70.0, 2: 74.0, 3: 72.0, -1: 60.0, -2: 66.0}
    known = {number: measured(value) for number, value in values.items()} | {4: measured(0.0, on="another set")}
    found = over_seeds(make_overview(*again, shown, *twins), shown, known)
    assert found is not None
    assert (found.seeds, found.figures["accuracy"].mean, found.figures["accuracy"].deviation) == (3, 72.0, 2.0)
    assert found.differences["accuracy"].mean == 9.0, "10 and 8: seed by seed"
    assert about_seeds(found) == (
        "Over 3 seeds: accuracy 72.0 ± 2.0, +9.0 ± 1.4 against the twin (mean ± standard deviation)."
    )
    assert over_seeds(make_overview(shown), shown, known) is None


def test_another_seed_is_nested_and_never_what_the_page_is_about(make_round, make_overview):
    now = make_overview(make_round(2, config={"seed_of": 1}, seed=5), make_round(1), make_round(-2))
    assert [(row.title, row.is_nested, row.compare_with) for row in list_rounds(now, {})] == [
        ("1", False, None),
        ("2, seed 5", True, 1),
        ("2 twin", True, 2),
    ]
    subject = choose_subject(now)
    assert subject is not None
    assert subject.round.id == 1
    assert title_of(now.seeds[1][0]) == "Round 2 (round 1 with seed 5)"


def test_more_seeds_learn_from_the_same_answers_and_rules_and_wait_for_other_rounds(copied: Store) -> None:
    occupy(copied)
    word_rules.add(copied, "ship", applies=True, person_id=None)
    late = slots.upcoming(copied, 1)[0].sentence_id
    annotations.add(copied, NewAnnotation(late, 1, "answer", "key-of-a-late-answer", 1, "..+."))
    first = start_more_seeds(copied, 1, number=2, twin=True, actor=OWNER)
    (third,) = start_more_seeds(copied, first[0].id, number=1, twin=False, actor=OWNER)
    assert [(one.seed, one.seed_of, one.last_annotation) for one in (*first, third)] == [
        (seed, 1, rounds.read(copied, 1).last_annotation) for seed in (1, 2, 3)
    ]
    later = queue_round(copied, settings=settings_of(rounds.read(copied, 1)), actor=OWNER)
    free(copied)
    turn = rounds.begin_next(copied)
    assert turn is not None
    assert turn.id == later.id, "a round that people wait for comes first"
    rounds.advance(copied, turn.id, "cancelled")
    assert find_repeated(copied, settings_of(third), known=rounds.all_of(copied)) is None


@pytest.mark.slow
def test_another_seed_is_trained_alike_gets_its_twin_and_does_not_serve(copied: Store) -> None:
    occupy(copied)
    (queued,) = start_more_seeds(copied, 1, number=1, twin=True, actor=OWNER)
    word_rules.add(copied, "ship", applies=True, person_id=None)
    head = [slot.sentence_id for slot in slots.upcoming(copied, 5)]
    free(copied)
    work_on_round(copied, queued.id)
    ended, original = rounds.read(copied, queued.id), rounds.read(copied, 1)
    assert (ended.state, ended.error) == ("ready", None)
    assert ended.training_set_hash == original.training_set_hash
    assert ended.checkpoint_hash != original.checkpoint_hash
    assert (project.read(copied).serving_round, [slot.sentence_id for slot in slots.upcoming(copied, 5)]) == (1, head)
    work_on_round(copied, -queued.id)
    twin = rounds.read(copied, -queued.id)
    assert (twin.state, twin.seed, twin.training_set_hash) == ("ready", 1, original.training_set_hash)
    with pytest.raises(NotServable, match="repeats round 1 with another seed"):
        serve_round(copied, queued.id, actor=OWNER)
    now = rounds_overview(copied, actor=OWNER)
    assert [one.id for one in now.rounds if one.state == "ready"] == [1]


def test_a_seed_that_failed_is_started_again_as_that_seed(copied: Store) -> None:
    occupy(copied)
    (failed,) = start_more_seeds(copied, 1, number=1, twin=False, actor=OWNER)
    rounds.advance(copied, failed.id, "failed", error="No memory.")
    again = start_again(copied, failed.id, actor=OWNER)
    assert (again.seed, again.seed_of, again.last_annotation) == (1, 1, failed.last_annotation)


def test_rounds_by_themselves_do_not_take_a_seed_for_the_last_round(copied: Store) -> None:
    occupy(copied)
    start_more_seeds(copied, 1, number=1, twin=False, actor=OWNER)
    with copied.writing() as db:
        db.execute("UPDATE project SET round_every = 1000")
    assert start_round_if_due(copied) is None
    assert rounds.all_of(copied)[0].seed_of == 1, "it waits, and nothing else was started"


@pytest.mark.parametrize(("number", "of"), [(0, 1), (21, 1), (1, -1)])
def test_too_many_seeds_and_those_of_a_twin_are_refused(copied: Store, number: int, of: int) -> None:
    with pytest.raises(CannotTrain):
        start_more_seeds(copied, of, number=number, twin=False, actor=OWNER)


def test_deleting_a_round_deletes_its_seeds(copied: Store) -> None:
    occupy(copied)
    (again,) = start_more_seeds(copied, 1, number=1, twin=False, actor=OWNER)
    rounds.advance(copied, again.id, "cancelled")
    with copied.writing() as db:
        db.execute("UPDATE project SET serving_round = NULL")
    delete_round(copied, 1, actor=OWNER)
    assert rounds.read(copied, again.id).deleted_ms is not None

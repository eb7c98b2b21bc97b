import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.answering.queue import lease_ahead, sample_rate, submit
from annotator.cli import main
from annotator.errors import BadSettings, NotAllowed
from annotator.project.settings import SettingsChange, agreement_sample, change_settings
from annotator.reviewing import review
from annotator.reviewing.admitting import admit
from db.learning import rounds
from db.queue import leases, slots
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, people, project


def test_a_sample_of_the_sentences_wants_several_answers(
    empty_store: Store, add_sentences: Callable[..., list[int]]
) -> None:
    change_settings(empty_store, SettingsChange(overlap=3, overlap_share=0.25), actor=OWNER)
    add_sentences(2000)
    shared, every = agreement_sample(empty_store)
    assert every == 2000
    assert 425 < shared < 575, "2000 draws with a chance of 1 in 4 lie within four standard deviations"
    assert slots.counts(empty_store)["open"] == 2000 + 2 * shared


def test_more_overlap_adds_places_and_less_takes_none(store: Store) -> None:
    change_settings(store, SettingsChange(overlap=2), actor=OWNER)
    assert slots.counts(store)["open"] == 20
    change_settings(store, SettingsChange(overlap=1), actor=OWNER)
    assert (slots.counts(store)["open"], project.read(store).overlap) == (20, 1)
    change_settings(store, SettingsChange(overlap=2), actor=OWNER)
    assert slots.counts(store)["open"] == 20


def test_an_admitted_surplus_answer_takes_a_new_place(store: Store, anna: Person) -> None:
    ben = people.add(store, "Ben")
    for number, person in enumerate((anna, ben)):
        leases.record(store, person.id, 1)
        answer = NewAnnotation(1, person.id, "answer", f"browser-key-{number}", label=1, marks="..+.")
        states = [submit(store, person, answer).state]
    assert states == ["surplus"]
    admit(store, 2, actor=anna)
    assert slots.counts(store)["filled"] == 1
    change_settings(store, SettingsChange(overlap=2), actor=OWNER)
    assert slots.counts(store)["filled"] == 2


def test_what_changed_is_in_the_audit_and_nothing_else(store: Store, anna: Person) -> None:
    change_settings(
        store, SettingsChange(saliency_mode="never", lease_minutes=project.read(store).lease_minutes), actor=OWNER
    )
    assert [(row.action, row.detail) for row in audit.newest(store, 1)] == [
        ("settings changed", {"saliency_mode": "never"})
    ]
    change_settings(store, SettingsChange(saliency_mode="never"), actor=OWNER)
    assert sum(row.action == "settings changed" for row in audit.newest(store, 99)) == 1


@pytest.mark.parametrize(
    "change",
    [
        SettingsChange(overlap=0),
        SettingsChange(overlap=21),
        SettingsChange(overlap_share=1.1),
        SettingsChange(overlap_share=float("nan")),
        SettingsChange(lease_minutes=9),
        SettingsChange(saliency_mode="sometimes"),  # type: ignore[arg-type]
    ],
)
def test_settings_that_cannot_be_change_nothing(store: Store, change: SettingsChange) -> None:
    before = project.read(store)
    with pytest.raises(BadSettings):
        change_settings(store, change, actor=OWNER)
    assert project.read(store) == before


def test_an_annotator_changes_no_settings(store: Store) -> None:
    with pytest.raises(NotAllowed):
        change_settings(store, SettingsChange(overlap=2), actor=people.add(store, "Ben"))


@pytest.mark.slow
def test_the_sample_is_spread_evenly_over_people_and_time(
    empty_store: Store, add_sentences: Callable[..., list[int]]
) -> None:
    """Five people of different speeds, one of them late and one alone for a while, and rounds that land."""
    rng = random.Random(7)
    settings = change_settings(empty_store, SettingsChange(overlap=2, overlap_share=0.25), actor=OWNER)
    ids = add_sentences(2000)
    shared = {row[0] for row in empty_store.db.execute("SELECT sentence_id FROM slots WHERE number = 1").fetchall()}
    crew = [people.add(empty_store, name) for name in ("Ada", "Ben", "Cem", "Dee", "Eva")]
    holding: dict[int, list[int]] = {person.id: [] for person in crew}
    of_sample: dict[str, list[bool]] = {person.name: [] for person in crew}
    for turn in range(1500):
        if turn % 300 == 299:
            _new_head(empty_store, rng.sample(ids, 200))
        here = crew[:1] if turn < 200 else crew[:4] if turn < 900 else crew
        person = rng.choices(here, (4, 3, 2, 2, 4)[: len(here)])[0]
        held = [each.sentence.id for each in lease_ahead(empty_store, person, holding=holding[person.id], rng=rng)]
        answer = NewAnnotation(held[0], person.id, "answer", f"key-{turn:08}", label=0)
        assert submit(empty_store, person, answer).state == "saved"
        of_sample[person.name].append(held[0] in shared)
        holding[person.id] = held[1:]
    expected = sample_rate(settings)
    assert expected == pytest.approx(0.4)
    for name, each in of_sample.items():
        half = len(each) // 2
        for part in (each[:half], each[half:]):
            print(f"{name}: {sum(part) / len(part):.2f} of {len(part)} answers")
            four_deviations = 4 * (expected * (1 - expected) / len(part)) ** 0.5
            assert abs(sum(part) / len(part) - expected) < four_deviations, (name, len(part), sum(part))


def test_two_answers_to_one_sentence_of_the_sample_come_soon_after_each_other(
    empty_store: Store, add_sentences: Callable[..., list[int]]
) -> None:
    """So that each week's agreement is known in that week."""
    rng = random.Random(7)
    change_settings(empty_store, SettingsChange(overlap=2, overlap_share=0.25), actor=OWNER)
    add_sentences(400)
    crew = [people.add(empty_store, name) for name in ("Ada", "Ben")]
    for turn in range(200):
        person = crew[turn % 2]
        (next_, *_) = lease_ahead(empty_store, person, rng=rng)
        answer = NewAnnotation(next_.sentence.id, person.id, "answer", f"key-{turn:08}", label=0)
        assert submit(empty_store, person, answer).state == "saved"
    answered_twice = len(review.list_shared(empty_store, actor=OWNER))
    assert answered_twice > 25, "of about 40 sentences of the sample that two people can have answered"


def _new_head(store: Store, sentence_ids: list[int]) -> None:
    landed = rounds.queue(store, config={}, seed=0, last_annotation=None)
    slots.refill(store, landed.id, [slots.QueueEntry(each, "unsure", 0.5) for each in sentence_ids])
    rounds.advance(store, landed.id, "ready")
    project.serve_round(store, landed.id)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_the_command_shows_and_changes_them(run: Callable[..., object]) -> None:
    assert (
        run("init", "p.db", "--label", "a", "--label", "b", "--overlap", "2", "--overlap-share", "0.5").exit_code == 0
    )
    assert "50 %" in run("settings", "p.db").stdout
    done = run("settings", "p.db", "--overlap", "3", "--saliency", "never", "--json")
    facts = json.loads(done.stdout.splitlines()[-1])
    assert (facts["overlap"], facts["overlap_share"], facts["saliency_mode"]) == (3, 0.5, "never")


def test_a_share_that_cannot_be_makes_no_project(run: Callable[..., object], tmp_path: Path) -> None:
    result = run("init", "p.db", "--label", "a", "--label", "b", "--overlap-share", "2")
    assert (result.exit_code, "from 0 to 1" in result.stderr, list(tmp_path.iterdir())) == (1, True, [])

"""A round of a project with an attached pool: one pool to choose from, and only its head comes into the project."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotator import jobs, round_process
from annotator.answering.screen import screen
from annotator.errors import BadPool, CannotTrain, NotPrivate
from annotator.importing.cut_off import cut_off_imports
from annotator.outside import choosing
from annotator.outside.attaching import attach_pool
from annotator.outside.choosing import choose_outside, remove_scores
from annotator.project.folders import own_shards_in, pool_scores_of, vectors_of
from annotator.project.settings import SettingsChange, change_settings
from annotator.putting_right.removing import remove_sentences
from annotator.rounds import start
from annotator.rounds.again import start_again
from annotator.rounds.by_itself import start_round_if_due
from annotator.rounds.learning import process
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import cancel_round, queue_round
from annotator.rounds.twins import queue_twin
from db.answers import annotations
from db.care import backups
from db.corpus import pools, sentences
from db.errors import RoundInProgress
from db.learning import predictions, rounds
from db.learning.round_records import Round
from db.queue import queue_entries, slots
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import people, project
from learner.encoders.directory import open_directory
from learner.encoders.kept_vectors import count_kept
from learner.encoders.store_part import part_files
from learner.shards import on_ray

pytestmark = pytest.mark.slow

QUICK = RoundSettings(steps=20, vectors="random", queue_size=12)


@pytest.fixture
def answered(empty_store: Store, add_sentences: Callable[..., list[int]], anna: Person) -> Store:
    """Twenty answered sentences, where `sank` means an event, five answered ones of test, and six open ones."""
    events, others = add_sentences(10), add_sentences(10, words=("A", "boat", "slept"))
    held_out = add_sentences(5, split="test", words=("His", "raft", "sank"))
    for sentence in [*events, *others, *held_out]:
        label, marks = (0, None) if sentence in others else (1, "..+.")
        answer = NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=label, marks=marks)
        annotations.add(empty_store, answer)
    with empty_store.writing() as db:
        db.execute("DELETE FROM slots")
    slots.create_missing(empty_store)
    add_sentences(6, words=("A", "ship", "slept"))
    return empty_store


@pytest.fixture
def attached(answered: Store, pool: Path) -> Store:
    """The same with sixty sentences outside."""
    attach_pool(answered, pool, actor=OWNER, head=0)
    return answered


def finish(store: Store, settings: RoundSettings = QUICK) -> Round:
    queued = queue_round(store, settings=settings, actor=OWNER)
    work_on_round(store, queued.id, outside=choose_outside)
    return rounds.read(store, queued.id)


def from_outside(store: Store) -> set[str]:
    every = (sentence.external_id for page in sentences.pages(store) for sentence in page)
    return {name for name in every if name.startswith("out-")}


def chosen_by(store: Store, ended: Round) -> list[tuple[str, str, float | None, float | None]]:
    """Return what a round chose, in order: id, reason, score, chance."""
    chosen = queue_entries.of_round(store, ended.id)
    names = sentences.external_ids(store, [one.sentence_id for one in chosen])
    return [(names[one.sentence_id], one.reason, one.score, one.probability) for one in chosen]


def test_only_the_head_comes_into_the_project_with_scores_and_saliency(attached: Store, ben: Person) -> None:
    ended = finish(attached, replace(QUICK, queue_size=40))
    assert (ended.state, ended.error) == ("ready", None)
    chosen = chosen_by(attached, ended)
    assert (len(chosen), [reason for _, reason, *_ in chosen].count("random")) == (40, 8)
    outside = {name for name, *_ in chosen} & from_outside(attached)
    assert outside == from_outside(attached), "nothing else came"
    drawn_from = {chance for _, reason, _, chance in chosen if reason == "random"}
    assert drawn_from == {8 / 66}, "of the sixty outside and the six open ones of the project"

    head = slots.upcoming(attached, 40)
    assert [slot.sentence_id for slot in head] == [one.sentence_id for one in queue_entries.of_round(attached, 1)]
    assert {slot.round_id for slot in head} == {1}
    shaded = predictions.find(attached, 1, [slot.sentence_id for slot in head])
    assert len(shaded) == 40
    for sentence in sentences.of_ids(attached, [slot.sentence_id for slot in head]):
        assert len(shaded[sentence.id].input_x_gradient) == len(sentence.tokens)
    assert all(item["saliency"] for item in screen(attached, ben)["queue"] if item["reason"].startswith("Chosen"))
    assert ended.metrics["scores"]["pool"] == 6 + len(outside)


def test_the_next_round_brings_others_and_nothing_twice(attached: Store, anna: Person) -> None:
    first = finish(attached)
    brought = from_outside(attached)
    for number, slot in enumerate(slots.upcoming(attached, 5)):
        answer = NewAnnotation(slot.sentence_id, anna.id, "answer", f"later-{number:05}", label=number % 2)
        annotations.add(attached, answer)
        slots.fill(attached, slot.id, anna.id, annotations.last_id(attached) or 0)
    answered = {name for name, *_ in chosen_by(attached, first)[:5]}
    (pool_scores_of(attached.path) / ".DS_Store").touch()
    second = finish(attached)
    assert second.state == "ready"
    chosen = {name for name, *_ in chosen_by(attached, second)}
    assert not chosen & answered
    assert chosen & (brought - answered), "what was brought and not answered competes again"
    assert from_outside(attached) > brought
    assert len(from_outside(attached)) <= len(brought) + 12


def test_texts_of_the_project_never_come(answered: Store, pool_of: Callable[..., Path]) -> None:
    known = ["The ship sank w0", "His raft sank w20", "A ship slept w25"]
    records = [{"id": f"out-{number}", "text": text} for number, text in enumerate([*known, "One new", "One new"])]
    attach_pool(answered, pool_of(records, rows=2), actor=OWNER, head=0)
    ended = finish(answered, replace(QUICK, queue_size=100))
    assert ended.state == "ready"
    new = sentences.find(answered, [f"out-{number}" for number in range(5)])
    assert [one.text for one in new.values()] == ["One new"]
    assert len(chosen_by(answered, ended)) == 6 + 1


@pytest.mark.waits
def test_the_head_is_the_same_from_one_process_and_from_two(
    attached: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.write(attached, tmp_path / "second.db")
    monkeypatch.setattr(choosing, "_cores", lambda: 2)
    expected = chosen_by(attached, finish(attached))
    assert len(expected) == 12
    monkeypatch.setattr(choosing, "_cores", lambda: 1)
    with Store.open(tmp_path / "second.db") as second:
        assert chosen_by(second, finish(second)) == expected


@pytest.mark.waits
def test_a_round_on_ray_chooses_the_head_of_processes(
    attached: Store, tmp_path: Path, ray_cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, start = [], on_ray._Crew._start_worker
    monkeypatch.setattr(on_ray._Crew, "_start_worker", lambda crew: started.append(crew) or start(crew))
    backups.write(attached, tmp_path / "second.db")
    (tmp_path / "shared").mkdir()
    settings = replace(QUICK, engine="ray", shared_folder=str(tmp_path / "shared"))
    on_cluster = finish(attached, settings)
    assert (on_cluster.state, on_cluster.config["engine"], len(started)) == ("ready", "ray", 2), on_cluster.error
    assert not pool_scores_of(attached.path).exists()
    (folder,) = (tmp_path / "shared").iterdir()
    assert [len([*folder.rglob(name)]) for name in ("MANIFEST", "plan.json")] == [1, 1], (
        "the checkpoint and the pool's scores; the project's own are gone once the head is chosen"
    )
    remove_scores(attached, on_cluster)
    assert [*(tmp_path / "shared").iterdir()] == []
    with Store.open(tmp_path / "second.db") as second:
        expected = chosen_by(second, finish(second))
    assert chosen_by(attached, on_cluster) == expected and len(expected) == 12


def test_an_engine_that_cannot_score_is_refused_before_the_round(
    answered: Store, pool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(because: str, **chosen: str) -> None:
        with pytest.raises(CannotTrain, match=because):
            queue_round(answered, settings=replace(QUICK, **chosen), actor=OWNER)  # type: ignore[arg-type]
        assert rounds.all_of(answered) == []

    refused("are for a pool outside the project, and none is attached", engine="ray")
    refused("are for a pool outside the project, and none is attached", pool_vectors=str(pool))
    attach_pool(answered, pool, actor=OWNER, head=0)
    refused("none: found no such folder; give one that all machines of the Ray", engine="ray", shared_folder="none")
    refused("cannot be looked into: File name too long; give one", engine="ray", shared_folder="x" * 300)
    refused("A shared folder is for the engine ray alone", engine="processes", shared_folder=str(pool))
    refused("found no Ray cluster at 127.0.0.1:1 .*refused", engine="ray", ray_address="127.0.0.1:1")
    refused("a Ray address was given for the engine processes", ray_address="127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "ray", None)
    refused("Ray is not installed here: pip install", engine="ray")
    refused("engine: found 'dask', expected one of processes, ray", engine="dask")
    refused("The encoder static reads no vectors that could be kept of the pool; choose", pool_vectors=str(pool))


def test_a_folder_for_vectors_is_made_unless_nothing_can_be_kept_there(
    answered: Store, pool: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    attach_pool(answered, pool, actor=OWNER, head=0)
    asked = RoundSettings(encoder=str(tiny_encoder), steps=3)

    def refused(because: str, settings: RoundSettings) -> None:
        with pytest.raises(CannotTrain, match=because):
            queue_round(answered, settings=settings, actor=OWNER)
        assert rounds.all_of(answered) == []

    kept, file = tmp_path / "kept", tmp_path / "file"
    file.touch()
    tuned = replace(asked, model="fine-tuned", pool_vectors=str(kept))
    refused("The model fine-tuned trains its encoder, so that no round can use the vectors of another", tuned)
    refused(f"there is no folder {kept}; make that one first", replace(asked, pool_vectors=str(kept / "deep")))
    refused(
        "file: the folder for vectors of the pool cannot be made: File exists", replace(asked, pool_vectors=str(file))
    )
    long = str(tmp_path / ("x" * 300))
    refused("the folder for vectors of the pool cannot be made: File name too long", replace(asked, pool_vectors=long))
    queue_round(answered, settings=QUICK, actor=OWNER)
    with pytest.raises(RoundInProgress):
        queue_round(answered, settings=replace(asked, pool_vectors=str(kept)), actor=OWNER, alone=True)
    assert not kept.exists()
    queued = queue_round(answered, settings=replace(asked, pool_vectors=str(kept)), actor=OWNER)
    assert (queued.config["pool_vectors"], kept.stat().st_mode & 0o077) == (str(kept), 0)


def test_a_round_that_starts_by_itself_needs_no_engine_when_the_pool_is_detached(
    attached: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(attached, replace(QUICK, engine="processes"))
    change_settings(attached, SettingsChange(round_every=1), actor=OWNER)
    pools.detach(attached, actor=OWNER)
    monkeypatch.setattr(start, "_spawn", lambda store, number: None)
    (open_one, *_) = slots.upcoming(attached, 1)
    (person, *_) = people.all_of(attached)
    answer = NewAnnotation(open_one.sentence_id, person.id, "answer", "key-by-itself", label=0)
    annotations.add(attached, answer)
    begun = start_round_if_due(attached)
    assert begun is not None and begun.config["engine"] is None


def test_a_failed_round_starts_again_without_its_engine_when_the_pool_is_detached(
    attached: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = queue_round(attached, settings=replace(QUICK, engine="processes"), actor=OWNER)
    rounds.advance(attached, failed.id, "failed", error="killed")
    pools.detach(attached, actor=OWNER)
    monkeypatch.setattr(start, "_spawn", lambda store, number: None)
    assert start_again(attached, failed.id, actor=OWNER).config["engine"] is None


def test_a_round_that_was_killed_and_started_again_leaves_nothing_twice(
    attached: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at any step after its training: the next one takes over its scores, and what it has brought."""
    scored: list[str] = []
    score = choosing._scored

    def counted(*arguments: object) -> object:
        for now in score(*arguments):  # type: ignore[arg-type]
            scored.append(f"{now.shard.name} {now.shard.was_finished}")
            if len(scored) == 2:
                raise KeyboardInterrupt
            yield now

    monkeypatch.setattr(choosing, "_scored", counted)
    with pytest.raises(KeyboardInterrupt):
        finish(attached)
    assert from_outside(attached) == set(), "nothing is written before the head is chosen"
    rounds.advance(attached, 1, "failed", error="killed")

    with monkeypatch.context() as killed:
        killed.setattr(process, "land", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            finish(attached)
    assert [line.split()[1] for line in scored[2:]] == ["True", "True", "False"]
    rounds.advance(attached, 2, "failed", error="killed")
    brought = from_outside(attached)
    assert brought and project.read(attached).serving_round is None
    assert own_shards_in(pool_scores_of(attached.path)) == [], "no text of the project is left next to it"

    ended = finish(attached)
    assert (ended.state, ended.id) == ("ready", 3)
    assert {line.split()[1] for line in scored[5:]} == {"True"}
    assert from_outside(attached) == brought, "they are the project's own by now, and chosen again"
    names = [name for name, *_ in chosen_by(attached, ended)]
    assert len(names) == len(set(names)) == 12


def test_what_a_killed_round_brought_is_in_the_queue_after_the_next_one(
    attached: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when its sentences were visible and had no slots yet; the next round finds nothing more to bring."""
    settings = replace(QUICK, queue_size=100)
    with monkeypatch.context() as killed:
        killed.setattr("annotator.importing.run._finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            finish(attached, settings)
    rounds.advance(attached, 1, "failed", error="killed")
    assert (len(from_outside(attached)), len(list(slots.upcoming(attached, 100)))) == (60, 6)
    assert finish(attached, settings).state == "ready"
    assert len(list(slots.upcoming(attached, 100))) == 66
    assert cut_off_imports(attached) == []


def test_a_removed_sentence_is_in_no_shard_that_a_killed_round_left(
    attached: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "_remove_own", lambda folder: None)  # nothing is done when a process is killed
    finish(attached)
    (own,) = own_shards_in(pool_scores_of(attached.path))
    (removed, *_) = slots.upcoming(attached, 1)
    removed_name = sentences.external_ids(attached, [removed.sentence_id])[removed.sentence_id]
    remove_sentences(attached, [removed_name], reason="private", actor=OWNER)
    assert not own.exists() and (own.parent / "outside").is_dir()


def test_shards_that_are_gone_or_changed_stop_a_round_before_it_begins(attached: Store, pool: Path) -> None:
    first, second, _ = sorted(pool.glob("*.parquet"))
    body = first.read_bytes()
    first.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    queued = queue_round(attached, settings=QUICK, actor=OWNER)  # its size is the same
    second.unlink()
    with pytest.raises(BadPool, match=f"{second.name} is missing"):
        queue_round(attached, settings=QUICK, actor=OWNER)
    work_on_round(attached, queued.id, outside=choose_outside)
    ended = rounds.read(attached, queued.id)
    assert ended.state == "failed" and ended.error is not None and ended.training_set_hash is None
    assert f"{second.name} is missing and {first.name} is changed" in ended.error
    assert from_outside(attached) == set()


def test_a_shard_that_changes_while_a_round_trains_fails_it_before_anything_is_written(
    attached: Store, pool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = sorted(pool.glob("*.parquet"))[1]

    def change(*_: object) -> None:
        body = changed.read_bytes()
        changed.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))

    monkeypatch.setattr(process, "_refuse_not_numbers", change)
    ended = finish(attached)
    assert ended.state == "failed" and ended.error is not None
    assert f"is not what was attached: {changed.name} is changed. Put the shards back, or build" in ended.error
    assert from_outside(attached) == set() and slots.upcoming(attached, 99)[0].round_id is None


def test_a_cancelled_round_stops_between_two_shards(attached: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    score = choosing._scored

    def cancelled_after_one(*arguments: object) -> object:
        for now in score(*arguments):  # type: ignore[arg-type]
            cancel_round(attached, 1, actor=OWNER)
            yield now

    monkeypatch.setattr(choosing, "_scored", cancelled_after_one)
    assert finish(attached).state == "cancelled"
    assert from_outside(attached) == set()


def test_a_twin_and_a_detached_pool_bring_nothing(attached: Store) -> None:
    first = finish(attached)
    brought = from_outside(attached)
    twin = queue_twin(attached, first)
    work_on_round(attached, twin.id, outside=choose_outside)
    assert rounds.read(attached, twin.id).state == "ready"
    pools.detach(attached, actor=OWNER)
    assert finish(attached).state == "ready"
    assert from_outside(attached) == brought


def test_a_pool_that_is_detached_while_it_is_scored_brings_nothing(
    attached: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = choosing._scored

    def detached_after_one(*arguments: object) -> object:
        for now in score(*arguments):  # type: ignore[arg-type]
            pools.detach(attached, actor=OWNER)
            yield now

    monkeypatch.setattr(choosing, "_scored", detached_after_one)
    ended = finish(attached)
    assert (ended.state, len(chosen_by(attached, ended)), from_outside(attached)) == ("ready", 6, set())


@pytest.mark.parametrize("acquisition", ["random", "0.5*margin+0.5*typical", "margin-gumbel"])
def test_every_kind_of_acquisition_chooses_outside(attached: Store, acquisition: str) -> None:
    ended = finish(attached, replace(QUICK, acquisition=acquisition))
    assert (ended.state, len(chosen_by(attached, ended))) == ("ready", 12)
    assert from_outside(attached)


def test_a_pretrained_encoder_reads_outside_and_keeps_what_it_reads_of_the_project_alone(
    attached: Store, tiny_encoder: Path
) -> None:
    ended = finish(attached, RoundSettings(encoder=str(tiny_encoder), steps=3, queue_size=12))
    assert (ended.state, ended.error, len(chosen_by(attached, ended))) == ("ready", None, 12)
    encoder = open_directory(tiny_encoder)
    kept = count_kept(vectors_of(attached.path), encoder, encoder.layer(None))
    assert sentences.count(attached) <= kept < 60, "those of the project, and what measuring took words out of"


def test_the_second_round_reads_nothing_outside_whose_vectors_are_kept(
    attached: Store, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.write(attached, tmp_path / "second.db")
    kept = tmp_path / "vectors"
    monkeypatch.chdir(tmp_path)
    asked = RoundSettings(encoder=str(tiny_encoder), steps=3, queue_size=12)
    first = finish(attached, replace(asked, pool_vectors="vectors"))
    assert (first.state, first.config["pool_vectors"]) == ("ready", str(kept)), first.error
    encoder = open_directory(tiny_encoder)
    parts = {part.name: part.stat().st_mtime_ns for part in part_files(*kept.iterdir())}
    assert count_kept(kept, encoder, encoder.layer(None)) == 60
    assert [part.stat().st_mode & 0o077 for part in kept.iterdir()] == [0], "as private as the words"
    second = finish(attached, replace(asked, pool_vectors=str(kept)))
    assert second.state == "ready", second.error
    assert {part.name: part.stat().st_mtime_ns for part in part_files(*kept.iterdir())} == parts
    with Store.open(tmp_path / "second.db") as without:
        assert chosen_by(without, finish(without, asked)) == chosen_by(attached, first)


def test_scores_are_removed_and_a_link_in_their_place_is_not_followed(attached: Store, tmp_path: Path) -> None:
    ended = finish(attached)
    folder = pool_scores_of(attached.path)
    assert folder.stat().st_mode & 0o077 == 0
    for not_done in (replace(ended, state="cancelled"), replace(ended, id=-1)):
        remove_scores(attached, not_done)
        assert any(folder.iterdir()), "the next round continues with them"
    remove_scores(attached, ended)
    assert not folder.exists()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert finish(attached).state == "failed"
    with pytest.raises(Exception, match="is a link to elsewhere"):
        remove_scores(attached, ended)


def test_a_link_in_place_of_the_scores_keeps_no_round_waiting(
    answered: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool_scores_of(answered.path).symlink_to(tmp_path)
    queued = queue_round(answered, settings=QUICK, actor=OWNER)
    started: list[Path] = []
    monkeypatch.setattr(sys, "argv", ["round_process", str(answered.path), str(queued.id)])
    monkeypatch.setattr(jobs, "become_background", lambda niceness: None)
    monkeypatch.setattr(round_process, "start_next", lambda store: started.append(store.path))
    with pytest.raises(NotPrivate, match="is a link to elsewhere"):
        round_process.main()
    assert (rounds.read(answered, queued.id).state, started) == ("ready", [answered.path])

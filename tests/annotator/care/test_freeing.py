"""Old rounds free their disk space and keep their records."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from annotator.care.backups import backup_project, restore_project
from annotator.care.doctor import examine
from annotator.care.freeing import free_rounds, free_vectors, freeable
from annotator.cli import main
from annotator.errors import Deactivated, NoCheckpoint, NotAllowed, NotPrivate
from annotator.project.folders import vectors_of
from annotator.project.private_files import private_folder
from annotator.rounds.files import checkpoint_of, faults_of, folder_of
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from annotator.wording import round_notes
from db.answers import annotations
from db.errors import UnknownRound
from db.learning import rounds
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, people
from learner.encoders.kept_vectors import bytes_in, stores_in
from learner.encoders.vector_store import VectorStore

pytestmark = pytest.mark.slow


@pytest.fixture
def trained(empty_store: Store, add_sentences, anna: Person) -> Store:
    """A project with three ready rounds, the third of which serves."""
    for number, sentence in enumerate(add_sentences(12)[:8]):
        label, marks = (1, "..+.") if number % 2 else (0, None)
        annotations.add(empty_store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label, marks))
    for seed in range(3):
        settings = RoundSettings(steps=2, vectors="random", queue_size=4, seed=seed)
        queued = queue_round(empty_store, settings=settings, actor=OWNER)
        work_on_round(empty_store, queued.id)
        (folder_of(empty_store, queued) / "log.txt").write_text("what it said")
    assert [each.state for each in rounds.all_of(empty_store)] == ["ready"] * 3
    return empty_store


def files_of(store: Store, number: int) -> list[str]:
    return sorted(each.name for each in folder_of(store, rounds.read(store, number)).iterdir())


def warnings_of(store: Store) -> dict[str, str]:
    with Store.inspect(store.path) as inspected:
        found = examine(inspected)
    assert "error" not in {each.level for each in found}, found
    return {each.about: each.found for each in found if each.level == "warning"}


def test_a_freed_round_keeps_its_record_and_its_log(trained: Store, anna: Person) -> None:
    before = rounds.read(trained, 1)
    assert files_of(trained, 1) == ["checkpoint", "log.txt", "saliency.npy", "scores.npz"]
    (freed,) = free_rounds(trained, [1], actor=anna)
    assert freed.bytes > 1000
    assert files_of(trained, 1) == ["log.txt"]
    after = rounds.read(trained, 1)
    assert after.freed_ms is not None
    assert replace(after, freed_ms=None) == before
    assert "Its checkpoint and saliency were freed on" in round_notes(after)[-1]
    (deed,) = audit.newest(trained, 1)
    assert (deed.person, deed.action) == ("Anna", "checkpoint freed")
    assert deed.detail == {"round": 1, "bytes": freed.bytes}


def test_the_doctor_misses_nothing_of_a_freed_round(trained: Store) -> None:
    free_rounds(trained, [1, 2], actor=OWNER)
    assert "round files" not in warnings_of(trained)


def test_the_checkpoint_of_a_freed_round_is_refused_with_the_reason(trained: Store) -> None:
    assert checkpoint_of(trained, 1).is_dir()
    free_rounds(trained, [1], actor=OWNER)
    with pytest.raises(NoCheckpoint, match="The checkpoint of round 1 was freed"):
        checkpoint_of(trained, 1)


def test_the_serving_round_a_working_one_and_an_unknown_one_free_nothing(trained: Store) -> None:
    queue_round(trained, settings=RoundSettings(vectors="random"), actor=OWNER)
    for number, error, says in [
        (3, NoCheckpoint, "Round 3 serves"),
        (4, NoCheckpoint, "Round 4 is queued"),
        (9, UnknownRound, "no round 9"),
    ]:
        with pytest.raises(error, match=says):
            free_rounds(trained, [1, number], actor=OWNER)
    assert rounds.read(trained, 1).freed_ms is None
    assert "checkpoint" in files_of(trained, 1)


def test_a_deactivated_person_frees_nothing(trained: Store, anna: Person) -> None:
    people.set_active(trained, anna.id, False)
    with pytest.raises(Deactivated):
        free_rounds(trained, [1], actor=anna)
    assert "checkpoint" in files_of(trained, 1)


@pytest.mark.parametrize(("keep", "freed"), [(0, [2, 1]), (1, [2, 1]), (2, [1]), (3, []), (9, [])])
def test_the_newest_are_kept_and_the_serving_one_always(trained: Store, keep: int, freed: list[int]) -> None:
    assert [each.id for each in freeable(trained, keep=keep)] == freed


def test_killed_between_record_and_files_the_doctor_says_what_finishes_it(trained: Store) -> None:
    rounds.record_freed(trained, 1, person_id=None, bytes_freed=7)
    assert warnings_of(trained)["round files"].endswith("or were freed: 1.")
    (freed,) = free_rounds(trained, [1], actor=OWNER)
    assert freed.bytes > 1000
    assert files_of(trained, 1) == ["log.txt"]
    assert "round files" not in warnings_of(trained)


def test_what_a_failed_round_left_is_found_and_removed(trained: Store) -> None:
    queued = queue_round(trained, settings=RoundSettings(vectors="random"), actor=OWNER)
    left = folder_of(trained, queued) / ".0123-checkpoint"
    left.mkdir(parents=True)
    (left / "weights.safetensors").write_bytes(b"x" * 500)
    rounds.advance(trained, queued.id, "failed", error="Its process ended.")
    assert warnings_of(trained)["round files"].endswith("4.")
    assert [each.bytes for each in free_rounds(trained, [4], actor=OWNER)] == [500]
    assert files_of(trained, 4) == []
    assert rounds.read(trained, 4).freed_ms is None, "there was no checkpoint to free"


def test_files_outside_the_round_s_folder_are_left_alone(trained: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "precious"
    elsewhere.mkdir()
    (elsewhere / "work.txt").write_text("months")
    folder = folder_of(trained, rounds.read(trained, 1))
    folder.rename(folder.with_name("away"))
    folder.symlink_to(elsewhere)
    with pytest.raises(NoCheckpoint, match="where no round belongs"):
        free_rounds(trained, [1], actor=OWNER)
    assert (elsewhere / "work.txt").exists()


def test_the_command_asks_frees_and_says_how_much(
    trained: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    for wrong in ([], ["1", "--keep", "1"], ["0"], ["1", "--keep", "-1"]):
        assert run(main, ["round", "free", "events.db", *wrong]).exit_code == 1
    unasked = run(main, ["round", "free", "events.db", "1"])
    assert (unasked.exit_code, "add --yes" in unasked.stderr) == (1, True)
    assert rounds.read(trained, 1).freed_ms is None
    done = run(main, ["round", "free", "events.db", "--keep", "2", "--yes", "--as", "Anna", "--json"])
    assert done.exit_code == 0, done.output
    assert "Round 1: freed" in done.stdout
    assert [each["round"] for each in json.loads(done.stdout.splitlines()[-1])["freed"]] == [1]
    assert "ready, freed" in run(main, ["round", "list", "events.db"]).stdout
    assert "freed on" in run(main, ["round", "show", "events.db", "1"]).stdout
    assert "nothing to free" in run(main, ["round", "free", "events.db", "--keep", "2"]).stdout


def test_a_round_has_a_checkpoint_in_its_record_only_once_it_is_ready(
    trained: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}
    advance = rounds.advance

    def note(store: Store, round_id: int, state, **facts) -> None:
        advance(store, round_id, state, **facts)
        row = rounds.read(store, round_id)
        seen[state] = (row.checkpoint, row.checkpoint_hash, row.saliency_file, row.saliency_hash)

    monkeypatch.setattr(rounds, "advance", note)
    work_on_round(trained, queue_round(trained, settings=RoundSettings(steps=2, vectors="random"), actor=OWNER).id)
    assert {state: all(facts) for state, facts in seen.items()} == {
        "training": False,
        "evaluating": False,
        "scoring": False,
        "ready": True,
    }
    assert not any(seen["scoring"])


def test_a_backup_takes_the_serving_round_along_and_a_restore_brings_it_back(trained: Store, tmp_path: Path) -> None:
    made = backup_project(trained, with_checkpoint=True, actor=OWNER)
    again = backup_project(trained, made.file.with_name("again.db"), with_checkpoint=True, actor=OWNER)
    assert (made.round, again.round) == (3, 3)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    restored = restore_project(elsewhere / "events.db", made.file, who=None)
    assert restored.rounds_without_files == [1, 2]
    with Store.open(elsewhere / "events.db") as store:
        assert checkpoint_of(store, 3).is_relative_to(elsewhere)
        assert faults_of(store, rounds.read(store, 3)) == []
        free_rounds(store, restored.rounds_without_files, actor=OWNER)
        assert "error" not in {each.level for each in examine(store)}


def test_a_restore_says_which_rounds_have_no_files(trained: Store, tmp_path: Path) -> None:
    made = backup_project(trained, actor=OWNER)
    assert made.round is None
    assert restore_project(trained.path, made.file, who=None).rounds_without_files == []
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert restore_project(elsewhere / "events.db", made.file, who=None).rounds_without_files == [1, 2, 3]
    done = CliRunner().invoke(main, ["restore", str(elsewhere / "more.db"), str(made.file), "--yes"])
    assert "of these rounds are missing: 1, 2, 3" in done.stdout


def test_a_damaged_checkpoint_is_said_and_not_brought_along(trained: Store) -> None:
    manifest = checkpoint_of(trained, 3) / "MANIFEST"
    manifest.write_text(manifest.read_text() + "x")
    with pytest.raises(NoCheckpoint, match=r"Round 3 cannot be used: .*is not what was saved"):
        checkpoint_of(trained, 3)
    with pytest.raises(NoCheckpoint, match=r"was written, but the files of round 3 were not: .*MANIFEST is not what"):
        backup_project(trained, with_checkpoint=True, actor=OWNER)


def test_a_restore_after_freeing_does_not_pretend(trained: Store) -> None:
    made = backup_project(trained, actor=OWNER)
    free_rounds(trained, [1], actor=OWNER)
    assert restore_project(trained.path, made.file, who=None).rounds_without_files == [1]


def test_a_restore_copies_no_link_or_pipe_of_a_received_round(trained: Store, tmp_path: Path) -> None:
    made = backup_project(trained, with_checkpoint=True, actor=OWNER)
    with Store.inspect(made.file) as kept:
        received = folder_of(kept, rounds.read(kept, 3))
    (received / "link").symlink_to(trained.path)
    os.mkfifo(received / "pipe")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert restore_project(elsewhere / "events.db", made.file, who=None).rounds_without_files == [1, 2]
    with Store.open(elsewhere / "events.db") as store:
        assert files_of(store, 3) == files_of(trained, 3)


@pytest.fixture
def read_once(empty_store: Store) -> Store:
    """A project for which an encoder has read two sentences."""
    kept = VectorStore(
        private_folder(vectors_of(empty_store.path)), encoder="tiny", digest="d1", layer=2, dimension=500
    )
    kept.put([(["The", "ship"], None), (["sank"], None)], [(np.ones((2, 500)), None), (np.ones((1, 500)), None)])
    return empty_store


def test_the_command_frees_the_vectors_and_says_what_that_costs(
    read_once: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run, size = CliRunner().invoke, bytes_in(vectors_of(read_once.path))
    assert size > 3000
    assert run(main, ["round", "free", "events.db", "--vectors", "--keep", "1"]).exit_code == 1
    unasked = run(main, ["round", "free", "events.db", "--vectors"])
    assert (unasked.exit_code, "which the next round reads again" in unasked.stderr) == (1, True)
    assert bytes_in(vectors_of(read_once.path)) == size
    done = run(main, ["round", "free", "events.db", "--vectors", "--yes", "--json"])
    assert "the next round reads the sentences again" in done.stdout
    assert json.loads(done.stdout.splitlines()[-1]) == {"vectors": size}
    assert list(vectors_of(read_once.path).iterdir()) == []
    (deed,) = audit.newest(read_once, 1)
    assert (deed.action, deed.detail) == ("vectors freed", {"bytes": size})
    assert "nothing to free" in run(main, ["round", "free", "events.db", "--vectors"]).stdout


def test_only_an_admin_frees_vectors(read_once: Store, ben: Person) -> None:
    with pytest.raises(NotAllowed):
        free_vectors(read_once, actor=ben)
    assert stores_in(vectors_of(read_once.path))[0].sentences == 2


def test_vectors_behind_a_link_stay(read_once: Store, tmp_path: Path) -> None:
    folder = vectors_of(read_once.path)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotPrivate, match="is a link to elsewhere"):
        free_vectors(read_once, actor=OWNER)
    assert stores_in(tmp_path / "elsewhere")[0].sentences == 2


def test_a_backup_leaves_the_vectors_out(read_once: Store) -> None:
    made = backup_project(read_once, actor=OWNER)
    assert not vectors_of(made.file).exists()

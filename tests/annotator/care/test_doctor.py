import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotator.care.disk import disk_use, network_file_system
from annotator.care.doctor import check_well, examine
from annotator.care.file_checks import has_reset_fault
from annotator.care.findings import Finding
from annotator.errors import Unwell
from annotator.jobs import SILENCE_MS
from annotator.project.folders import vectors_of
from annotator.rounds.files import rounds_folder, sha256_of
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from annotator.wording import in_bytes
from db.answers import annotations
from db.corpus import sentences
from db.finding import search
from db.learning import rounds
from db.opening.migrations import MIGRATIONS
from db.queue import claims
from db.records import OWNER, Label, NewAnnotation, Person
from db.store import Store, now_ms
from db.team import people
from learner.encoders.store_part import size_of
from learner.encoders.vector_store import VectorStore

pytestmark = pytest.mark.slow

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"))


def findings(store: Store, level: str = "error") -> list[tuple[str, str]]:
    with Store.inspect(store.path) as inspected:
        return [(each.about, each.found) for each in examine(inspected) if each.level == level]


@pytest.fixture
def trained(empty_store: Store, add_sentences, anna: Person) -> Store:
    """A project with one ready round on eight answers."""
    for number, sentence in enumerate(add_sentences(12)[:8]):
        label, marks = (1, "..+.") if number % 2 else (0, None)
        new = NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=label, marks=marks)
        annotations.add(empty_store, new)
    queued = queue_round(empty_store, settings=RoundSettings(steps=2, vectors="random", queue_size=4), actor=OWNER)
    work_on_round(empty_store, queued.id)
    assert rounds.read(empty_store, 1).state == "ready"
    return empty_store


def test_a_project_that_is_well_has_no_error_and_is_not_changed(trained: Store) -> None:
    log = trained.path.with_name("events.db-wal")
    before = trained.path.read_bytes(), log.read_bytes()
    assert before[1], "there is a log, and examining does not bring it into the file"
    assert findings(trained) == []
    assert (trained.path.read_bytes(), log.read_bytes()) == before
    trained.close()
    closed = trained.path.read_bytes()
    assert findings(trained) == []
    assert trained.path.read_bytes() == closed


def test_a_letter_that_changed_in_a_token_is_found(store: Store) -> None:
    store.close()
    content, token = store.path.read_bytes(), b'["The","ship","sank","w3"]'
    assert content.count(token) == 1
    store.path.write_bytes(content.replace(token, b'["The","shop","sank","w3"]'))
    ((about, found),) = findings(store)
    assert about == "tokens"
    assert found.endswith("not those that were imported: pool-3.")


def test_a_damaged_page_is_found_and_the_other_checks_go_on(store: Store) -> None:
    (page,) = store.db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'slots_open'").fetchone()
    store.close()
    content = bytearray(store.path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    store.path.write_bytes(content)
    assert "integrity" in dict(findings(store))
    assert "tokens" in dict(findings(store, "ok"))


def test_a_damaged_schema_is_an_error_for_every_check_that_needs_it(store: Store) -> None:
    store.close()
    content = bytearray(store.path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    store.path.write_bytes(content)
    assert {"integrity", "tokens", "rounds"} <= dict(findings(store)).keys()
    assert "disk" in dict(findings(store, "ok"))


def _weights(store: Store) -> Path:
    return store.path.parent / (rounds.read(store, 1).checkpoint or "") / "weights.safetensors"


def test_a_truncated_checkpoint_is_found(trained: Store) -> None:
    weights = _weights(trained)
    weights.write_bytes(weights.read_bytes()[:-1])
    ((about, found),) = findings(trained)
    assert about == "rounds"
    assert "Round 1: " in found
    assert "weights.safetensors is not what was saved" in found


def test_a_changed_manifest_is_found(trained: Store) -> None:
    manifest = _weights(trained).with_name("MANIFEST")
    manifest.write_text(manifest.read_text().replace("weights", "weighty"))
    assert "MANIFEST is not what was saved" in findings(trained)[0][1]


def test_a_missing_saliency_file_is_named(trained: Store) -> None:
    (trained.path.parent / (rounds.read(trained, 1).saliency_file or "")).unlink()
    assert "saliency.npy cannot be read (No such file or directory)" in findings(trained)[0][1]


def _write_in_the_row(store: Store, **facts: str | None) -> None:
    """Change a finished round, as the sender of a project could."""
    with store.writing() as db:
        (trigger,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'rounds_keep'").fetchone()
        db.execute("DROP TRIGGER rounds_keep")
        db.execute(f"UPDATE rounds SET {', '.join(f'{name} = ?' for name in facts)}", list(facts.values()))
        db.execute(trigger)


def test_no_file_elsewhere_is_opened_because_a_row_names_it(trained: Store) -> None:
    no_files: dict[str, str | None] = {"checkpoint": None, "saliency_file": None}
    ready = rounds.read(trained, 1)
    manifest = _weights(trained).with_name("MANIFEST")
    manifest.write_text(f"{'0' * 64}  ../../../events.db\n")
    for facts in [
        *({"saliency_file": each} for each in ("events.db", "events.db-wal", "../x", "/etc/hostname")),
        *({"checkpoint": each} for each in ("events.db", "../x/checkpoint", "/etc/ssl", "nul\0/nul/checkpoint")),
        {"checkpoint": ready.checkpoint, "checkpoint_hash": sha256_of(manifest)},  # its lines are as untrusted as a row
    ]:
        _write_in_the_row(trained, **(no_files | facts))
        ((about, found),) = findings(trained)
        assert (about, "is outside the round's folder" in found) == ("rounds", True), (facts, found)


def test_only_a_regular_file_of_a_round_is_opened(trained: Store) -> None:
    saliency = trained.path.parent / (rounds.read(trained, 1).saliency_file or "")
    for put in (
        lambda: os.mkfifo(saliency),
        lambda: saliency.symlink_to(_weights(trained)),
        lambda: Store.create(saliency, labels=LABELS).close(),
    ):
        saliency.unlink()
        put()
        assert "saliency.npy is not a regular file of a round" in findings(trained)[0][1]


def test_folders_of_no_round_are_named(trained: Store) -> None:
    assert "round folders" not in dict(findings(trained, "warning"))
    (rounds_folder(trained.path) / "9-00000000-1").mkdir()
    assert dict(findings(trained, "warning"))["round folders"].endswith("no round of this project: 9-00000000-1.")


def test_a_row_that_points_nowhere_is_found(store: Store) -> None:
    with store.writing() as db:
        db.execute("INSERT INTO audit (action, detail, at_ms) VALUES ('x', '{}', 0)")
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE audit SET person_id = 77")
    connection.close()
    assert findings(store) == [("references", "Rows point at rows that do not exist: audit row 1 → people.")]


def test_what_was_left_undone_is_a_warning_and_stays_as_it_is(store: Store) -> None:
    sentences.begin_import(store, source="more.jsonl", source_hash="", tokenizer="given")
    rounds.queue(store, config={}, seed=0, last_annotation=None)
    rounds.begin_next(store)
    with store.writing() as db:
        db.execute("UPDATE rounds SET heartbeat_ms = ?", [now_ms() - SILENCE_MS - 60_000])
    warned = dict(findings(store, "warning"))
    assert warned["imports"] == "The import of more.jsonl is not finished; its 0 sentences are not visible yet."
    assert warned["round at work"] == "Round 1 is queued, and its process has been silent for 2 min."
    assert "backups" in warned
    assert rounds.read(store, 1).state == "queued"


def test_live_and_abandoned_leases_are_told_apart(store: Store, anna: Person) -> None:
    claims.claim(store, anna.id, held_out=False, lease_ms=60_000)
    claims.claim(store, anna.id, held_out=False, lease_ms=-1)
    assert dict(findings(store, "ok"))["leases"] == "1 live, 1 abandoned"


def test_sentences_without_slots_or_index_are_counted(store: Store) -> None:
    search.index_missing(store)
    assert "every visible sentence" in dict(findings(store, "ok"))["queue and search"]
    with store.writing() as db:
        db.execute("DELETE FROM slots WHERE sentence_id <= 3")
        db.execute("DELETE FROM sentence_words_docsize WHERE id > 8")
    assert [found for about, found in findings(store, "warning") if about == "queue and search"] == [
        "3 sentences are not in the queue.",
        "2 sentences are not found by a search.",
    ]


def test_gold_sentences_want_no_slots(store: Store) -> None:
    gold = people.add(store, people.GOLD, active=False)
    annotations.add(store, NewAnnotation(1, gold.id, "answer", "gold-key-1", label=0))
    with store.writing() as db:
        db.execute("DELETE FROM slots WHERE sentence_id = 1")
    assert "not in the queue" not in str(findings(store, "warning"))


def test_what_a_killed_backup_left_is_named(store: Store) -> None:
    (store.path.parent / ".events.db.part-0123").write_bytes(b"half")
    assert ".events.db.part-0123" in dict(findings(store, "warning"))["files"]


def test_the_configuration_is_told_and_one_that_cannot_be_is_an_error(store: Store) -> None:
    assert dict(findings(store, "ok"))["configuration"] == (
        "2 labels in use, 0 retired; overlap 1; saliency blind first; leases of 30 min"
    )
    with store.writing() as db:
        db.execute("UPDATE labels SET retired = 1 WHERE id = 1")
    assert dict(findings(store))["configuration"].startswith("1 label in use, 1 retired")


def test_uploads_count_in_the_use_of_the_disk(store: Store) -> None:
    folder = store.path.with_name("events.db.uploads")
    folder.mkdir(exist_ok=True)
    (folder / "1.csv").write_bytes(b"x" * 700)
    assert disk_use(store.path).uploads == 700
    assert "uploads 700 B" in str(findings(store, "ok") + findings(store, "warning"))


def test_the_vectors_that_are_kept_are_told_and_damage_is_a_warning(store: Store) -> None:
    assert "vectors" not in dict(findings(store, "ok"))
    kept = VectorStore(vectors_of(store.path), encoder="tiny", digest="d1", layer=2, dimension=500)
    kept.put([(["The", "ship"], None)], [(np.ones((2, 500)), None)])
    size = size_of(kept.folder)
    assert dict(findings(store, "ok"))["vectors"] == f"of tiny, layer 2: 1 sentence, {in_bytes(size)}"
    assert disk_use(store.path).vectors == size
    (part,) = kept.folder.glob("*.safetensors")
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    assert dict(findings(store, "warning"))["vectors"] == f"These files of vectors are damaged: {part.name}."
    assert part.exists(), "the doctor changes nothing"
    assert findings(store) == []


def test_no_link_or_pipe_in_the_place_of_vectors_is_opened(store: Store, tmp_path: Path) -> None:
    kept = VectorStore(vectors_of(store.path), encoder="tiny", digest="d1", layer=2, dimension=4)
    kept.folder.mkdir(parents=True)
    os.mkfifo(kept.folder / "a.safetensors")
    (kept.folder / "b.safetensors").symlink_to(store.path)
    assert findings(store) == []
    assert "vectors" not in dict(findings(store, "warning"))
    vectors_of(store.path).rename(tmp_path / "elsewhere")
    vectors_of(store.path).symlink_to(tmp_path / "elsewhere")
    assert findings(store) == [("vectors", "events.db.vectors is a link to elsewhere, so no round can keep vectors.")]


def test_an_older_schema_is_a_warning_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as past:
        past.setattr("db.opening.upgrading.MIGRATIONS", MIGRATIONS[:1])
        past.setattr("db.store.MIGRATIONS", MIGRATIONS[:1])
        store = Store.create(tmp_path / "old.db", labels=LABELS)
    with store:
        assert findings(store) == []
        assert dict(findings(store, "warning"))["schema"].startswith("The file has schema 1")


def test_only_errors_make_a_project_unwell() -> None:
    warning = Finding("warning", "disk", "full")
    check_well([warning])
    with pytest.raises(Unwell, match="1 of 2 findings are errors, the first about tokens"):
        check_well([warning, replace(warning, level="error", about="tokens")])


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_the_fault_of_a_version_is_known_with_its_backports(version: tuple[int, ...], faulty: bool) -> None:
    assert has_reset_fault(version) is faulty


def test_a_network_file_system_is_known_by_the_nearest_mount(tmp_path: Path) -> None:
    mounts, far = tmp_path / "mountinfo", tmp_path.resolve() / "far away"
    far.mkdir()
    escaped = str(far).replace(" ", r"\040")
    mounts.write_text(f"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n36 22 0:40 / {escaped} rw shared:1 - nfs4 server:/x rw\n")
    assert network_file_system(far / "a.db", mounts=mounts) == "nfs4"
    assert network_file_system(tmp_path / "a.db", mounts=mounts) is None
    assert network_file_system(tmp_path / "a.db", mounts=tmp_path / "none") is None

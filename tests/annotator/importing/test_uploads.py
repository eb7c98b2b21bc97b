import fcntl
import json
import os
import signal
import stat
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from annotator import jobs
from annotator.errors import BadShare, BadUpload, Deactivated
from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.formats.files.layout import Layout
from annotator.importing import uploads
from annotator.importing.label_reading import LabelRules
from annotator.importing.report_wording import outcome, remarks
from annotator.importing.upload_files import uploaded_file, uploads_folder
from annotator.importing.upload_process import work_on_upload
from annotator.importing.upload_settings import MOST_MEGABYTES, UploadSettings, settings_of
from annotator.importing.uploads import keep_upload, latest_upload, settle, start_upload
from annotator.processes import is_alive, process_start
from annotator.project.permissions import OWNER
from db.corpus import imports, sentences
from db.corpus import uploads as db_uploads
from db.errors import UploadInProgress
from db.opening.locks import lock_path
from db.team import audit, people

pytestmark = pytest.mark.slow

LINES = b'{"id": "s1", "text": "The ship sank", "split": "dev", "label": "event"}\n'
PLAIN = UploadSettings()
SPARING = UploadSettings(leave_out_faulty=True)

on_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this machine has no /proc")


def files_of(store):
    folder = uploads_folder(store.path)
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def ended(store, upload):
    """Wait until the import's process has ended, and return the upload's row."""
    deadline = time.monotonic() + 60
    while (now := db_uploads.read(store, upload.id)).is_working:
        assert time.monotonic() < deadline, "the import did not end"
        threading.Event().wait(0.05)
    return now


def test_a_file_is_imported_by_a_process_of_its_own_and_removed(empty_store, anna):
    done = ended(empty_store, start_upload(empty_store, anna, "reviews.jsonl", LINES, PLAIN))
    assert (done.state, done.report["added"], done.report["by_split"]) == ("ready", 1, {"pool": 0, "dev": 1, "test": 0})
    assert sentences.find(empty_store, ["s1"])["s1"].text == "The ship sank"
    assert files_of(empty_store) == ["log.txt"]
    assert [(row.person, row.action) for row in audit.newest(empty_store, 2)] == [
        ("Anna", "import"),
        ("Anna", "upload"),
    ]


def test_the_file_is_named_by_us_and_only_its_owner_may_read_it(empty_store, anna):
    upload = keep_upload(empty_store, anna, "..reviews of 2026.csv.gz", LINES, PLAIN)
    file = uploaded_file(empty_store, upload)
    assert (file.name, file.read_bytes(), upload.file_name) == ("1.csv", LINES, "..reviews of 2026.csv.gz")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name",
    [
        "../../x.jsonl",
        "/etc/x.jsonl",
        "a\\b.jsonl",
        "x" * 300 + ".jsonl",
        "nul\0.jsonl",
        "\u202egpj.jsonl",
        "",
        "a\n.txt",
    ],
    ids=ascii,
)
def test_a_file_name_that_cannot_be_is_refused_and_leaves_nothing(empty_store, anna, name):
    with pytest.raises(BadUpload, match="printable characters without /"):
        keep_upload(empty_store, anna, name, LINES, PLAIN)
    assert (db_uploads.last_of_person(empty_store, anna.id), files_of(empty_store)) == (None, [])


def test_a_reserved_name_is_a_label_like_any_other(empty_store, anna):
    upload = keep_upload(empty_store, anna, "CON", LINES, UploadSettings(format="native"))
    assert uploaded_file(empty_store, upload).name == "1.jsonl"


def test_a_folder_that_is_a_link_is_refused(empty_store, anna, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    uploads_folder(empty_store.path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadUpload, match="is a link to elsewhere"):
        keep_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert latest_upload(empty_store, anna).state == "refused"


def test_a_link_in_the_place_of_the_file_is_never_followed(empty_store, anna, tmp_path):
    (tmp_path / "precious").write_text("precious")
    folder = uploads_folder(empty_store.path)
    folder.mkdir()
    (folder / "1.txt").symlink_to(tmp_path / "precious")
    keep_upload(empty_store, anna, "a.txt", LINES, PLAIN)
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (folder / "1.txt").is_symlink()


def test_a_log_that_is_a_link_fails_the_upload_in_a_sentence_and_the_next_one_may_come(empty_store, anna, tmp_path):
    folder = uploads_folder(empty_store.path)
    folder.mkdir()
    (folder / "log.txt").symlink_to(tmp_path / "precious")
    with pytest.raises(BadUpload, match=r"The import could not start: .*log.txt, which must be a file and not a link"):
        start_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)
    assert (latest_upload(empty_store, anna).state, files_of(empty_store)) == ("failed", ["log.txt"])
    assert not (tmp_path / "precious").exists()
    (folder / "log.txt").unlink()
    assert ended(empty_store, start_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)).state == "ready"


def test_a_folder_and_a_log_of_uploads_that_others_could_read_are_closed_to_them(empty_store, anna):
    folder = uploads_folder(empty_store.path)
    folder.mkdir()
    (folder / "log.txt").touch()
    folder.chmod(0o755)
    (folder / "log.txt").chmod(0o644)
    ended(empty_store, start_upload(empty_store, anna, "a.jsonl", LINES, PLAIN))
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, folder / "log.txt")] == [0o700, 0o600]


def test_a_file_that_is_too_large_is_refused_with_its_size(empty_store, anna):
    with pytest.raises(BadUpload, match=r"big.csv has 50.0 MB, and the page takes at most 50 MB; .*`whylight import`"):
        keep_upload(empty_store, anna, "big.csv", bytes(MOST_MEGABYTES * 1024 * 1024 + 1), PLAIN)
    assert files_of(empty_store) == []


def test_a_refused_file_says_its_faults_and_leaves_the_project_as_it_was(empty_store, anna):
    upload = keep_upload(empty_store, anna, "a.csv", b"text,label\na,event\nb,<b>\n", PLAIN)
    work_on_upload(empty_store, upload)
    told = latest_upload(empty_store, anna)
    assert told.state == "refused"
    assert told.error == "Line 3, label: found '<b>', expected one of the project's labels: 'none', 'event'."
    assert (sentences.count(empty_store), files_of(empty_store)) == (0, [])


def test_an_upload_is_shown_for_a_day(empty_store, anna):
    upload = keep_upload(empty_store, anna, "a.txt", LINES, PLAIN)
    work_on_upload(empty_store, upload)
    assert latest_upload(empty_store, anna).id == upload.id
    with empty_store.writing() as db:
        db.execute("UPDATE uploads SET heartbeat_ms = heartbeat_ms - ?", [uploads.NEWS_MS + 1000])
    assert latest_upload(empty_store, anna) is None


def test_an_outcome_is_shown_in_no_browser_once_its_person_has_dismissed_it(empty_store, anna):
    upload = keep_upload(empty_store, anna, "a.txt", LINES, PLAIN)
    uploads.dismiss(empty_store, upload.id, anna)
    assert latest_upload(empty_store, anna).id == upload.id, "one that is at work stays"
    work_on_upload(empty_store, upload)
    uploads.dismiss(empty_store, upload.id, people.add(empty_store, "Ben"))
    assert latest_upload(empty_store, anna).id == upload.id
    uploads.dismiss(empty_store, upload.id, anna)
    assert latest_upload(empty_store, anna) is None


def test_the_settings_reach_the_import(empty_store, anna):
    settings = UploadSettings("csv", replace(Fields(), text="body"), "keep", 0.0)
    upload = keep_upload(empty_store, anna, "a.txt", b"body,label\na,event\n", settings)
    assert settings_of(db_uploads.read(empty_store, upload.id)) == settings
    work_on_upload(empty_store, upload)
    report = latest_upload(empty_store, anna).report
    assert (report["added"], report["answers_kept"], report["by_split"]["pool"]) == (1, 1, 1)


def test_a_mended_text_replaces_the_old_one_which_no_upload_s_row_keeps(empty_store, anna):
    ended(empty_store, start_upload(empty_store, anna, "a.jsonl", LINES, PLAIN))
    mended = LINES.replace(b"The ship sank", b"The ships sank")
    refused = ended(empty_store, start_upload(empty_store, anna, "a.jsonl", mended, PLAIN))
    assert (refused.state, "--update text takes the file's" in refused.error) == ("refused", True)
    settings = replace(PLAIN, update=("text",))
    done = ended(empty_store, start_upload(empty_store, anna, "a.jsonl", mended, settings))
    assert outcome(done)[0] == ("1 sentence was already in the project.")
    assert "1 sentence of the project was given the file's text (s1); the old text is gone for good." in outcome(done)
    assert sentences.find(empty_store, ["s1"])["s1"].text == "The ships sank"
    rows = empty_store.db.execute("SELECT error, report FROM uploads").fetchall()
    assert "The ship sank" not in str(rows)


def test_only_one_file_at_a_time(empty_store, anna, ben):
    upload = keep_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)
    with pytest.raises(UploadInProgress, match="Another file is being imported"):
        keep_upload(empty_store, ben, "b.jsonl", LINES, PLAIN)
    assert latest_upload(empty_store, ben) == upload
    assert files_of(empty_store) == ["1.jsonl"]


def test_a_process_that_died_is_noticed_and_its_file_removed(empty_store, anna, ben):
    upload = keep_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    db_uploads.set_process(empty_store, upload.id, pid=child, process=None)
    assert settle(empty_store) is None
    assert latest_upload(empty_store, anna).error.startswith("Its process ended unexpectedly. Upload the file again")
    assert (latest_upload(empty_store, ben), files_of(empty_store)) == (None, [])


def test_an_upload_of_before_schema_6_whose_number_another_process_has_is_given_up(empty_store, anna):
    upload = keep_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)
    db_uploads.set_process(empty_store, upload.id, pid=os.getpid(), process=None)
    assert settle(empty_store).id == upload.id, "it has only just been heard of"
    silence(empty_store)
    assert settle(empty_store) is None
    assert db_uploads.read(empty_store, upload.id).state == "failed"


def test_a_silent_process_is_given_up_and_the_next_upload_may_start(empty_store, anna):
    upload = keep_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)
    with empty_store.writing() as db:
        db.execute("UPDATE uploads SET heartbeat_ms = 0 WHERE id = ?", [upload.id])
    second = keep_upload(empty_store, anna, "b.jsonl", LINES, PLAIN)
    assert files_of(empty_store) == ["2.jsonl"]
    work_on_upload(empty_store, second)
    assert [db_uploads.read(empty_store, each).state for each in (1, 2)] == ["failed", "ready"]


def many_lines(number):
    """Return a text that takes a few seconds to import."""
    return "".join(f"The ship number {each} sank in the storm.\n" for each in range(number)).encode()


def until(store, upload, condition):
    """Wait until the row of an upload at work meets the condition, and return it."""
    deadline = time.monotonic() + 60
    while not condition(now := db_uploads.read(store, upload.id)):
        assert now.is_working, "it ended before"
        assert time.monotonic() < deadline, "it never came so far"
        threading.Event().wait(0.01)
    return now


def stop(store, upload):
    """Stop the process at work, as Ctrl-Z or a debugger does, while it neither holds a lock nor waits for one."""
    now = until(store, upload, lambda now: now.pid is not None)
    while True:
        os.kill(now.pid, signal.SIGSTOP)
        while Path(f"/proc/{now.pid}/stat").read_text().rpartition(") ")[2][0] != "T":
            threading.Event().wait(0.01)
        if is_free(lock_path(store.path)) and is_free(lock_path(store.path, "turn")):
            return now
        os.kill(now.pid, signal.SIGCONT)
        threading.Event().wait(0.01)


def is_free(lock):
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def silence(store):
    with store.writing() as db:
        db.execute("UPDATE uploads SET heartbeat_ms = heartbeat_ms - ?", [jobs.SILENCE_MS + 1000])


@on_linux
def test_a_process_that_was_stopped_is_not_called_dead_and_can_be_cancelled(empty_store, anna, ben):
    upload = start_upload(empty_store, anna, "a.txt", many_lines(8_000), PLAIN)
    stopped = stop(empty_store, upload)
    silence(empty_store)
    now = settle(empty_store)
    assert (now.state, uploads.is_silent(now)) == (db_uploads.read(empty_store, upload.id).state, True)
    assert now.is_working
    with pytest.raises(UploadInProgress):
        keep_upload(empty_store, ben, "b.jsonl", LINES, PLAIN)
    uploads.cancel(empty_store, upload.id, actor=ben)
    assert not is_alive(stopped.pid, stopped.process)
    ended_row = db_uploads.read(empty_store, upload.id)
    assert (ended_row.state, ended_row.error) == ("cancelled", "Cancelled by Ben; nothing was added.")
    assert sentences.count(empty_store) == 0


@on_linux
def test_a_process_that_was_stopped_continues_and_ends_as_if_it_had_not_been(empty_store, anna):
    upload = start_upload(empty_store, anna, "a.txt", many_lines(2000), PLAIN)
    stopped = stop(empty_store, upload)
    silence(empty_store)
    assert settle(empty_store).is_working
    os.kill(stopped.pid, signal.SIGCONT)
    assert (ended(empty_store, upload).state, sentences.count(empty_store)) == ("ready", 2000)


@on_linux
def test_a_process_that_was_given_up_writes_nothing_when_it_continues(empty_store, anna):
    """As if its process could be neither seen nor ended, for example in another container."""
    upload = start_upload(empty_store, anna, "a.txt", many_lines(20_000), PLAIN)
    until(empty_store, upload, lambda now: now.import_id is not None)
    stopped = stop(empty_store, upload)
    db_uploads.give_up(empty_store, upload.id, error="given up")
    before = db_uploads.read(empty_store, upload.id), stored_rows(empty_store)
    os.kill(stopped.pid, signal.SIGCONT)
    deadline = time.monotonic() + 60
    while is_alive(stopped.pid, stopped.process):
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
    assert (db_uploads.read(empty_store, upload.id), stored_rows(empty_store)) == before
    assert sentences.count(empty_store) == 0
    assert "nothing more of it is added" in (uploads_folder(empty_store.path) / "log.txt").read_text()


@on_linux
def test_a_process_that_was_stopped_with_the_lock_of_all_writers_can_be_cancelled(empty_store, anna, other, take_lock):
    upload = keep_upload(empty_store, anna, "a.txt", LINES, PLAIN)
    db_uploads.set_process(empty_store, upload.id, pid=other.pid, process=process_start(other.pid))
    silence(empty_store)
    take_lock()
    other.send_signal(signal.SIGSTOP)
    os.waitpid(other.pid, os.WUNTRACED)
    uploads.cancel(empty_store, upload.id, actor=anna)
    assert (other.wait(), db_uploads.read(empty_store, upload.id).state) == (-signal.SIGKILL, "cancelled")


def stored_rows(store):
    tables = ("imports", "sentences", "annotations", "slots", "people", "audit")
    return {table: store.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def test_a_cancelled_import_leaves_nothing_behind(empty_store, anna, ben):
    upload = start_upload(empty_store, anna, "a.txt", many_lines(8_000), PLAIN)
    adding = until(empty_store, upload, lambda now: now.import_id is not None)
    uploads.cancel(empty_store, upload.id, actor=ben)
    assert not is_alive(adding.pid, adding.process)
    deadline = time.monotonic() + 60
    while stored_rows(empty_store)["imports"]:  # a process deletes what was added but not yet visible
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
    assert stored_rows(empty_store) == dict.fromkeys(stored_rows(empty_store), 0) | {"people": 2, "audit": 2}
    assert files_of(empty_store) == ["log.txt"]
    assert outcome(latest_upload(empty_store, anna)) == ["Cancelled by Ben; nothing was added."]
    (cancelled, _) = audit.newest(empty_store, 2)
    assert (cancelled.person, cancelled.action) == ("Ben", "upload cancelled")


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_rows_that_were_being_left_out_go_with_an_import_that_is_cancelled_or_died(
    empty_store, anna, other, is_cancelled
):
    upload = keep_upload(empty_store, anna, "a.txt", LINES, replace(PLAIN, leave_out_faulty=True))
    folder = uploads_folder(empty_store.path)
    (folder / f".{upload.id}-left-out.jsonl.part-1a2b").write_text("half a row")
    (folder / f"{upload.id}-left-out.jsonl").write_text("a row")
    db_uploads.set_process(empty_store, upload.id, pid=other.pid, process=process_start(other.pid))
    if is_cancelled:
        uploads.cancel(empty_store, upload.id, actor=anna)
    else:
        other.kill()
    other.wait()
    assert settle(empty_store) is None
    assert [name for name in files_of(empty_store) if name != "log.txt"] == []


def test_the_same_file_comes_in_whole_after_a_cancelled_import(empty_store, anna):
    upload = start_upload(empty_store, anna, "a.txt", many_lines(8_000), PLAIN)
    until(empty_store, upload, lambda now: now.import_id is not None)
    uploads.cancel(empty_store, upload.id, actor=anna)
    again = ended(empty_store, start_upload(empty_store, anna, "a.txt", many_lines(8_000), PLAIN))
    assert (again.state, again.report["added"], sentences.count(empty_store)) == ("ready", 8_000, 8_000)


def test_what_a_process_deletes_of_a_cancelled_import_is_nothing_of_the_next_one(empty_store, anna):
    first = keep_upload(empty_store, anna, "a.txt", LINES, PLAIN)
    import_id = sentences.begin_import(empty_store, source="a.txt", source_hash="x", tokenizer="given", settings={})
    db_uploads.set_import(empty_store, first.id, import_id)
    uploads.cancel(empty_store, first.id, actor=anna)
    assert imports.find_unfinished(empty_store, source_hash="x", tokenizer="given", settings={}) is None
    other = sentences.begin_import(empty_store, source="b", source_hash="y", tokenizer="given")
    imports.discard(empty_store, import_id)
    imports.discard(empty_store, other)
    assert empty_store.db.execute("SELECT id FROM imports").fetchall() == [(other,)]


def test_an_import_whose_sentences_are_seen_is_not_cancelled_unless_it_is_silent(empty_store, anna):
    upload = keep_upload(empty_store, anna, "a.txt", LINES, PLAIN)
    import_id = sentences.begin_import(empty_store, source="a.txt", source_hash="", tokenizer="given")
    db_uploads.set_import(empty_store, upload.id, import_id)
    sentences.finish_import(empty_store, import_id)
    with pytest.raises(BadUpload, match="its sentences are in the project, and it is nearly done"):
        uploads.cancel(empty_store, upload.id, actor=anna)
    silence(empty_store)
    uploads.cancel(empty_store, upload.id, actor=OWNER)
    told = db_uploads.read(empty_store, upload.id).error
    assert told.startswith("Cancelled by the owner of the file when its sentences were already in the project;")
    with pytest.raises(BadUpload, match="this import has ended"):
        uploads.cancel(empty_store, upload.id, actor=anna)


def test_an_upload_that_has_ended_stays_as_it_is(empty_store, anna):
    upload = keep_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)
    work_on_upload(empty_store, upload)
    done = db_uploads.read(empty_store, upload.id)
    db_uploads.give_up(empty_store, upload.id, error="late")
    db_uploads.report(empty_store, upload.id, stage="adding", done=1, total=2)
    assert db_uploads.read(empty_store, upload.id) == done


def test_progress_is_in_the_row(empty_store, anna):
    upload = keep_upload(empty_store, anna, "a.jsonl", LINES, PLAIN)
    work_on_upload(empty_store, upload)
    done = db_uploads.read(empty_store, upload.id)
    assert done.stage in ("checking", "adding")
    assert 0 < done.done <= done.total


def test_what_is_wrong_at_first_sight_is_refused_before_the_file_is_kept(empty_store, anna):
    with pytest.raises(BadInput, match=r"suffix: found '.docx'"):
        keep_upload(empty_store, anna, "a.docx", LINES, PLAIN)
    with pytest.raises(BadShare, match=r"The share to set aside is 0\.6"):
        keep_upload(empty_store, anna, "a.txt", LINES, UploadSettings(hold_out=0.6))
    people.set_active(empty_store, anna.id, False)
    with pytest.raises(Deactivated):
        keep_upload(empty_store, anna, "a.txt", LINES, PLAIN)
    assert files_of(empty_store) == []


def test_the_outcome_of_an_upload_is_in_sentences(empty_store, anna):
    lines = "text\tlabel\nThe ship\tevent\nThe ship\t\nThe sea \u202ex\u202c\t\n"
    settings = UploadSettings(format="tsv", answers="keep", hold_out=0.0)
    for _ in range(2):
        work_on_upload(empty_store, keep_upload(empty_store, anna, "a.tsv", lines.encode(), settings))
    assert outcome(db_uploads.read(empty_store, 1)) == [
        "Added 3 sentences: 3 to the pool.",
        "1 answer was added; 1 of them without marked words, although their label takes them.",
        "1 sentence has the text of an earlier one.",
        "1 sentence has invisible characters that turn the direction of writing.",
    ]
    again = outcome(latest_upload(empty_store, anna))
    assert again[:2] == ["Nothing was added.", "3 sentences were already in the project."]
    work_on_upload(empty_store, keep_upload(empty_store, anna, "a.tsv", b"", settings))
    assert outcome(latest_upload(empty_store, anna)) == [
        "The file: found no sentences, expected at least one line with a sentence.",
        "The project is as it was.",
    ]


def test_a_dry_run_reads_the_file_in_its_process_and_adds_nothing(empty_store, anna):
    settings = UploadSettings(dry_run=True, labels=LabelRules({"yes": "event"}))
    lines = b'{"id": "s1", "text": "The ship sank", "split": "dev", "label": "yes", "spans": [[0, 3]]}\n'
    done = ended(empty_store, start_upload(empty_store, anna, "a.jsonl", lines, settings))
    assert settings_of(done).labels == LabelRules({"yes": "event"})
    assert (done.state, done.report["dry_run"], done.report["labels"]) == (
        "ready", True, [{"written": "yes", "label": "event", "count": 1}],
    )  # fmt: skip
    assert outcome(done)[0] == "Nothing is written yet. An import would add 1 sentence: 1 to dev."
    assert done.report["kept"][0]["looks_like"] == "marks"
    assert (sentences.count(empty_store), files_of(empty_store)) == (0, ["log.txt"])
    assert audit.newest(empty_store, 1) == [], "it did nothing"


def test_a_dry_run_gives_way_to_what_its_person_does_next_and_to_no_one_else(empty_store, anna, ben):
    dry = UploadSettings(dry_run=True)
    first = keep_upload(empty_store, anna, "a.txt", LINES, dry)
    with pytest.raises(UploadInProgress):
        keep_upload(empty_store, ben, "a.txt", LINES, dry)
    second = keep_upload(empty_store, anna, "b.txt", LINES, dry)
    states = [db_uploads.read(empty_store, each.id).state for each in (first, second)]
    assert (states, latest_upload(empty_store, anna)) == (["cancelled", "waiting"], None)
    assert [each.name for each in uploads_folder(empty_store.path).iterdir()] == [f"{second.id}.txt"]
    wanted = keep_upload(empty_store, anna, "b.txt", LINES, PLAIN)
    assert latest_upload(empty_store, anna).id == wanted.id
    with pytest.raises(UploadInProgress):
        keep_upload(empty_store, anna, "a.txt", LINES, dry)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv", b'{"text": "a"}\n', "JSON under a name that ends in .csv"),
        ("a.txt.gz", b"One.\nTwo.\n", "no gzip data under the name 'a.txt.gz'"),
        ("a.csv", b"word,tag\nThe,O\nship,B-X\nsank,O\n", "one token on each line"),
    ],
)
def test_an_uploaded_file_that_contradicts_its_name_is_refused(empty_store, anna, name, content, found):
    work_on_upload(empty_store, keep_upload(empty_store, anna, name, content, PLAIN))
    told = latest_upload(empty_store, anna)
    assert (told.state, found in told.error, sentences.count(empty_store)) == ("refused", True, 0)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.txt", b"The\tO\nship\tB-event\n", "The ship"),
        ("a.json", b'[{"data": {"text": "It sank."}, "annotations": [], "predictions": []}]', "It sank."),
    ],
)
@pytest.mark.parametrize("chosen", [False, True])
def test_an_uploaded_file_of_another_tool_is_recognised_or_chosen(empty_store, anna, name, content, text, chosen):
    format = {"a.txt": "conll", "a.json": "label-studio"}[name]
    settings = UploadSettings(format if chosen else None)
    work_on_upload(empty_store, keep_upload(empty_store, anna, name, content, settings))
    done = latest_upload(empty_store, anna)
    assert (done.state, done.report["format"], done.report["added"]) == ("ready", format, 1)
    assert [each.text for page in sentences.pages(empty_store) for each in page] == [text]
    assert files_of(empty_store) == []


def test_numbers_as_labels_are_refused_with_their_table(empty_store, anna):
    work_on_upload(empty_store, keep_upload(empty_store, anna, "a.csv", b"text,label\na,1\nb,1\n", PLAIN))
    told = outcome(latest_upload(empty_store, anna))
    assert told[0].startswith("Line 2, label: found '1' (2 times), expected one of the project's labels")
    assert told[1] == "written: 1; times: 2; --label-base 0: event; --label-base 1: none"


def test_every_setting_of_an_import_reaches_its_process(empty_store, anna):
    asked = UploadSettings(
        format="csv",
        answers="keep",
        layout=Layout(";", "windows-1252", quotes=False),
        people=("ann_1", "ann_2"),
        split="dev",
        leave_out_faulty=True,
        labels=LabelRules({"1": "event"}),
    )
    upload = keep_upload(empty_store, anna, "a.csv", b'text;ann_1;ann_2\n"a;1;event\n;;\nb;other;\n', asked)
    assert settings_of(upload) == asked
    work_on_upload(empty_store, upload)
    ended = db_uploads.read(empty_store, upload.id)
    assert (ended.state, ended.report["added"], ended.report["faulty"]) == ("ready", 1, 1)
    assert ended.report["by_split"]["dev"] == 1
    assert "Rows left out because of a fault: 1." in "\n".join(remarks(ended.report))


def test_rows_that_an_upload_leaves_out_are_kept_for_a_download_until_it_is_dismissed(empty_store, anna):
    content = LINES + b'{"id": "s2", "text": ""}\n'
    kept = keep_upload(empty_store, anna, "a.jsonl", content, SPARING)
    work_on_upload(empty_store, kept)
    done = db_uploads.read(empty_store, kept.id)
    assert (done.state, done.report["added"], done.report["faulty"], done.report["faulty_file"]) == (
        "ready",
        1,
        1,
        None,
    )
    assert "Rows left out because of a fault: 1." in remarks(done.report)
    file = uploads.left_out_rows(empty_store, kept.id, actor=anna)
    assert json.loads(file.read_text())["fault"]["line"] == 2
    uploads.dismiss(empty_store, kept.id, anna)
    assert uploads.left_out_rows(empty_store, kept.id, actor=anna) is None
    assert not list(uploads_folder(empty_store.path).glob("*.jsonl"))


def test_the_next_upload_removes_what_an_earlier_one_left_out(empty_store, anna):
    for _ in range(2):
        kept = keep_upload(empty_store, anna, "a.jsonl", b'{"id": "s2", "text": ""}\n' + LINES, SPARING)
        work_on_upload(empty_store, kept)
    assert [each.name for each in uploads_folder(empty_store.path).glob("*.jsonl")] == [f"{kept.id}-left-out.jsonl"]

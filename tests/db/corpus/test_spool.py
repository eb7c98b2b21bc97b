import subprocess
import sys

import pytest

from db.corpus import sentences
from db.corpus.spool import SpooledRow, open_spool
from db.errors import StoreUnavailable
from db.records import NewSentence
from db.store import Store


def row(number: int, *, text: str = "The ship", is_new: bool = True, answers: str | None = None) -> SpooledRow:
    words = tuple(text.split())
    starts = tuple(text.index(word) for word in words)
    new = NewSentence(f"s{number}", text, words, starts, "dev", metadata={"nr": number})
    return SpooledRow(sentences.encode(new), is_new, answers)


def test_new_sentences_come_back_in_order_as_they_were_added(empty_store: Store) -> None:
    with open_spool(empty_store) as spool:
        spool.add([row(1), row(2, is_new=False)])
        spool.add([row(3), row(4)])
        chunks = list(spool.new_sentences(size=2))
    assert chunks == [[row(1).sentence, row(3).sentence], [row(4).sentence]]


def test_rows_with_answers_come_back_with_them(empty_store: Store) -> None:
    with open_spool(empty_store) as spool:
        spool.add([row(1), row(2, answers="[1]"), row(3, is_new=False, answers="[2]")])
        assert list(spool.answered_rows()) == [("s2", "dev", 1, "[1]"), ("s3", "pool", 0, "[2]")]


def test_the_last_number_noted_about_a_name_counts_and_subjects_are_kept_apart(empty_store: Store) -> None:
    with open_spool(empty_store) as spool:
        spool.note("line of id", {"a": 1, "b": 2})
        spool.note("line of id", {"b": 3})
        spool.note("line of key", {"a": 9})
        assert spool.noted("line of id", ["a", "b", "c", "b"]) == {"a": 1, "b": 3}


def test_repeated_texts_are_counted(empty_store: Store) -> None:
    with open_spool(empty_store) as spool:
        spool.add([row(1, text="A"), row(2, text="B"), row(3, text="A", is_new=False), row(4, text="A")])
        assert spool.count_repeated_texts() == 2


def test_a_spool_has_no_name_from_the_moment_it_is_open(empty_store: Store) -> None:
    before = set(empty_store.path.parent.iterdir())
    with open_spool(empty_store) as spool:
        spool.add([row(1)])
        assert set(empty_store.path.parent.iterdir()) == before
    assert set(empty_store.path.parent.iterdir()) == before


def test_a_full_disk_raises_a_plain_error(empty_store: Store) -> None:
    # The limit on file sizes of this process takes the place of the disk's size.
    script = """
import resource, signal, sys
from pathlib import Path
from db.corpus.spool import open_spool
from db.store import Store

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
with open_spool(store) as spool:
    for number in range(2000):
        spool.note("line of id", {f"{number}-{each}-{'x' * 100}": each for each in range(500)})
"""
    done = subprocess.run([sys.executable, "-c", script, str(empty_store.path)], capture_output=True, text=True)
    assert done.stderr.strip().splitlines()[-1].startswith("db.errors.StoreUnavailable: "), done.stderr
    assert list(empty_store.path.parent.glob(f".{empty_store.path.name}*")) == []


def test_an_unwritable_folder_raises_a_plain_error(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(empty_store, "path", empty_store.path.parent / "missing" / "events.db")
    with pytest.raises(StoreUnavailable, match="cannot be written to"), open_spool(empty_store):
        pass

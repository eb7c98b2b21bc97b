from pathlib import Path

import numpy as np

from learner.encoders.pieces import PieceReader, Reading
from learner.encoders.pretrained import PretrainedEncoder

Small = dict[str, PretrainedEncoder]


def _read(reader: PieceReader, words: str, query: str | None = None) -> Reading:
    [reading] = reader.read([words.split(" ")], [None if query is None else query.split(" ")])
    return reading


def _of_words(reading: Reading) -> list[tuple[int, int]]:
    """Return the window and the place in it of each word, given words of one piece each."""
    found = {}
    for number, window in enumerate(reading.windows):
        for place, word in zip(window.places.tolist(), window.words.tolist(), strict=True):
            assert word not in found
            found[word] = (number, place)
    return [found[word] for word in sorted(found)]


def test_a_text_that_just_fits_is_read_at_once(directory: Path) -> None:
    reader = PieceReader(directory / "tokenizer.json", window=10)
    assert len(_read(reader, " ".join("a" * 8)).windows) == 1
    assert len(_read(reader, " ".join("a" * 9)).windows) == 2


def test_windows_overlap_by_half_and_a_word_is_read_where_it_has_most_context(directory: Path) -> None:
    """Windows of 8 pieces begin at 0, 4, 8 and 10; a word in the middle between two is read in the first."""
    reader = PieceReader(directory / "tokenizer.json", window=10)
    reading = _read(reader, " ".join("a" * 18))
    assert [len(window.ids) for window in reading.windows] == [10, 10, 10, 10]
    numbers = [window for window, _ in _of_words(reading)]
    assert numbers == [0] * 6 + [1] * 4 + [2] * 3 + [3] * 5
    starts = [0, 4, 8, 10]
    assert [starts[window] + place - 1 for window, place in _of_words(reading)] == list(range(18))


def test_a_word_of_several_pieces_is_read_in_one_window(directory: Path) -> None:
    reader = PieceReader(directory / "tokenizer.json", window=10)
    reading = _read(reader, " ".join(["storms"] * 15))
    for word in range(15):
        places = [window.places[window.words == word] for window in reading.windows]
        assert sorted(len(each) for each in places)[-2:] == [0, 2]


def test_a_word_that_is_longer_than_a_window_is_read_in_several(small: Small) -> None:
    reader = small["bytes"].pieces
    reading = _read(reader, f"a {'b' * 300} a")
    assert sum(len(window.places[window.words == 1]) for window in reading.windows) == 300
    assert sum(len(window.places[window.words != 1]) for window in reading.windows) == 2


def test_the_query_is_read_beside_every_window_and_counts_in_the_first(directory: Path) -> None:
    reader = PieceReader(directory / "tokenizer.json", window=13)
    reading = _read(reader, " ".join("a" * 20), "b b")
    assert all(window.ids[-3:-1].tolist() == [11, 11] for window in reading.windows)
    assert [np.isin([20, 21], window.words).all() for window in reading.windows] == [True] + [False] * 3


def test_a_query_longer_than_half_a_window_is_cut_and_read_alone(directory: Path) -> None:
    reader = PieceReader(directory / "tokenizer.json", window=13)
    reading = _read(reader, "a ship", " ".join("b" * 6))
    paired, alone = reading.windows
    assert paired.ids.tolist() == [2, 10, 5, 3, 11, 11, 11, 11, 11, 3]
    assert paired.words.tolist() == [0, 1]
    assert alone.ids.tolist() == [2, *[11] * 6, 3]
    assert alone.words.tolist() == [2, 3, 4, 5, 6, 7]

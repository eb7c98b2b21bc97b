import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.encoders.pieces import PieceReader, Reading
from learner.encoders.pretrained import PretrainedEncoder
from learner.errors import EncoderError

Small = dict[str, PretrainedEncoder]
Text = tuple[list[str], list[str] | None]

WORDS = st.lists(
    st.text(max_size=6) | st.sampled_from(["a", "ship", "storms", "new", "york", "[SEP]", "\u0301", "\x00"])
)
KINDS = ["word pieces", "bytes", "across words", "unigram", "unigram of words"]


def _read(reader: PieceReader, words: str, query: str | None = None) -> Reading:
    [reading] = reader.read([words.split(" ")], [None if query is None else query.split(" ")])
    return reading


def _shown(encoder: PretrainedEncoder, reading: Reading) -> list[list[str]]:
    tokenizer = encoder.pieces._tokenizer
    return [[str(tokenizer.id_to_token(number)) for number in window.ids] for window in reading.windows]


def _pieces_of(reading: Reading) -> list[list[int]]:
    """Return the places of each word's pieces in the one window that there is."""
    [window] = reading.windows
    count = reading.words + (reading.query_words or 0)
    return [window.places[window.words == word].tolist() for word in range(count)]


def test_a_word_has_the_pieces_of_its_letters(small: Small) -> None:
    encoder = small["word pieces"]
    reading = _read(encoder.pieces, "Storms sank a ship .")
    assert _shown(encoder, reading) == [["[CLS]", "storm", "##s", "sank", "a", "ship", ".", "[SEP]"]]
    assert _pieces_of(reading) == [[1, 2], [3], [4], [5], [6]]


def test_a_query_is_the_second_text(small: Small) -> None:
    encoder = small["word pieces"]
    reading = _read(encoder.pieces, "a ship", "storms b")
    assert _shown(encoder, reading) == [["[CLS]", "a", "ship", "[SEP]", "storm", "##s", "b", "[SEP]"]]
    assert reading.windows[0].types.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert _pieces_of(reading) == [[1], [2], [4, 5], [6]]


def test_a_piece_across_two_words_is_of_both(small: Small) -> None:
    encoder = small["across words"]
    reading = _read(encoder.pieces, "a new york b")
    assert _shown(encoder, reading) == [["[CLS]", "a", "▁", "new▁york", "▁", "b", "[SEP]"]]
    assert _pieces_of(reading) == [[1], [3], [3], [5]]


@pytest.mark.parametrize("word", ["\x00", "\u200d", "\u0301", "", "\ufffd"])
def test_a_word_without_pieces_is_unknown_in_its_place(small: Small, word: str) -> None:
    encoder = small["word pieces"]
    assert _shown(encoder, _read(encoder.pieces, f"a {word} b")) == [["[CLS]", "a", "[UNK]", "b", "[SEP]"]]
    for words in ([word], [word, "a"], ["a", word]):
        [reading] = encoder.pieces.read([words], [None])
        assert _pieces_of(reading) == [[place + 1] for place in range(len(words))]


def test_it_is_masked_where_nothing_is_unknown(small: Small) -> None:
    encoder = small["bytes"]
    shown = _shown(encoder, _read(encoder.pieces, "a \u0301 b", "\u0301"))
    assert shown == [["[CLS]", "a", "Ġ", "<mask>", "Ġ", "b", "[SEP]", "<mask>", "[SEP]"]]


def test_a_tokenizer_that_knows_neither_is_refused(directory: Path) -> None:
    file = directory / "tokenizer.json"
    content = json.loads(file.read_text())
    content["added_tokens"] = [each for each in content["added_tokens"] if each["content"] not in ("[UNK]", "[MASK]")]
    content["model"] |= {"unk_token": "[none]"}
    content["model"]["vocab"] = {
        piece: number for piece, number in content["model"]["vocab"].items() if piece not in ("[UNK]", "[MASK]")
    }
    content["model"]["vocab"] |= {"one": 1, "two": 4}
    file.write_text(json.dumps(content))
    with pytest.raises(EncoderError, match=r"no token for an unknown word: expected one of \[UNK\], <unk>, \[MASK\]"):
        PieceReader(file, window=24)


def test_a_tokenizer_without_places_is_refused(directory: Path) -> None:
    file = directory / "tokenizer.json"
    content = json.loads(file.read_text())
    content["normalizer"] = {"type": "Replace", "pattern": {"Regex": "^.*$"}, "content": ""}
    file.write_text(json.dumps(content))
    with pytest.raises(EncoderError, match="does not say where its pieces are in a text"):
        PieceReader(file, window=24)


def test_an_encoder_that_reads_next_to_nothing_is_refused(directory: Path) -> None:
    with pytest.raises(EncoderError, match="encoder reads 7 pieces at once; expected at least 8"):
        PieceReader(directory / "tokenizer.json", window=7)


def test_a_damaged_tokenizer_is_refused(directory: Path) -> None:
    file = directory / "tokenizer.json"
    file.write_text(file.read_text()[:-20])
    with pytest.raises(EncoderError, match=r"tokenizer\.json is damaged"):
        PieceReader(file, window=24)


def test_names_of_special_tokens_in_a_text_are_text(small: Small) -> None:
    encoder = small["word pieces"]
    [reading] = encoder.pieces.read([["[SEP]", "a"]], [None])
    assert _shown(encoder, reading) == [["[CLS]", "[UNK]", "[UNK]", "[UNK]", "a", "[SEP]"]]


@pytest.mark.parametrize(("words", "query", "windows"), [([], None, 0), ([], [], 0), (["a"], [], 1), ([], ["a"], 1)])
def test_empty_texts(small: Small, words: list[str], query: list[str] | None, windows: int) -> None:
    [reading] = small["word pieces"].pieces.read([words], [query])
    assert len(reading.windows) == windows
    assert (reading.words, reading.query_words) == (len(words), None if query is None else len(query))


@pytest.mark.parametrize("kind", KINDS)
@given(texts=st.lists(st.tuples(WORDS, st.none() | WORDS), max_size=4))
def test_every_word_of_any_text_has_pieces(
    small: Small, kind: str, texts: list[tuple[list[str], list[str] | None]]
) -> None:
    readings = small[kind].pieces.read([words for words, _ in texts], [query for _, query in texts])
    for (words, query), reading in zip(texts, readings, strict=True):
        assert (reading.words, reading.query_words) == (len(words), None if query is None else len(query))
        assert all(len(window.ids) <= 24 for window in reading.windows)
        taken = [word for window in reading.windows for word in window.words.tolist()]
        assert set(taken) == set(range(len(words) + len(query or ())))


@pytest.mark.parametrize("kind", KINDS)
@given(texts=st.lists(WORDS, min_size=1, max_size=5))
def test_a_text_is_cut_in_company_as_it_is_alone(small: Small, kind: str, texts: list[list[str]]) -> None:
    reader = small[kind].pieces
    together = reader.read(texts, [None] * len(texts))
    for text, reading in zip(texts, together, strict=True):
        [alone] = reader.read([text], [None])
        assert [[each.tolist() for each in window] for window in reading.windows] == [
            [each.tolist() for each in window] for window in alone.windows
        ]

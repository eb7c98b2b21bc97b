"""Tokenizers of SentencePiece's kind, as XLM-R has them, find the pieces of our words as BERT's do."""

import pytest

from learner.encoders.pieces import PieceReader, Reading
from learner.encoders.pretrained import PretrainedEncoder

Small = dict[str, PretrainedEncoder]
Readers = dict[tuple[str, int], PieceReader]

KINDS = ["unigram", "unigram of words"]

TEXTS = {
    "the first word": (["ships", "sank"], [["▁ship", "s"], ["▁sank"]]),
    "text without spaces": (["你好", "你", "好"], [["你", "好"], ["你"], ["好"]]),
    "from right to left": (["שלום", "a", "مر"], [[*"שלום"], ["▁a"], [*"مر"]]),
    "emoji": (["👩👍🏽", "👍🏽", "a"], [[*"👩👍🏽"], [*"👍🏽"], ["▁a"]]),
    "combining marks": (["e\u0301", "a", "e\u0301"], [["é"], ["▁a"], ["é"]]),
    "a letter that becomes several": (["ﬀ", "a"], [["<unk>"], ["▁a"]]),
    "letters that become a space": (["a", "\u3000", "b"], [["▁a"], ["<unk>"], ["b"]]),
    "letters that are not seen": (["\u200b", "a", "\u200b"], [["<unk>"], ["▁a"], ["<unk>"]]),
    "a sign for a space": (["▁", "a", "▁"], [["<unk>"], ["▁a"], ["<unk>"]]),
    "an unknown word": (["xyz", "a"], [["<unk>"], ["▁a"]]),
    "names of special pieces": (["</s>", "a", "\uff1c\uff53\uff1e"], [["<unk>"], ["▁a"], ["<unk>"]]),
    "300 letters": (["a", "ab" * 150, "a"], [["▁a"], ["▁a", "b", *["a", "b"] * 149], ["▁a"]]),
}


@pytest.fixture(scope="module")
def readers(small: Small) -> Readers:
    """Readers of each kind by the number of pieces that they read at once."""
    return {
        (kind, window): PieceReader(small[kind].pieces._file, window=window) for kind in KINDS for window in (12, 512)
    }


def _pieces_of_words(reader: PieceReader, reading: Reading) -> list[list[str]]:
    """Return the pieces from which each word's vector comes, over all windows."""
    of_words: list[list[str]] = [[] for _ in range(reading.words + (reading.query_words or 0))]
    for window in reading.windows:
        for place, word in zip(window.places.tolist(), window.words.tolist(), strict=True):
            of_words[word].append(str(reader._tokenizer.id_to_token(int(window.ids[place]))))
    return of_words


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("window", [12, 512])
def test_a_word_has_the_pieces_of_its_letters(readers: Readers, kind: str, text: str, window: int) -> None:
    words, expected = TEXTS[text]
    [reading] = readers[kind, window].read([words], [None])
    assert _pieces_of_words(readers[kind, window], reading) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("window", [12, 512])
def test_so_has_a_query(readers: Readers, kind: str, text: str, window: int) -> None:
    words, expected = TEXTS[text]
    [reading] = readers[kind, window].read([["ship", "好"]], [words])
    assert _pieces_of_words(readers[kind, window], reading) == [["▁ship"], ["好"], *expected]


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_word_is_read_as_a_later_one_is(readers: Readers, kind: str) -> None:
    """Its ▁ is read, but is no part of the word, although at the beginning it is in the first letter's place."""
    [reading] = readers[kind, 512].read([["好", "好"]], [None])
    [window] = reading.windows
    assert [readers[kind, 512]._tokenizer.id_to_token(number) for number in window.ids] == [
        *("<s>", "▁", "好", "▁", "好", "</s>")
    ]
    assert window.places.tolist() == [2, 4]

from itertools import product

import pytest
import regex
from growth import PROPORTIONAL, growth
from hypothesis import given, settings
from hypothesis import strategies as st

from learner.data.token_places import TokenNotInText, join, locate
from learner.data.tokenizer import NAME, VERSION, Token, _add_by_rules, cut, is_unseen, tokenize

PIECES = [
    *["don't", "word", " ", "  ", "\t", "\n", ".", "...", "3.14", "_", "'", "\u00a0", "\u200b", "\u00ad"],
    *["café", "cafe\u0301", "\u0301", "👨\u200d👩\u200d👧\u200d👦", "👍🏽", "🇩🇪", "🇩", "\u200d", "\u202e"],
    *["日本語", "テキスト", "שלום", "नमस्ते", "क्षि", "ฉำ", "한국", "\u0600"],
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=20).map("".join))


def cut_by_rules(text: str) -> tuple[list[str], list[int]]:
    """Return the same as `cut`, by the boundary rules alone."""
    tokens: list[str] = []
    starts: list[int] = []
    _add_by_rules(text, 0, tokens, starts)
    return tokens, starts


def words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


@given(TEXTS)
def test_offsets_give_back_the_token_and_increase(text):
    end = 0
    for token in tokenize(text):
        assert text[token.start : token.end] == token.text
        assert end <= token.start < token.end
        end = token.end


@given(TEXTS)
def test_every_character_that_can_be_seen_is_in_a_token(text):
    covered = {i for token in tokenize(text) for i in range(token.start, token.end)}
    assert all(is_unseen(text[i]) for i in range(len(text)) if i not in covered)


@given(TEXTS)
def test_no_token_is_only_what_cannot_be_seen(text):
    assert not any(is_unseen(word) for word in words(text) if not word.isalnum())
    assert words(text) or is_unseen(text)


@given(TEXTS)
def test_never_cuts_inside_a_grapheme_cluster(text):
    borders = {0} | {cluster.end() for cluster in regex.finditer(r"\X", text)}
    assert all(token.start in borders and token.end in borders for token in tokenize(text))


@given(TEXTS)
def test_every_cut_is_a_unicode_word_boundary(text):
    boundaries = {m.start() for m in regex.finditer(r"(?w)\b", text)} | {0, len(text)}
    assert all(token.end in boundaries for token in tokenize(text))


@given(TEXTS)
def test_own_tokens_are_located_where_they_were_cut(text):
    tokens = tokenize(text)
    assert locate([token.text for token in tokens], text) == [token.start for token in tokens]


@given(TEXTS | st.text("aZ9 .,':_-\u0301\u200d"))
def test_the_fast_branches_for_plain_words_cut_as_the_boundary_rules_do(text):
    pieces = regex.finditer(r"(?w)\p{Regional_Indicator}{2}(?=\p{Regional_Indicator})|\X+?(?:\b|\Z)", text)
    seen = [piece for piece in pieces if not piece[0].isspace() and not is_unseen(piece[0])]
    assert [token.end for token in tokenize(text)] == [piece.end() for piece in seen]


@given(TEXTS | st.text("aZ19_ .,:;'-\"\t\n\r\x00\x7f\u0301\u200d\u0600\u3000é", max_size=12))
@settings(max_examples=200)
def test_words_of_ascii_are_cut_as_the_boundary_rules_do_and_so_are_their_neighbours(text):
    assert cut(text) == cut_by_rules(text)


def test_all_short_texts_of_ascii_are_cut_as_the_boundary_rules_do():
    kinds = "aZ19_.,:;'- \n\x00"
    for length in range(1, 4):
        for letters in product(kinds, repeat=length):
            text = "".join(letters)
            assert cut(text) == cut_by_rules(text)


@given(st.lists(st.text(min_size=1)))
def test_joined_tokens_are_at_their_starts(given_tokens):
    text, starts = join(given_tokens)
    assert [text[s : s + len(t)] for s, t in zip(starts, given_tokens, strict=True)] == given_tokens
    assert text == " ".join(given_tokens)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't go, U.S.", ["Don't", "go", ",", "U.S", "."]),
        ("3.14 (ok)...", ["3.14", "(", "ok", ")", ".", ".", "."]),
        ("👍🏽👨\u200d👩\u200d👧 🇩🇪🇫🇷🇬", ["👍🏽", "👨\u200d👩\u200d👧", "🇩🇪", "🇫🇷", "🇬"]),
        ("cafe\u0301 crème", ["cafe\u0301", "crème"]),
        ("日本です", ["日", "本", "で", "す"]),
        ("שלום, עולם", ["שלום", ",", "עולם"]),
        ("नमस्ते 한국어", ["नमस्ते", "한국어"]),
        ("a\u00a0b\u2028c", ["a", "b", "c"]),
        ("", []),
        (" \n\t ", []),
        ("zero\u200bwidth \u200b and\x7f a \u00ad\x85 byte", ["zero", "width", "and", "a", "byte"]),
    ],
)
def test_cuts_words_and_punctuation(text, expected):
    assert words(text) == expected


def test_a_byte_order_mark_is_no_word():
    """Whether it is a part of the word that follows it, releases of `regex` see differently."""
    assert [word.lstrip("\ufeff") for word in words("\ufeffzero \ufeff width")] == ["zero", "width"]


def test_thai_vowel_stays_with_its_consonant_though_the_word_rules_would_cut_there():
    assert words("ฉำ") == ["ฉำ"]


def test_an_accent_on_a_space_keeps_its_space():
    assert tokenize("a  \u0301b") == [Token("a", 0, 1), Token(" \u0301", 2, 4), Token("b", 4, 5)]


def test_offsets_count_code_points():
    assert tokenize("😀 ok") == [Token("😀", 0, 1), Token("ok", 2, 4)]


@pytest.mark.timing
@pytest.mark.parametrize("piece", ["word ", "🇩", "🇩🇪\u0301", "👨\u200d", "e\u0301", ".", "\u00ad", "क्", "\u0600", "a."])
def test_time_grows_with_the_text_and_not_with_its_square(piece):
    assert growth(lambda characters: tokenize(piece * (characters // len(piece))), 5000) < PROPORTIONAL


def test_locate_takes_repeated_words_in_order():
    assert locate(["the", "cat", "the", "hat"], "the cat, the hat") == [0, 4, 9, 13]


def test_locate_names_the_first_token_that_is_not_in_the_text():
    with pytest.raises(TokenNotInText, match=r"token 1 \('the'\) is not in the text after its first 3 characters") as e:
        locate(["cat", "the"], "cat")
    assert (e.value.index, e.value.token) == (1, "the")


def test_the_tokenizer_has_a_name_and_a_version():
    assert NAME == "unicode-words"
    assert regex.__version__ in VERSION

import pytest

from annotator.errors import CannotScore
from annotator.rounds.asking.editing import readable, replace_word, words_of


@pytest.mark.parametrize(
    ("text", "place", "instead", "changed"),
    [
        ("Never again, thanks.", 0, "", "again, thanks."),
        ("Never again, thanks.", 1, "", "Never, thanks."),
        ("Never again, thanks.", 2, "", "Never again thanks."),
        ("Never again, thanks.", 3, "", "Never again,."),
        ("Never again", 1, "", "Never"),
        ("a rip-off", 2, "", "a ripoff"),
        ("Never again", 0, "Always and", "Always and again"),
        ("👩‍👩‍👧 left", 0, "She", "She left"),
    ],
)
def test_a_word_goes_with_one_space_or_is_replaced(text: str, place: int, instead: str, changed: str) -> None:
    assert replace_word(text, place, instead) == changed


def test_what_has_no_words_or_no_such_word_is_refused() -> None:
    with pytest.raises(CannotScore, match="There is no word to try; type a sentence"):
        words_of("  ")
    with pytest.raises(CannotScore, match="has at most 10,000 characters, and this has 10,001"):
        words_of("x" * 10_001)
    with pytest.raises(CannotScore, match="This word is no longer there"):
        replace_word("one two", 2, "")


def test_a_typed_text_can_be_stored() -> None:
    assert readable(" a\0b\ud800 ") == "a b?"

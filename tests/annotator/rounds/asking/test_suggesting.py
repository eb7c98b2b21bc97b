from annotator.rounds.asking.suggesting import frequent_words, giveaway_of_another
from annotator.rounds.asking.words import WordsReliedOn
from learner.judging.words import Word

LABELS = ("negative", "positive", "unclear")


def word(text: str, label: int, *, sentences: int, plus: int = 0, z: float = 3.0, q: float = 0.01) -> Word:
    shares = tuple(80.0 if index == label else 10.0 for index in range(3))
    of_labels = tuple(z if index == label else -2.0 for index in range(3))
    return Word(text, sentences, shares, of_labels, q, 0, None, None, plus, 0, sentences)


def found(*words: Word) -> WordsReliedOn:
    return WordsReliedOn("1", LABELS, (40, 40, 20), words, 300, False, 0, "")


def test_the_most_frequent_word_of_each_label_is_one_that_people_mark_where_there_is_one() -> None:
    words = [
        word("eastmere", 0, sentences=75),
        word("cold", 0, sentences=20, plus=15),
        word("rude", 0, sentences=30, plus=20),
        word("kind", 1, sentences=12),
        word("often", 1, sentences=40, plus=19),
        word("!", 1, sentences=200, plus=100),
    ]
    assert frequent_words(found(*words)) == {"negative": "rude", "positive": "often"}


def test_in_the_place_of_a_word_comes_one_that_gives_another_label_away_and_is_hardly_ever_marked() -> None:
    words = found(
        word("brambley", 1, sentences=75),
        word("haldover", 0, sentences=75, z=9.0),
        word("eastmere", 0, sentences=70, z=8.0),
        word("cold", 0, sentences=20, plus=15, z=12.0),
        word("!", 0, sentences=30, z=12.0),
        word("once", 0, sentences=30, z=12.0, q=0.2),
    )
    assert giveaway_of_another(words, "positive", like="Tillbrook") == "Haldover"
    assert giveaway_of_another(words, "negative", like="eastmere") == "brambley"
    assert giveaway_of_another(found(word("brambley", 1, sentences=75)), "positive", like="Tillbrook") == ""


def test_without_answers_there_is_nothing_to_suggest() -> None:
    assert frequent_words(found()) == {}

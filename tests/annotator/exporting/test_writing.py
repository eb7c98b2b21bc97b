from annotator.exporting.writing import NotCarried


def test_what_a_format_cannot_hold_is_said_with_its_count() -> None:
    lost = NotCarried({"tags": 1, "marks of words that must not matter": 1200})
    assert lost.sentences("CoNLL") == [
        "CoNLL cannot hold tags: left out of 1 sentence.",
        "CoNLL cannot hold marks of words that must not matter: left out of 1,200 sentences.",
    ]

from annotator.rounds.learning.pool import in_chunks


def test_sentences_come_in_the_order_that_was_asked_for_also_within_a_chunk(store) -> None:
    asked = [7, 9, 2, 4, 99, 1]
    chunks = list(in_chunks(store, asked, size=5))
    assert [[sentence.id for sentence in chunk] for chunk in chunks] == [[7, 9, 2, 4], [1]]

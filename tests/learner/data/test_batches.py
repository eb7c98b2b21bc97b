import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from learner.data.batches import encode_examples, epoch_order, reading_order
from learner.data.example import Example
from learner.data.vocabulary import PADDING, UNKNOWN, Vocabulary


@pytest.fixture
def encode():
    def encode_with(*examples, max_words=10):
        return encode_examples(examples, Vocabulary(("a", "b", "c")), max_words=max_words)

    return encode_with


def test_a_batch_has_the_words_the_marks_and_the_pads_in_their_places(encode):
    encoded = encode(Example(("a", "z"), 1, "+-"), Example(("b", "c", "a"), 0))
    batch = encoded.batch(torch.tensor([1, 0]))
    assert batch.ids.tolist() == [[3, 4, 2], [2, UNKNOWN, PADDING]]
    assert batch.real.tolist() == [[True, True, True], [True, True, False]]
    assert batch.contributory.tolist() == [[False, False, False], [True, False, False]]
    assert batch.irrelevant.tolist() == [[False, False, False], [False, True, False]]
    assert batch.labels.tolist() == [0, 1]
    assert batch.is_marked.tolist() == [False, True]


def test_words_and_marks_past_the_longest_are_cut_and_counted(encode):
    encoded = encode(Example(("a", "b", "c", "a"), 1, "+.+-"), Example(("a",), 0), max_words=2)
    assert encoded.lengths.tolist() == [2, 1]
    assert encoded.truncated_words == 2
    assert encoded.truncated_marks == 2


@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=200), seed=st.integers(0, 9), epoch=st.integers(0, 9))
def test_an_epoch_has_every_row_once_in_an_order_of_its_own(lengths, seed, epoch):
    order = epoch_order(torch.tensor(lengths), batch_size=8, seed=seed, epoch=epoch)
    again = epoch_order(torch.tensor(lengths), batch_size=8, seed=seed, epoch=epoch)
    assert sorted(torch.cat(order).tolist()) == list(range(len(lengths)))
    assert all(torch.equal(one, other) for one, other in zip(order, again, strict=True))


def test_epochs_and_seeds_differ_in_order():
    lengths = torch.ones(64, dtype=torch.int64)
    orders = {
        tuple(torch.cat(epoch_order(lengths, batch_size=8, seed=seed, epoch=epoch)).tolist())
        for seed in range(3)
        for epoch in range(3)
    }
    assert len(orders) == 9


def test_large_sets_have_batches_of_like_length():
    lengths = torch.randint(1, 100, (4000,), generator=torch.Generator().manual_seed(0))
    order = epoch_order(lengths, batch_size=8, seed=0, epoch=0)
    padded = sum(int(lengths[rows].max()) * len(rows) for rows in order)
    assert padded / int(lengths.sum()) < 1.1  # random batches of eight: about 1.8


@given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=60), batch_tokens=st.integers(1, 100))
def test_reading_takes_every_row_once_within_the_limit(lengths, batch_tokens):
    order = list(reading_order(torch.tensor(lengths), batch_tokens=batch_tokens))
    assert sorted(torch.cat(order).tolist()) == list(range(len(lengths)))
    for rows in order:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows.tolist()) <= batch_tokens

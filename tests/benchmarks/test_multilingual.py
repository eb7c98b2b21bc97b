"""The measurements of the multilingual encoder use the sentences and the prefix that they say they do."""

from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("tokenizers", reason="the extra encoder is not installed")

from encoder_choice.sample import answered_reviews
from multilingual import translated, with_prefix

from annotator.sample import BRANCHES
from learner.data.example import Example
from learner.data.splits import of_split
from learner.encoders.pieces import PieceReader


def _marked(example: Example) -> list[str]:
    return [token for token, mark in zip(example.tokens, example.marks or "", strict=True) if mark == "+"]


def _branch(tokens: Sequence[str]) -> set[str]:
    return set(BRANCHES) & set(tokens)


def test_the_german_reviews_are_the_first_of_test_with_their_labels_and_marks() -> None:
    reviews = answered_reviews(with_test=True)
    german, english = list(translated(reviews)), of_split(reviews, "test")[:40]
    assert [each.id for each in german] == [each.id for each in english]
    assert [each.label for each in german] == [each.label for each in english]
    assert [_branch(each.tokens) for each in german] == [_branch(each.tokens) for each in english]
    assert all(_marked(each) for each in german)
    assert _marked(german[0]) == ["kalt", "verbrannt"]


def test_with_a_prefix_each_text_is_read_after_it(tiny_encoder: Path, tmp_path: Path) -> None:
    plain = PieceReader(tiny_encoder / "tokenizer.json", window=20)
    reader = PieceReader(with_prefix(tiny_encoder, "ab c", tmp_path / "e5") / "tokenizer.json", window=20)
    [[before], [after]] = [each.read([["d", "e"]], [["f"]])[0].windows for each in (plain, reader)]
    prefix = [plain._tokenizer.token_to_id(piece) for piece in ("a", "##b", "c")]
    assert after.ids.tolist() == [before.ids[0], *prefix, *before.ids[1:]]
    assert after.places.tolist() == (before.places + 3).tolist()

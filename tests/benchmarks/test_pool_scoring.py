"""What scoring with a pretrained encoder costs, on a few sentences: its figures are there and mean what they say."""

import json
from pathlib import Path

import encoder_scoring
import pool_scoring
import pytest
import torch

from learner.encoders.bert import Bert, BertShape

SHAPE = BertShape(
    dimension=8,
    heads=2,
    inner=12,
    vocabulary=10,
    positions=16,
    first_position=0,
    types=2,
    activation="gelu",
    epsilon=1e-12,
    dropout=0.0,
    attention_dropout=0.0,
)


def test_the_operations_are_those_of_the_products() -> None:
    rows, pieces, layers = 3, 5, 2
    ids = torch.zeros(rows, pieces, dtype=torch.int64)
    linear = 4 * SHAPE.dimension**2 + 2 * SHAPE.dimension * SHAPE.inner  # per piece
    attention = 2 * pieces * SHAPE.dimension
    expected = 2 * layers * rows * pieces * (linear + attention)
    assert encoder_scoring.flops_of(Bert(SHAPE, layers).eval(), [(ids, ids, ids == 0)]) == expected


@pytest.mark.usefixtures("minilm")
@pytest.mark.slow
def test_an_encoder_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(encoder_scoring, "BLOCK", 8)
    monkeypatch.setattr(encoder_scoring, "ANSWERS", 8)
    monkeypatch.setattr(encoder_scoring, "PRODUCT", 32)
    data = tmp_path / "data.jsonl"
    with data.open("w") as file:
        for number in range(24):
            tokens = ["The", "ship", ("sank", "sailed")[number % 2], *["slowly"] * (number % 5), str(number)]
            split = ("train", "train", "train", "dev")[number // 6]
            file.write(json.dumps({"tokens": tokens, "label": number % 2, "split": split}) + "\n")
    arguments = ["--encoder", "minilm", "--data", str(data), "--sentences", "10", "--steps", "2", "--json"]
    monkeypatch.setattr("sys.argv", ["pool_scoring.py", *arguments])
    pool_scoring.main()
    figures = json.loads(capsys.readouterr().out)
    assert figures["scored"] == 10
    assert all(figures[f"forward_share_{precision}"] > 0 for precision in ("float32", "bfloat16"))
    assert 0 < figures["padded"] < 0.5
    assert -1 <= figures["margin_rank_bfloat16"] <= 1 and 0 <= figures["same_label_int8"] <= 1
    assert figures["cached_vs_first"] > 1


def test_an_encoder_without_sentences_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pool_scoring.py", "--encoder", "minilm"])
    with pytest.raises(SystemExit):
        pool_scoring.main()
    assert "--encoder and --data go together" in capsys.readouterr().err

import json
from pathlib import Path

import encoder_reading
import pytest

from learner.encoders.choosing import MINILM, is_installed


def test_reading_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if not is_installed(MINILM):
        pytest.skip("the extra encoder is not installed")
    file = tmp_path / "sentences.jsonl"
    lines = [{"tokens": ["The", "ship", "sank"] * (1 + number % 4), "label": 0} for number in range(40)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    monkeypatch.setattr("sys.argv", ["encoder_reading.py", str(file), "--json"])
    encoder_reading.main()
    figures = json.loads(capsys.readouterr().out)
    assert figures["sentences"] == 40
    assert figures["words"] == sum(len(line["tokens"]) for line in lines)
    assert figures["reading_vs_bare"] > 0 and figures["bfloat16_vs_float32"] > 0
    assert 0.99 < figures["cosine_least"] <= figures["cosine"] <= 1

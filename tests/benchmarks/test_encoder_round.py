"""The cost of a round, on a small pool: that its figures are there, and what its made-up sentences are."""

import json
from pathlib import Path

import encoder_round
import pytest

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from annotator.sample import LABELS
from db.corpus import sentences
from db.records import OWNER

pytestmark = pytest.mark.waits


def test_the_sentences_of_one_label_have_a_word_that_tells(tmp_path: Path) -> None:
    drawn = list(encoder_round.draw_sentences(10 + 500))
    encoder_round.write_sentences(tmp_path / "sentences.jsonl", drawn, pool=10)
    rows = [json.loads(line) for line in (tmp_path / "sentences.jsonl").read_text().splitlines()]
    answered = rows[10:]
    assert [len(row) for row in rows[:10]] == [3] * 10  # no answer
    assert {row["marks"].count("+") for row in answered if row["label"] == LABELS[0]} == {0}
    assert {row["marks"].count("+") for row in answered if row["label"] == LABELS[1]} == {1}
    with create_project(tmp_path / "project.db", labels=LABELS) as store:
        import_file(store, tmp_path / "sentences.jsonl", ImportSettings(answers="keep"), actor=OWNER)
        counts = [sentences.count(store, split) for split in ("pool", "dev", "test")]
    assert counts == [310, 100, 100]


@pytest.mark.usefixtures("minilm")
@pytest.mark.slow
def test_a_small_pool_gives_all_figures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(encoder_round, "ANSWERS", 40)
    monkeypatch.setattr(encoder_round, "HELD_OUT", 10)
    monkeypatch.setattr("sys.argv", ["encoder_round.py", "--pool", "20", "--rounds", "1", "--steps", "20", "--json"])
    encoder_round.main()
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    names = ("first_round_s", "first_round_cpu_s", "round_s", "round_cpu_s", "round_mb", "scoring_per_s")
    assert all(figures[name] > 0 for name in names)

"""`python -m learner train` reads what `whylight export --examples` writes, whatever the format."""

import pytest
from answered import EMOJI, Said, answer_all, bring

from annotator.exporting.registry import FORMATS, FileFormat
from annotator.exporting.run import Asked, export_examples
from annotator.rounds.learning.training_set import build_training_set
from db import annotations
from db.records import OWNER, Label
from learner.data.example import Example, read_examples

LABELS = (Label(0, "-none", takes_rationale=False), Label(1, "=event"))


@pytest.mark.parametrize(
    "asked",
    [Asked("jsonl"), Asked("csv"), Asked("csv", separator=";"), Asked("tsv"), Asked("parquet"), Asked("huggingface")],
    ids=str,
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_learner_reads_every_export_that_holds_everything(new_store, tmp_path, asked, ending):
    found = FORMATS[asked.format]
    if ending and not (isinstance(found, FileFormat) and found.may_be_packed):
        pytest.skip("this format is never packed")
    target = tmp_path / (f"out{found.suffixes[0]}{ending}" if isinstance(found, FileFormat) else "out")
    with new_store(tmp_path / "project.db", labels=LABELS) as store:
        texts = [EMOJI, '\'=quoted, "twice"', "The ship sank"]
        splits = ["train", "dev", "test"]
        lines = [
            {"id": f"=s{place}", "text": f"{texts[place % 3]} {place}", "split": splits[place % 3], "query": "@Who?"}
            for place in range(9)
        ]
        bring(store, tmp_path, lines)
        answer_all(store, "ada", [Said(place % 2, "+.-") for place in range(9)])
        export_examples(store, target, asked, actor=OWNER)
        learned = build_training_set(store, up_to=annotations.last_id(store)).examples
    of_round = {example.id: example for examples in learned.values() for example in examples}
    read = read_examples(target, labels=[label.name for label in LABELS]).examples
    assert {example.id for example in read} == of_round.keys()
    for example in read:
        own = of_round[example.id]
        split = {"pool": "train"}.get(own.split, own.split)
        assert example == Example(own.tokens, own.label, own.marks, own.query, own.id, split)

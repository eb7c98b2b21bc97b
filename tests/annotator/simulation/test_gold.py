"""The data set of a simulation: what is asked, what judges, and what is not read."""

import pytest

from annotator.errors import CannotSimulate
from annotator.simulation.gold import FEWEST_DEV, read_gold
from learner.errors import ExampleError


def test_the_pool_is_asked_and_dev_judges(write_data) -> None:
    gold = read_gold(write_data())
    assert (len(gold.pool), len(gold.dev), gold.test) == (48, 24, ())
    assert (gold.name, gold.labels, gold.unmarked_labels) == ("days", ("event", "none"), ("none",))


def test_labels_of_test_are_read_only_if_they_are_asked_for(write_data, lines) -> None:
    content = lines()
    content[-1]["label"] = ["no label at all"]
    assert len(read_gold(write_data(content)).pool) == 48
    with pytest.raises(ExampleError, match="label"):
        read_gold(write_data(content), with_test=True)


def test_a_text_of_dev_or_test_is_never_asked(write_data, lines) -> None:
    content = lines()
    for place, of_split in ((0, "dev-0"), (1, "test-1")):
        content[place]["tokens"] = next(line["tokens"] for line in content if line["id"] == of_split)
    for with_test in (False, True):
        gold = read_gold(write_data(content), with_test=with_test)
        assert (gold.held_out, [example.id for example in gold.pool[:2]]) == (2, ["train-2", "train-3"])


def test_lines_without_a_label_are_counted(write_data, lines) -> None:
    content = lines()
    del content[3]["label"]
    gold = read_gold(write_data(content))
    assert (gold.unlabelled, len(gold.pool)) == (1, 47)


def test_a_text_without_tokens_is_cut(write_data, lines) -> None:
    content = lines()
    for line in content:
        line["text"] = " ".join(line.pop("tokens"))
    assert read_gold(write_data(content)).pool[0].tokens == tuple(content[0]["text"].split())


def test_without_splits_one_line_in_ten_is_dev(write_data, lines) -> None:
    content = lines(dev=0, test=0, pool=200)
    for line in content:
        del line["split"]
    gold = read_gold(write_data(content))
    assert len(gold.pool) + len(gold.dev) == 200
    assert 8 <= len(gold.dev) <= 32


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda line: line.pop("label"), "no gold label"),
        (lambda line: line.update(split="dev"), "no gold label"),
        (lambda line: line.update(split="train"), "no labelled sentence of dev"),
    ],
)
def test_data_that_cannot_be_played_is_refused(write_data, lines, change, why) -> None:
    content = lines()
    for line in content:
        change(line)
    with pytest.raises(CannotSimulate, match=why):
        read_gold(write_data(content))


def test_an_id_that_two_lines_have_is_refused(write_data, lines) -> None:
    content = lines()
    content[5]["id"] = content[2]["id"]
    with pytest.raises(CannotSimulate, match="2 lines with the id 'train-2'"):
        read_gold(write_data(content))


@pytest.mark.slow
def test_too_few_sentences_of_dev_are_those_that_choose_no_step() -> None:
    from learner.training.selection import ENOUGH_DEV_EXAMPLES

    assert FEWEST_DEV == ENOUGH_DEV_EXAMPLES


def test_a_missing_file_is_said(tmp_path) -> None:
    with pytest.raises(CannotSimulate, match="There is no file"):
        read_gold(tmp_path / "none.jsonl")

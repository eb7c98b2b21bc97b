"""The Children's Book Test's files, on questions of our own."""

import json
from pathlib import Path

import pytest

from annotator.convert.run import convert
from annotator.errors import CannotConvert
from learner.data.example import read_examples

CANDIDATES = "Ada|Bea|Cleo|Dot|Eve|Fay|Gus|Hal|Ida|Jon"


def question(*, answer: str = "Ada", last: str | None = None) -> str:
    """Return a question: sentence 1 has the answer twice, 2 another candidate, 3 one in lower case, the others none."""
    sentences = ["Ada saw Ada .", "Bea slept .", "ada 's hat ."] + ["It rained ."] * 17
    tail = last if last is not None else f"`` Come , XXXXX ! ''\t{answer}\t\t{CANDIDATES}"
    return "".join(f"{number} {text}\n" for number, text in enumerate([*sentences, tail], start=1)) + "\n"


def written(tmp_path: Path, text: str, name: str = "cbtest_NE_valid_2000ex.txt") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_sentences_with_a_candidate_become_rows_and_the_answers_words_their_rationale(tmp_path):
    done = convert("cbt", written(tmp_path, question() * 2), tmp_path / "out.jsonl")
    first, second, *others = rows(tmp_path / "out.jsonl")
    assert (first["tokens"], first["marks"], first["label"]) == (["Ada", "saw", "Ada", "."], "+.+.", 1)
    assert (second["tokens"], second["marks"], second["label"]) == (["Bea", "slept", "."], "...", 0)
    assert first["query_tokens"] == ["``", "Come", ",", "XXXXX", "!", "''"]
    assert first["id"] == "cbtest_NE_valid_2000ex-000001-01"
    assert first["split"] == "dev"
    assert len(others) == 2
    assert (done.sentences, done.positive, done.marked_words) == (4, 2, 4)
    assert done.left_out == {"sentences without a candidate": 36}


def test_all_sentences_are_kept_where_asked(tmp_path):
    done = convert("cbt", written(tmp_path, question()), tmp_path / "out.jsonl", all_sentences=True)
    assert (done.sentences, done.positive, done.left_out) == (20, 1, {})


def test_a_folder_gives_its_published_files_with_their_splits(tmp_path):
    for name in ("cbtest_NE_train.txt", "cbtest_NE_valid_2000ex.txt", "cbtest_NE_test_2500ex.txt"):
        written(tmp_path, question(), name)
    seen = []
    convert("cbt", tmp_path, tmp_path / "out.jsonl", progress=lambda done, total: seen.append((done, total)))
    examples, _ = read_examples(tmp_path / "out.jsonl")
    assert [example.split for example in examples] == ["test", "test", "train", "train", "dev", "dev"]
    assert examples[0].query == ("``", "Come", ",", "XXXXX", "!", "''")
    total = 3 * len(question())
    assert seen == [(total // 3, total), (2 * total // 3, total), (total, total)]


def test_a_files_name_that_says_no_split_says_none(tmp_path):
    path = written(tmp_path, question(), "mine.txt")
    convert("cbt", path, tmp_path / "out.jsonl")
    assert "split" not in rows(tmp_path / "out.jsonl")[0]
    convert("cbt", path, tmp_path / "out.jsonl", split="test")
    assert rows(tmp_path / "out.jsonl")[0]["split"] == "test"


def test_an_answer_that_is_missing_among_the_candidates_counts_as_one(tmp_path):
    done = convert("cbt", written(tmp_path, question(answer="rained")), tmp_path / "out.jsonl")
    assert done.positive == 17


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (question() + "2 late .\n", "line 23: found '2 late .', expected the sentence with the number 1"),
        ("1\n", "line 1: found '1', expected the sentence with the number 1"),
        (question()[:40], "ends after sentence 3 of a question, expected 21"),
        (
            question(last="Come , XXXXX !"),
            "line 21: found 'Come , XXXXX !', expected query, answer and candidates separated by tabs",
        ),
        (question(last="Come !\tAda\t\tAda|Bea"), "line 21: the query has no XXXXX"),
        ("", "has no sentence"),
    ],
)
def test_what_is_no_question_is_refused_by_line_and_nothing_is_written(tmp_path, text, complaint):
    with pytest.raises(CannotConvert, match=complaint):
        convert("cbt", written(tmp_path, text), tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_bytes_that_are_no_text_are_refused_by_line(tmp_path):
    path = tmp_path / "cbtest.txt"
    path.write_bytes(b"1 good .\n2 b\xe9d .\n")
    with pytest.raises(CannotConvert, match="line 2: found byte 0xe9"):
        convert("cbt", path, tmp_path / "out.jsonl")


def test_a_line_without_end_is_refused(tmp_path):
    path = written(tmp_path, "1 " + "Ada " * 50_000)
    with pytest.raises(CannotConvert, match="line 1: found more than 100,000 bytes, expected a sentence"):
        convert("cbt", path, tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()

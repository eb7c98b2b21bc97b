import hashlib
import json

import pytest
from answered import Said, answer_all, bring, decide

from annotator.errors import CannotExport, NotAllowed
from annotator.exporting.datacard import check_card, save_card, write_datacard
from annotator.exporting.run import Asked, export_examples
from annotator.project.guidelines import write_guidelines
from annotator.project.word_rules import add_rule
from annotator.reviewing.browsing import choose
from db.corpus import sentences
from db.records import OWNER, Label
from db.team import people

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "ev|ent"))


@pytest.fixture
def project(new_store, tmp_path):
    """Twelve sentences that two people answered, who differ about one of them; one is decided."""
    with new_store(tmp_path / "project.db", labels=LABELS, overlap=2) as store:
        splits = ["train", "train", "dev", "test"]
        lines = ({"id": f"s{place}", "text": f"The ship {place}", "split": splits[place % 4]} for place in range(12))
        bring(store, tmp_path, lines)
        for who, differs in (("Ada *", 0), ("Bob", 1)):
            answer_all(store, who, [Said(place % 2, "+.", 30.0) for place in range(11)] + [Said(differs, "+", 30.0)])
        (page,) = sentences.pages(store)
        decide(store, "Zoe", page[0].id, len(page[0].tokens), Said(1, "+"))
        write_guidelines(store, "Mark the event.", actor=OWNER)
        yield store


def card(store, tmp_path, *, licence=None, **asked):
    written = export_examples(store, tmp_path / "out.jsonl", Asked("jsonl", **asked), actor=OWNER)
    return write_datacard(store, written, licence=licence, actor=OWNER)


def test_the_card_says_what_the_data_are(project, tmp_path):
    text = card(project, tmp_path, licence="cc-by-4.0")
    front, _, body = text.removeprefix("---\n").partition("\n---\n")
    assert dict(line.split(": ", 1) for line in front.splitlines()) == {
        "pretty_name": '"events"',
        "license": '"cc-by-4.0"',
        "task_categories": "[text-classification]",
        "tags": "[rationales, active-learning]",
        "size_categories": '["n<1K"]',
    }
    assert "11 sentences with a label" in body or "12 sentences with a label" in body
    assert "| ev\\|ent |" in body
    assert f"SHA-256 `{hashlib.sha256(b'Mark the event.').hexdigest()}`" in body
    assert "A researcher decided on 1 sentence." in body
    assert "chosen 100.0 % by chance." in body
    assert "100.0 % of the answers were given before a model's view was seen." in body
    assert "Krippendorff's α" in body


def test_the_counts_are_those_of_the_file(project, tmp_path):
    body = card(project, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    for name in ("none", "ev|ent"):
        of_label = [line["split"] for line in lines if line["label"] == name]
        counts = " | ".join(str(of_label.count(split)) for split in ("train", "dev", "test"))
        assert f"| {name.replace('|', chr(92) + '|')} | {counts} |" in body
    given = [answer["person"] for line in lines for answer in line["annotations"] if answer["kind"] == "answer"]
    assert f"| Bob | {given.count('Bob')} |" in body
    assert f"| Ada \\* | {given.count('Ada *')} |" in body


def test_without_names_no_name_is_in_the_card(project, tmp_path):
    body = card(project, tmp_path, with_names=False)
    assert "| person 2 |" in body, "the decision was made by person 1, who gave no answer"
    assert not [name for name in ("Ada", "Bob", "Zoe") if name in body + (tmp_path / "out.jsonl").read_text()]


def test_one_sentence_is_spoken_of_as_one(new_store, tmp_path):
    with new_store(tmp_path / "one.db", labels=LABELS, overlap=2) as store:
        bring(store, tmp_path, [{"id": "s0", "text": "The ship sank", "split": "train"}])
        for who in ("Ada", "Bob"):
            answer_all(store, who, [Said(1, "+.", 30.0)])
        add_rule(store, "ship", actor=OWNER)
        write_guidelines(store, "?", actor=OWNER)
        body = card(store, tmp_path)
    assert "1 sentence was answered by two people or more." in body
    assert "1 has words that people marked" in body and "1 character and the SHA-256" in body
    assert "1 word must not matter anywhere: it is marked so where no person marked it." in body
    with new_store(tmp_path / "two.db", labels=LABELS) as second:
        answer = {"person": "Ada", "label": "none"}
        bring(second, tmp_path, [{"text": "It left", "split": "train", "annotations": [answer]}])
        (tmp_path / "out.jsonl").unlink()
        assert "How 1 sentence of the pool was chosen is not known: it came with its answers." in card(second, tmp_path)


def test_a_filter_is_mentioned(project, tmp_path):
    body = card(project, tmp_path, chosen=choose(project, split="dev"))
    assert "Only sentences that a filter found" in body
    assert "Agreement on labels cannot be estimated: only 3 sentences with answers of several people." in body
    assert "too few to say" not in body and "on 12 sentences (95 % intervals)" in card(project, tmp_path)
    assert "Licence: none was named." in body


def test_a_project_without_answers_has_a_card(new_store, tmp_path):
    with new_store(tmp_path / "empty.db", labels=LABELS) as store:
        assert "0 sentences with a label." in card(store, tmp_path)


def test_a_card_is_no_other_kind_of_file(project, tmp_path):
    with pytest.raises(CannotExport, match=r"would hold a datacard, but \.csv means a table"):
        check_card(tmp_path / "card.csv")
    with pytest.raises(CannotExport, match="means a database"):
        check_card(project.path)
    written = export_examples(project, tmp_path / "out.jsonl", Asked("jsonl"), actor=OWNER)
    save_card(project, tmp_path / "card.md", written, actor=OWNER)
    assert (tmp_path / "card.md").read_text() == write_datacard(project, written, actor=OWNER)
    with pytest.raises(NotAllowed):
        write_datacard(project, written, actor=people.add(project, "Cy"))

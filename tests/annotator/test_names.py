"""The names of people and labels, however they are entered."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import BadLabels, Refused
from annotator.formats.faults import BadInput
from annotator.importing.run import import_file
from annotator.names import broken_rule, folded, is_gold, is_valid_name, tidied
from annotator.project.labels import add_label, retire_label
from annotator.project.people import Identity, add_person, find_person, sign_in, sign_in_by_identity
from annotator.project.projects import create_project
from db.records import OWNER, Label
from db.store import Store
from db.team import people, project

BROKEN = {
    "": "it is empty",
    "x" * 65: "at most 64 characters, and this one has 65",
    "a\x07b": "cannot be seen",
    "G\u200bold": "cannot be seen",
    "gold": "a file's own answers",
    "\u0410nna": "mixes Cyrillic and Latin letters",
}


@pytest.mark.parametrize(("name", "says"), BROKEN.items())
def test_the_one_rule_that_a_name_breaks_is_named(name: str, says: str) -> None:
    broken = broken_rule(name)
    assert broken is not None and says in broken
    assert {each for each in BROKEN.values() if each in broken} == {says}


BAD_NAMES = {
    "nothing": " \u00a0 ",
    "too long": "x" * 65,
    "control": "a\x07b",
    "turned": "\u202enimdA",
    "isolate": "Ada\u2066",
    "zero width": "Ada\u200b",
    "joiner": "A\u200dda",
    "soft hyphen": "Ad\u00ada",
    "grapheme joiner": "Ad\u034fa",
    "variation": "Ada\ufe0f",
    "hangul filler": "Ada\u3164",
    "blank braille": "Ada\u2800",
    "tag": "Ada\U000e0041",
    "cyrillic": "\u0410da",
    "greek": "B\u03bfb",
    "fullwidth gold": "\uff47\uff4f\uff4c\uff44",
    "gold with nothing": "go\u034fld",
}

Enter = Callable[[Store, str, Path], None]


def by_import(store: Store, name: str, folder: Path) -> None:
    key = "key-" + str(abs(hash((name, store.path))))
    answer = {"person": name, "kind": "answer", "label": "event", "marks": "+.", "key": key}
    file = folder / "answers.jsonl"
    file.write_text(json.dumps({"id": key, "text": "a b", "split": "train", "annotations": [answer]}))
    import_file(store, file, actor=OWNER)


ENTRIES: dict[str, Enter] = {
    "page": lambda store, name, _: sign_in(store, name) and None,
    "command": lambda store, name, _: add_person(store, name, actor=OWNER) and None,
    "import": by_import,
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_name_that_could_pass_for_another_comes_in_by_no_way(
    empty_store: Store, tmp_path: Path, entry: str, name: str
) -> None:
    with pytest.raises(Refused) as refusal:
        ENTRIES[entry](empty_store, name, tmp_path)
    assert people.all_of(empty_store) == []
    if entry == "import":
        assert isinstance(refusal.value, BadInput)
        assert "Line 1, annotations[0].person: found" in str(refusal.value)


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_an_identity_provider_brings_no_such_name_either(empty_store: Store, name: str) -> None:
    person = sign_in_by_identity(empty_store, Identity("https://idp.example", "1", name), welcome=True)
    assert is_valid_name(person.name)


@pytest.mark.parametrize("entry", ENTRIES)
def test_white_space_is_folded_in_every_way(empty_store: Store, tmp_path: Path, entry: str) -> None:
    ENTRIES[entry](empty_store, "  Ada \u00a0 Lovelace ", tmp_path)
    assert [each.name for each in people.all_of(empty_store)] == ["Ada Lovelace"]


@pytest.mark.parametrize("spelt", ["ADA", " ada ", "\uff21\uff24\uff21"])
def test_an_import_finds_the_person_in_every_spelling(empty_store: Store, tmp_path: Path, spelt: str) -> None:
    ada = add_person(empty_store, "Ada", actor=OWNER)
    by_import(empty_store, spelt, tmp_path)
    assert people.all_of(empty_store) == [ada]


def test_answers_of_a_file_s_own_are_brought_back_by_an_export(empty_store: Store, tmp_path: Path) -> None:
    by_import(empty_store, "gold", tmp_path)
    assert [(each.name, each.active) for each in people.all_of(empty_store)] == [("gold", False)]


def test_one_person_in_two_spellings_has_one_chain_of_answers(empty_store: Store, tmp_path: Path) -> None:
    first = {"person": "Stra\u00dfe", "kind": "answer", "label": "event", "marks": "+.", "key": "key-0001"}
    second = first | {"person": "STRASSE ", "key": "key-0002", "supersedes": "key-0001", "marks": ".+"}
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"id": "s", "text": "a b", "split": "train", "annotations": [first, second]}))
    assert import_file(empty_store, file, actor=OWNER).answers_kept == 2
    assert len(people.all_of(empty_store)) == 1
    assert import_file(empty_store, file, actor=OWNER).answers_kept == 0


def test_the_thousandth_person_of_one_name_is_welcome(empty_store: Store) -> None:
    people.add(empty_store, "Ada")
    for number in range(2, 1003):
        people.add(empty_store, f"Ada {number}")
    assert sign_in_by_identity(empty_store, Identity("i", "s", "Ada"), welcome=True).name == "Ada 1003"


@given(st.text(max_size=70))
def test_a_valid_name_is_seen_and_is_not_gold(name: str) -> None:
    name = tidied(name)
    if is_valid_name(name):
        assert name.isprintable()
        assert not is_gold(name)
        assert folded(name) == folded(folded(name))


def test_a_person_of_an_older_project_is_still_found(empty_store: Store) -> None:
    people.add(empty_store, "Ada\u200b")
    assert sign_in(empty_store, "Ada\u200b").name == "Ada\u200b"
    assert find_person(empty_store, "Ada") is None


TWINS = [("none", "none "), ("none", "NONE"), ("none", "\tNone"), ("Stra\u00dfe", "STRASSE"), ("none", "n\u034fone")]


@pytest.mark.parametrize(("first", "second"), TWINS)
def test_labels_that_read_alike_are_refused_in_every_way(tmp_path: Path, first: str, second: str) -> None:
    with pytest.raises(BadLabels, match="reads like"):
        create_project(tmp_path / "twins.db", labels=[first, "other", second])
    store = create_project(tmp_path / "p.db", labels=[first, "other"])
    with store, pytest.raises(BadLabels, match="reads like"):
        add_label(store, second, actor=OWNER)


def test_labels_are_trimmed(tmp_path: Path) -> None:
    with create_project(tmp_path / "p.db", labels=[" none ", "event"], no_rationale=["none  "]) as store:
        assert add_label(store, " third\t", actor=OWNER).name == "third"
        assert [(each.name, each.takes_rationale) for each in project.labels(store)] == [
            ("none", False),
            ("event", True),
            ("third", True),
        ]


def test_a_project_that_already_has_such_labels_still_works(tmp_path: Path) -> None:
    labels = [Label(0, "none ", False), Label(1, "none", False), Label(2, "event", True)]
    Store.create(tmp_path / "old.db", labels=labels).close()
    with Store.open(tmp_path / "old.db") as store:
        assert add_label(store, "other", actor=OWNER).index == 3
        assert retire_label(store, "none", actor=OWNER).index == 1
        assert retire_label(store, "none ", actor=OWNER).index == 0

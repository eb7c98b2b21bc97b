"""The Compare page and the model on Data, without a browser."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from judged_rounds import Says, add_round
from streamlit.testing.v1 import AppTest

from annotator.pages import compare, pair_sheet
from annotator.project.sets import list_sets, search_in_words
from annotator.putting_right.removing import remove_sentences
from annotator.putting_right.replacing import replace_sentence
from annotator.rounds.measuring.changed import ChangedSentence, list_changed
from annotator.rounds.measuring.comparing import RoundComparison
from db.answers import annotations
from db.finding import search
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from learner.judging.changes import Kind

FIRST, LAST = (0.9, 0.1, 0.0, 0.0), (0.0, 0.0, 0.1, 0.9)


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch, empty_store: Store, anna: Person) -> Callable[..., AppTest]:
    """Draw a page as Anna, at an address."""

    def script(name: str) -> None:
        import importlib

        from annotator.pages import frame
        from annotator.settings import read_settings

        page = importlib.import_module(f"annotator.pages.{name}")
        page.render(frame.read_here(read_settings()))

    def draw_(name: str, **address: str) -> AppTest:
        monkeypatch.setenv("WHYLIGHT_PROJECT", str(empty_store.path))
        app = AppTest.from_function(script, default_timeout=30, kwargs={"name": name})
        app.session_state["person"] = anna.uid
        for part, value in address.items():
            app.query_params[part] = value
        return app.run()

    return draw_


@pytest.fixture
def compared(empty_store: Store, add_sentences: Callable[..., list[int]]) -> list[int]:
    """Round 1 with its twin, which is wrong about 25 sentences more, and round 2, which is right about all 30."""
    ids = add_sentences(30, split="test")
    gold = {
        "test": {each: (1, "...+") for each in ids},
        "dev": {each: (1, "...+") for each in add_sentences(10, split="dev")},
    }
    right = {each: Says(1, 0.8, LAST) for split in gold.values() for each in split}
    config = {"loss": "margin", "model": "cnn", "encoder": "static"}
    (of_pool,) = add_sentences(1)
    right[of_pool] = Says(1, 0.8, LAST)
    add_round(empty_store, right | {ids[29]: Says(0), of_pool: Says(0)}, gold=gold, config=config, serve=True)
    twin = right | {each: Says(0, 0.9, FIRST) for each in ids[:25]}
    add_round(empty_store, twin, gold=gold, twin_of=1, config=config | {"loss": "none"})
    add_round(empty_store, right, gold=gold, config=config)
    return ids


def drawn(app: AppTest, what: str) -> list[Any]:
    assert not app.exception
    every = [json.loads(each.proto.json) for each in app.get("bidi_component")]
    return [data[what] for data in every if what in data]


def texts(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.title, *app.text, *app.caption))


def test_the_serving_round_is_compared_with_its_twin(draw: Callable[..., AppTest], compared: list[int]) -> None:
    app = draw("compare")
    assert app.title[0].value == "Twin of round 1 → round 1"
    assert "Round 1 is 80.0 points more accurate" in texts(app)
    assert "30 test sentences\\: 25 now right\\, 1 now wrong \\(McNemar p \\< 0\\.001\\)" in texts(app)
    (pairs,) = drawn(app, "pairs")
    assert len(pairs) == 20
    before, after = pairs[0]["sides"]
    assert (before["model"], before["label"], before["probability"], before["right"]) == (
        *("Twin of round 1 · labels only", "none"),
        *("0.90", False),
    )
    assert (after["label"], after["right"], pairs[0]["marks"]) == ("event", True, None)
    assert before["saliency"][0] == after["saliency"][3] == 1.0


def test_more_pairs_are_shown_on_request(draw: Callable[..., AppTest], compared: list[int]) -> None:
    app = draw("compare")
    next(each for each in app.button if each.label == "Show 5 more").click().run()
    (pairs,) = drawn(app, "pairs")
    assert len(pairs) == 25
    assert not [each for each in app.button if each.label.startswith("Show")]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Kind, int]]:
    """The kinds of sentences that were read from the rounds' files, and how many at most."""
    asked: list[tuple[Kind, int]] = []

    def noted(store: Store, pair: RoundComparison, kind: Kind, *, limit: int, actor: Person) -> list[ChangedSentence]:
        asked.append((kind, limit))
        return list_changed(store, pair, kind, limit=limit, actor=actor)

    monkeypatch.setattr(compare, "list_changed", noted)
    return asked


@pytest.mark.usefixtures("compared")
def test_sentences_are_read_once_however_often_the_page_is_drawn(
    draw: Callable[..., AppTest], reads: list[tuple[Kind, int]]
) -> None:
    app = draw("compare")
    first = drawn(app, "pairs")
    assert drawn(app.run(), "pairs") == first
    next(each for each in app.button if each.label == "Show 5 more").click().run()
    (kinds,) = app.get("button_group")
    kinds.select("now wrong").run()
    ((only,),) = drawn(app, "pairs")
    assert (only["sides"][0]["right"], only["sides"][1]["right"]) == (True, False)
    kinds.select("now right").run()
    assert len(drawn(app, "pairs")[0]) == 25
    assert reads == [("now right", 20), ("now right", 40), ("now wrong", 20)]


def test_a_removed_sentence_and_a_corrected_text_are_seen_at_once(
    draw: Callable[..., AppTest], compared: list[int], empty_store: Store, reads: list[tuple[Kind, int]]
) -> None:
    app = draw("compare")
    before = [each["text"] for each in drawn(app, "pairs")[0]]
    assert before[:2] == ["The ship sank w0", "The ship sank w1"]
    remove_sentences(empty_store, ["test-0"], actor=OWNER)
    replace_sentence(empty_store, "test-1", "The boat sank w1", actor=OWNER)
    after = [each["text"] for each in drawn(app.run(), "pairs")[0]]
    assert not {"The ship sank w0", "The ship sank w1"} & set(after)
    assert len(reads) == 2


def test_the_address_names_the_rounds_and_the_split(draw: Callable[..., AppTest], compared: list[int]) -> None:
    app = draw("compare", a="1", b="2", of="dev")
    assert app.title[0].value == "Round 1 → round 2"
    assert "10 dev sentences" in texts(app)
    assert "There are no such sentences." in texts(app)
    for twin in ("1-twin", "-1"):
        assert draw("compare", a=twin, b="2").title[0].value == "Twin of round 1 → round 2"


def test_choosing_another_round_is_kept_in_the_address(draw: Callable[..., AppTest], compared: list[int]) -> None:
    app = draw("compare")
    app.selectbox[1].select(2).run()
    assert app.title[0].value == "Twin of round 1 → round 2"
    assert app.query_params["b"] == "2"
    app.selectbox[0].select(2).run()
    assert "Round 2 was chosen twice" in texts(app)


def test_a_round_that_does_not_exist_is_explained(draw: Callable[..., AppTest], compared: list[int]) -> None:
    app = draw("compare", a="9", b="1")
    assert "The project has no round 9" in texts(app)
    assert draw("compare", a="nonsense", b="<b>").title[0].value == "Twin of round 1 → round 1"


def test_without_two_rounds_the_page_says_what_it_takes(draw: Callable[..., AppTest], empty_store: Store) -> None:
    assert "There is nothing to compare yet" in texts(draw("compare"))


def test_the_tables_name_figures_confusion_parts_and_categories(
    draw: Callable[..., AppTest], compared: list[int]
) -> None:
    tables = drawn(draw("compare"), "table")
    assert [table["head"][0] for table in tables] == [
        *("figure, in %", "people's label", "by", "what both predict and look at"),
    ]
    assert tables[0]["rows"][0][:4] == ["accuracy", "16.7", "96.7", tables[0]["rows"][0][3]]


def test_data_is_filtered_by_what_the_model_says(draw: Callable[..., AppTest], compared: list[int]) -> None:
    app = draw("data")
    model = next(each for each in app.selectbox if each.label == "Model")
    assert model.options == ["Wrong", "Right for the wrong words", "Unsure"]
    model.select("Unsure").run()
    assert "By round 1, which serves." in texts(app).replace("\\", "")
    assert "No sentences match." in texts(app)


def test_a_search_is_part_of_the_address_and_can_be_saved(
    draw: Callable[..., AppTest], compared: list[int], empty_store: Store, anna: Person
) -> None:
    search.index_missing(empty_store)
    annotations.add(empty_store, NewAnnotation(compared[-1] + 11, anna.id, "answer", "key-of-anna", 1))
    app = draw("data", split="pool", model="Wrong", search="sank")
    chosen = {each.label: each.value for each in app.selectbox if each.value is not None}
    assert (chosen, app.text_input[0].value) == ({"Split": "pool", "Model": "Wrong"}, "sank")
    name = next(each for each in app.text_input if each.label == "Name of the set")
    name.input("Wrong ones")
    next(each for each in app.button if each.label == "Save").click().run()
    (saved,) = list_sets(empty_store, actor=OWNER)
    assert search_in_words(saved.search) == "“sank”, split pool, model wrong, by round 1"
    assert (saved.sentences, saved.saved_by) == (1, "Anna")


def test_changed_since_shows_what_the_model_says_now(
    draw: Callable[..., AppTest], compared: list[int], empty_store: Store
) -> None:
    with empty_store.writing() as db:
        db.execute("UPDATE project SET serving_round = 2")
    app = draw("data")
    next(each for each in app.selectbox if each.label == "Model").select("Changed since round 1").run()
    (rows,) = drawn(app, "rows")
    assert [(row["id"], row["model"]) for row in rows] == [("pool-40", "event 0.80")], "nothing of test"


def test_a_sentence_shows_the_models_label_and_shading(draw: Callable[..., AppTest], compared: list[int]) -> None:
    (sentence,) = drawn(draw("data", sentence="test-0"), "sentence")
    assert sentence["model"] == {
        "round": "Round 1",
        "label": "event",
        "probability": "0.80",
        "verdict": "",
        "saliency": [0.0, 0.0, 0.111, 1.0],
        "words_for": "",
    }


def test_the_sheet_of_pairs_never_writes_html() -> None:
    assert "textContent" in pair_sheet.script() or ".append(" in pair_sheet.script()
    assert not {"innerHTML", "outerHTML", "insertAdjacentHTML"} & set(pair_sheet.script().replace("(", " ").split())

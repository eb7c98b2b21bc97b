from pathlib import Path

import pytest

from annotator.demo import ON_PRETRAINED, ON_STATIC, Demo, about_demo, build_demo
from annotator.rounds.asking.suggesting import giveaway_of_another
from annotator.rounds.asking.words import words_of_round
from annotator.rounds.measuring.telling import compare_with_twin, list_telling
from annotator.rounds.settings import RoundSettings
from annotator.sample import BRANCHES
from db.errors import AlreadyExists
from db.learning import rounds
from db.queue import slots
from db.records import OWNER
from db.store import Store
from db.team import project
from learner.encoders.choosing import MINILM, is_installed
from learner.model_names import EVIDENCE, own_loss
from learner.training.checkpoint import load_checkpoint

pytestmark = pytest.mark.slow

QUICK = RoundSettings(steps=15, vectors="random")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demo in a folder where building one was cut off before."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / ".building").mkdir()
    (folder / ".building" / "demo.db").write_text("half")
    return build_demo(folder, seeds=2, settings=QUICK)


def test_the_demo_is_a_project_with_a_round_for_each_loss_and_a_twin(demo: Demo) -> None:
    with Store.open(demo.project) as store:
        trained = {each.id: each.config["loss"] for each in rounds.all_of(store)}
        assert trained == dict(zip((-2, 1, 2), ON_STATIC, strict=True))
        assert {each.state for each in rounds.all_of(store)} == {"ready"}
        assert project.read(store).serving_round == 2
        assert slots.counts(store)["open"] == 60


def test_its_checkpoints_are_where_the_rounds_say(demo: Demo) -> None:
    with Store.open(demo.project) as store:
        newest = rounds.read(store, 2)
    folder = demo.project.parent
    assert load_checkpoint(folder / str(newest.checkpoint)).labels == ("negative", "positive")
    assert (folder / str(newest.saliency_file)).exists()
    assert sorted(path.name for path in folder.iterdir() if "lock" not in path.name) == ["demo.db", "demo.db.rounds"]


def test_the_demo_says_what_its_marks_did_and_where_to_see_it(demo: Demo) -> None:
    with Store.open(demo.project) as store:
        marks, labels = (rounds.read(store, number).metrics["test"]["accuracy"] for number in (2, -2))
    about, where = about_demo(demo.project)
    assert "the same 300 answers" in about
    counts = f"it gets {round(marks * 1.6)} right and the other {round(labels * 1.6)}."
    assert f"Of 160 test sentences that neither learned from, {counts}" in about
    assert "The page Model" in where


def test_every_loss_is_measured_with_every_seed(demo: Demo) -> None:
    assert [row.loss for row in demo.rows] == list(ON_STATIC)
    for row in demo.rows:
        assert [figures["examples"] for figures in row.seeds] == [160, 160]
        assert 0 <= row.mean("share_branch") + row.mean("share_marked") <= 100
    assert "±" in demo.rows[0].shown("accuracy")
    figures = demo.figures()
    assert figures["seeds"] == 2
    assert 0 <= float(figures["hinge_accuracy"]) <= 100


def test_on_a_pretrained_encoder_the_marks_of_the_same_answers_buy_accuracy(tmp_path: Path) -> None:
    if not is_installed(MINILM):
        pytest.skip("the extra encoder is not installed")
    demo = build_demo(tmp_path, settings=RoundSettings(steps=150))
    rows = demo.rows
    assert [row.loss for row in rows] == list(ON_PRETRAINED)
    assert list(ON_PRETRAINED)[-1] == own_loss(EVIDENCE)
    labels, marks = rows
    assert marks.mean("accuracy") > labels.mean("accuracy") + 5
    assert marks.mean("share_branch") < labels.mean("share_branch")
    assert marks.mean("accuracy") > 60  # guessing gets 50, and 58 once in forty tries at 160 reviews
    with Store.open(demo.project) as store:
        compared = compare_with_twin(store, actor=OWNER)
        assert compared is not None
        found = list_telling(store, compared, actor=OWNER)
        words = words_of_round(store, actor=OWNER)
    # What the page shows first: the twin goes by a branch, and another branch is offered in its place.
    assert {each.word for each in found[:5]} <= set(BRANCHES)
    offered = {giveaway_of_another(words, each.sentence.before.label, like=each.word) for each in found[:5]}
    assert offered <= set(BRANCHES)


def test_an_existing_demo_is_left_alone(demo: Demo) -> None:
    before = demo.project.read_bytes()
    with pytest.raises(AlreadyExists, match="serve it with"):
        build_demo(demo.project.parent)
    assert demo.project.read_bytes() == before


def test_a_demo_that_was_cut_off_is_built_again(demo: Demo) -> None:
    assert demo.project.exists()
    assert not (demo.project.parent / ".building").exists()
